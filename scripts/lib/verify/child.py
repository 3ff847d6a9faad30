"""The driver in the platform's Python, as the stage sees it."""

import asyncio
from collections.abc import Callable
import json
from pathlib import Path
from typing import Any, Self

DRIVER = Path(__file__).with_name("driver.py")
LINE_LIMIT = 1 << 20  # bytes
type Event = dict[str, Any]


class VerificationError(Exception):
    """Something did not happen as it should; the text says what."""


def told(error: Exception) -> str:
    """Return what went wrong, in words where there are any."""
    return str(error) if isinstance(error, VerificationError) else repr(error)


class Driver:
    """One process; its events are kept in the order in which they came."""

    def __init__(
        self, python: Path, order: Event, *, path: Path, folder: Path, patience: float
    ) -> None:
        """Prepare to run the driver with PATH `path`; `patience` is in seconds."""
        self._python = python
        self._order = order
        self._environment = {
            "PATH": str(path),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TMPDIR": str(folder),
        }
        self._errors = folder / "driver.log"
        self._patience = patience
        self.events: list[Event] = []

    async def __aenter__(self) -> Self:
        """Start it and give it its order."""
        self._news = asyncio.Condition()
        self._over = False
        with self._errors.open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *(self._python, "-P", DRIVER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=self._environment,
                cwd="/",
                limit=LINE_LIMIT,
            )
        self._reading = asyncio.create_task(self._read())
        await self._write(self._order)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it, with its agent."""
        if self._process.returncode is None:
            await self._write(["stop"])
            try:
                await asyncio.wait_for(self._process.wait(), self._patience)
            except TimeoutError:
                self._process.kill()
        await self._reading

    async def do(self, name: str, *words: str) -> None:
        """Have the client's method called, and wait until it is done."""
        await self._write([name, *words])
        await self.next("done", lambda event: event["command"] == name)

    async def next(
        self, kind: str, fits: Callable[[Event], bool] = lambda _: True
    ) -> Event:
        """Return the first event of a kind that fits; VerificationError."""
        try:
            async with asyncio.timeout(self._patience), self._news:
                while (found := self._find(kind, fits)) is None:
                    if self._over:
                        raise VerificationError(self._ended(kind))
                    await self._news.wait()
                return found
        except TimeoutError:
            raise VerificationError(f"no {kind} came: {self.events[-3:]}") from None

    def all(self, kind: str) -> list[Event]:
        """Return the events of a kind so far."""
        return [event for event in self.events if event["event"] == kind]

    def _find(self, kind: str, fits: Callable[[Event], bool]) -> Event | None:
        return next((event for event in self.all(kind) if fits(event)), None)

    def _ended(self, kind: str) -> str:
        lines = self._errors.read_text(errors="replace").splitlines()
        return f"the client's process ended before {kind}: {' '.join(lines[-1:])}"

    async def _write(self, message: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()
        except ConnectionError:
            return  # whoever waits for an answer is told that it ended

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        await self._process.wait()
        async with self._news:
            self._over = True
            self._news.notify_all()
