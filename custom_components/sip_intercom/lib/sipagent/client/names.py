"""Resolve the names that the agent wants."""

import asyncio
from collections.abc import Awaitable, Callable
import logging

from ..protocol.config import HostConfig
from ..protocol.errors import SipAgentError
from .events import Resolver
from .timing import Timing

_LOGGER = logging.getLogger(__name__)


class NameService:
    """Resolves each wanted name once at a time; the agent waits for the answer."""

    def __init__(
        self,
        resolver: Resolver,
        tell: Callable[[HostConfig], Awaitable[None]],
        timing: Timing,
    ) -> None:
        """Use `tell` to hand the addresses over."""
        self._resolver = resolver
        self._tell = tell
        self._timing = timing
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def want(self, name: str) -> None:
        """Resolve a name and tell its addresses."""
        if name in self._tasks:
            return
        task = asyncio.create_task(self._serve(name), name="sip_intercom resolver")
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def stop(self) -> None:
        """Give up what is under way."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, name: str) -> None:
        """Resolve one name; no addresses if that fails."""
        addresses = await self._resolve(name)
        try:
            await self._tell(HostConfig(name=name, addresses=addresses))
        except SipAgentError as err:
            _LOGGER.debug("Could not tell the addresses of a name: %s", err)

    async def _resolve(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a name within the time that the agent waits."""
        try:
            async with asyncio.timeout(self._timing.resolve):
                return await self._resolver.resolve(name)
        except TimeoutError:
            _LOGGER.debug("Resolving %s took too long", name)
        except Exception:
            # The resolver is foreign code; the agent must have its answer anyway.
            _LOGGER.exception("Error while resolving %s", name)
        return ()
