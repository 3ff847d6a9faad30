"""When a dead agent is started again."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
import contextlib
import logging

from ..protocol.errors import SipAgentError
from .connection import AgentConnection
from .timing import Timing

_LOGGER = logging.getLogger(__name__)


class Deaths:
    """Counts deaths and says how long to wait after each.

    One history may serve several clients in turn.
    """

    def __init__(self, timing: Timing | None = None) -> None:
        """Start without a death."""
        self.total = 0
        self._timing = timing or Timing()
        self._recent: deque[float] = deque()
        self._next_delay = 0.0

    def record(self, now: float, healthy_since: float | None) -> float:
        """Count a death and return the delay of the restart, in seconds."""
        self.total += 1
        self._recent.append(now)
        early = healthy_since is None or now - healthy_since < self._timing.early_death
        delay = self._next_delay if early else 0.0
        doubled = max(2 * delay, self._timing.backoff_first)
        self._next_delay = min(doubled, self._timing.backoff_max)
        return delay

    def recent(self, now: float) -> int:
        """Return how many deaths lie within the window."""
        while self._recent and now - self._recent[0] > self._timing.deaths_window:
            self._recent.popleft()
        return len(self._recent)

    def keeps_dying(self, now: float) -> bool:
        """Tell whether there were too many deaths lately."""
        return self.recent(now) >= self._timing.deaths_alarm


class Supervisor:
    """Starts the agent again whenever it ends, until stop()."""

    def __init__(
        self,
        bring_up: Callable[[], Awaitable[AgentConnection]],
        on_death: Callable[[str, SipAgentError | None], None],
        deaths: Deaths,
    ) -> None:
        """Use `bring_up` to get a healthy agent.

        Tell every death and its reason, with the error that kept it from starting.
        """
        self.deaths = deaths
        self._bring_up = bring_up
        self._on_death = on_death
        self._task: asyncio.Task[None] | None = None

    def start(self, connection: AgentConnection) -> None:
        """Watch over an agent that has just become healthy."""
        self._task = asyncio.create_task(
            self._run(connection), name="sip_intercom agent supervisor"
        )

    async def stop(self) -> None:
        """Start nothing any more; an agent that is being started is killed."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    async def _run(self, connection: AgentConnection) -> None:
        """Wait for deaths."""
        loop = asyncio.get_running_loop()
        while True:
            healthy_since = loop.time()
            await asyncio.wait((connection.ended,))
            delay = self._record(connection.ended.result(), healthy_since)
            connection = await self._revive(delay)

    async def _revive(self, delay: float) -> AgentConnection:
        """Try until an agent is healthy."""
        while True:
            await asyncio.sleep(delay)
            try:
                return await self._bring_up()
            except SipAgentError as err:
                reason, error = str(err) or type(err).__name__, err
            except Exception:
                # The supervisor outlives every surprise: nobody else restarts.
                _LOGGER.exception("Unexpected error while starting the agent")
                reason, error = "unexpected error", None
            delay = self._record(reason, None, error)

    def _record(
        self,
        reason: str,
        healthy_since: float | None,
        error: SipAgentError | None = None,
    ) -> float:
        """Count a death, tell it and return the delay."""
        now = asyncio.get_running_loop().time()
        delay = self.deaths.record(now, healthy_since)
        self._on_death(reason, error)
        return delay
