"""Listens to Home Assistant's event bus over a WebSocket of its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from demo.api import Api

NO_EVENT = ("unavailable", "unknown", None)
EVENT_TIMEOUT = 15.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A state that was written."""

    entity_id: str
    old: str | None
    new: str | None
    attributes: dict[str, Any]

    @property
    def rang(self) -> bool:
        """Tell whether an event entity has written an event, not availability."""
        return self.new not in NO_EVENT and self.old not in (self.new, "unavailable")


class Observer:
    """Every state that is written, in order, each delivered once."""

    def __init__(self, api: Api) -> None:
        """Use an API that is logged in."""
        self._api = api
        self._news = asyncio.Condition()
        self.changes: list[Change] = []
        self._position = 0

    async def __aenter__(self) -> Self:
        """Subscribe."""
        self._socket = await self._api.websocket()
        await self._socket.call("subscribe_events", event_type="state_changed")
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._socket.__aexit__(None, None, None)

    async def next(
        self, matches: Callable[[Change], bool], seconds: float = EVENT_TIMEOUT
    ) -> Change:
        """Return the next change that matches; those before it are passed over."""
        async with asyncio.timeout(seconds), self._news:
            while True:
                while self._position < len(self.changes):
                    change = self.changes[self._position]
                    self._position += 1
                    if matches(change):
                        return change
                await self._news.wait()

    async def after(
        self, position: int, matches: Callable[[Change], bool], seconds: float
    ) -> None:
        """Wait for a change since there were so many; next() still returns it."""
        async with asyncio.timeout(seconds), self._news:
            while not any(map(matches, self.changes[position:])):
                await self._news.wait()

    async def _read(self) -> None:
        while True:
            data = (await self._socket.next_event())["data"]
            new, old = data["new_state"], data["old_state"]
            change = Change(
                entity_id=data["entity_id"],
                old=old and old["state"],
                new=new and new["state"],
                attributes=new["attributes"] if new else {},
            )
            async with self._news:
                self.changes.append(change)
                self._news.notify_all()
