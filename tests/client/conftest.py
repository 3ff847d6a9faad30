"""A client whose agent is the scripted program."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
import os
from pathlib import Path
import sys

import pytest

from custom_components.sip_intercom.lib.sipagent.client import (
    AgentClient,
    ClientEvent,
    Timing,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import UserAgentConfig

STUB = Path(__file__).with_name("stub_agent.py")
TIMING = Timing(
    hello=30,
    request=30,
    health=30,
    drain=30,
    heartbeat=30,
    stop=30,
    early_death=30,
    backoff_first=0.001,
    backoff_max=0.004,
)
"""Patient where a busy machine may be slow, quick where nothing is awaited."""


CONFIG = UserAgentConfig(username="one")


class FakeResolver:
    """Knows one name; waits or fails as told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.blocked = False
        self.error: Exception | None = None

    async def resolve(self, name: str) -> tuple[str, ...]:
        """Return the address of the only name."""
        self.asked.append(name)
        if self.blocked:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return ("192.0.2.5:5062", "2001:db8::5")


class Events:
    """Everything a client tells; each kind can be awaited."""

    def __init__(self) -> None:
        self.seen: list[ClientEvent] = []
        self._changed = asyncio.Event()

    def __call__(self, event: ClientEvent) -> None:
        """Take an event."""
        self.seen.append(event)
        self._changed.set()

    def of[T](self, kind: type[T]) -> list[T]:
        """Return the events of one kind."""
        return [event for event in self.seen if isinstance(event, kind)]

    async def wait_for[T](self, kind: type[T], number: int = 1) -> T:
        """Return the n-th event of one kind as soon as it is there."""
        async with asyncio.timeout(60):
            while len(found := self.of(kind)) < number:
                self._changed.clear()
                await self._changed.wait()
        return found[number - 1]


@dataclass
class Stage:
    """A client, what it tells, and the processes it started."""

    folder: Path
    client: AgentClient
    resolver: FakeResolver
    events: Events = field(default_factory=Events)

    @property
    def pids(self) -> list[int]:
        """Return the process ids in the order of the launches."""
        return [
            int(path.stem.partition("-")[2])
            for path in sorted(self.folder.glob("*.pid"))
        ]


type MakeStage = Callable[..., Stage]


@pytest.fixture
async def make_stage(tmp_path: Path) -> AsyncIterator[MakeStage]:
    """Return a function that makes a client for the behaviours of its agents."""
    stages: list[Stage] = []

    def make(
        *behaviours: str,
        timing: Timing = TIMING,
        config: UserAgentConfig = CONFIG,
    ) -> Stage:
        folder = tmp_path / str(len(stages))
        folder.mkdir()
        resolver = FakeResolver()
        command = (sys.executable, "-P", "-S", str(STUB), str(folder), *behaviours)
        client = AgentClient(config, resolver, command=command, timing=timing)
        stage = Stage(folder=folder, client=client, resolver=resolver)
        client.subscribe(stage.events)
        stages.append(stage)
        return stage

    yield make
    for stage in stages:
        await stage.client.stop()
    survivors = [pid for stage in stages for pid in stage.pids if is_alive(pid)]
    assert not survivors


def is_alive(pid: int) -> bool:
    """Tell whether a process exists, also one nobody has waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
