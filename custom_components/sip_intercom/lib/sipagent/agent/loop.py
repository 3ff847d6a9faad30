"""The agent's loop: one thread that alternates between commands and SIP."""

from collections.abc import Callable
import gc
from queue import Empty
import time
from typing import Final

from ..protocol.messages import Heartbeat, Hello
from ..protocol.version import SCHEMA_VERSION
from .commands import Commands, Protect
from .limits import Clock
from .network import NetworkWatch
from .output import Output
from .phone import Phone
from .reader import LineReader
from .user_agent import UserAgent

IDLE_POLL: Final = 1.0  # seconds
MEDIA_POLL: Final = 0.01  # seconds
BACKLOG_POLL: Final = 0.05  # seconds
HEARTBEAT_INTERVAL: Final = 2.0  # seconds
COLLECT_IDLE: Final = 60.0  # seconds between collections without calls
COLLECT_BUSY: Final = 600.0  # seconds between collections with calls


class Agent:
    """A phone, its user agent and the pipes to Home Assistant."""

    def __init__(
        self,
        phone: Phone,
        *,
        input_descriptor: int,
        output_descriptor: int,
        protect: Protect,
        clock: Clock = time.monotonic,
        network: NetworkWatch | None = None,
    ) -> None:
        """Join the parts; run() brings them to life."""
        self._phone = phone
        self._clock = clock
        self._output = Output(output_descriptor, clock)
        self._user_agent = UserAgent(
            phone, self._output.send, clock=clock, network=network
        )
        self._commands = Commands(self._user_agent, self._output.send, protect)
        self._reader = LineReader(input_descriptor, phone.wake)
        self._next_beat = self._last_collection = clock()

    def run(self) -> int:
        """Run to the end of the input; return 0, or 1 if the output is stuck."""
        self._user_agent.start()
        try:
            self._say_hello()
            self._reader.start()
            while self._take_lines() and not self._output.lost:
                self._phone.poll(self._patience())
                self._user_agent.tick()
                self._beat()
                self._output.flush()
                self._collect_garbage()
        finally:
            self._phone.stop()
        return int(self._output.lost)

    def at_end(self, action: Callable[[], None]) -> None:
        """Have another thread do something when the input ends."""
        self._reader.at_end = action

    def stop(self) -> None:
        """End as if the input had ended; any thread may call it."""
        self._reader.end()

    def _say_hello(self) -> None:
        """Tell what we are."""
        build = self._phone.build()
        self._output.send(
            Hello(schema=SCHEMA_VERSION, pjsip=str(build.get("pjsip", "")), build=build)
        )

    def _take_lines(self) -> bool:
        """Execute the lines that wait; False at their end."""
        while True:
            try:
                line = self._reader.lines.get_nowait()
            except Empty:
                return True
            if line is None:
                return False
            self._commands.take(line)

    def _patience(self) -> float:
        """Return how long a poll may take."""
        if self._user_agent.has_media:
            return MEDIA_POLL
        return BACKLOG_POLL if self._output.waiting else IDLE_POLL

    def _beat(self) -> None:
        """Send a heartbeat when it is time."""
        now = self._clock()
        if now >= self._next_beat:
            self._next_beat = now + HEARTBEAT_INTERVAL
            self._output.send(Heartbeat())

    def _collect_garbage(self) -> None:
        """Collect garbage where it disturbs no call, if that is possible."""
        since = self._clock() - self._last_collection
        if since >= (COLLECT_IDLE if self._user_agent.is_idle else COLLECT_BUSY):
            gc.collect()
            self._last_collection = self._clock()
