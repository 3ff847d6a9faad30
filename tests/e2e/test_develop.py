"""The demo that scripts/develop runs, as its user sees it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
import os
from pathlib import Path
import re
import signal
import socket
import sys
from typing import Any

from aiohttp import ClientSession

from bootstrap.paths import ROOT
from demo.api import Api, Socket as WebSocket
from demo.doorbell import AUTOMATION_ID, DEVICE_NAME
from tests.peers.addresses import free_port
from tests.peers.process import PeerProcess

from .observer import Change, Observer

START_TIMEOUT = 90.0  # seconds
STOP_TIMEOUT = 40.0  # seconds
ACTIVITY_TIMEOUT = 15.0  # seconds
TARGET = re.compile(r"--target (\S+)")
LIBRARY = ROOT / "scripts" / "lib"


class Demo:
    """The demo on ports and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Choose the ports; nothing happens yet."""
        self.folder = folder
        self.port = free_port("127.0.0.1")
        self.sip_port = free_port("127.0.0.1")
        self.target = ""
        self._descendants: set[int] = set()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[Api]:
        """Run it until it is ready, and stop it as Ctrl-C does."""
        process = PeerProcess(
            *("env", f"PYTHONPATH={LIBRARY}", sys.executable, "-m", "demo"),
            *("--config", str(self.folder / "config"), "--port", str(self.port)),
            *("--sip-port", str(self.sip_port)),
            folder=self.folder,
        )
        await process.start()
        try:
            await process.printed("Ctrl-C", START_TIMEOUT)
            (self.target,) = TARGET.findall(process.output)
            self._descendants = set(_descendants(process.pid))
            async with ClientSession() as session:
                api = Api(session, f"http://127.0.0.1:{self.port}")
                await api.log_in()
                yield api
            os.kill(process.pid, signal.SIGINT)
            assert await process.wait(STOP_TIMEOUT) == 0, process.output
        finally:
            await process.stop()

    async def ring(self) -> None:
        """Ring the bell with scripts/ring."""
        ring = PeerProcess(
            *(ROOT / "scripts" / "ring", "--target", self.target),
            *("--cancel-after", "0.2"),
            folder=self.folder,
        )
        await ring.start()
        assert await ring.wait(STOP_TIMEOUT) == 0, ring.output

    def processes(self) -> list[str]:
        """Return the command lines of what ran below the demo and still does."""
        found = []
        for pid in self._descendants:
            with suppress(FileNotFoundError, ProcessLookupError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
                found.append(words.replace(b"\0", b" ").decode(errors="replace"))
        return found


def _descendants(pid: int) -> Iterator[int]:
    """Yield the ids of a process's children, and theirs."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from _descendants(child)


async def test_a_ring_reaches_activity_and_automation(tmp_path: Path) -> None:
    """One ring is in the activity log and starts the automation; nothing is left."""
    demo = Demo(tmp_path)
    begin = datetime.now(UTC)
    async with demo.run() as api, Observer(api) as observer:
        assert any("sipagent.agent" in line for line in demo.processes())
        await demo.ring()
        rang = await observer.next(_rang)
        fired = await observer.next(_fired)
        async with await api.websocket() as socket:
            await _is_in_activity(socket, begin, {rang.entity_id, fired.entity_id})
            notifications = await _notifications(socket)
    assert [notification["title"] for notification in notifications] == [DEVICE_NAME]
    assert demo.processes() == []


async def test_beside_another_user_agent(tmp_path: Path) -> None:
    """Where the port is taken, the demo takes another one, and keeps it."""
    demo = Demo(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", demo.sip_port))
        async with demo.run() as api, Observer(api) as observer:
            await demo.ring()
            await observer.next(_rang)
    first = demo.target
    assert first != f"127.0.0.1:{demo.sip_port}"
    async with demo.run():
        assert demo.target == first


async def test_a_second_start_keeps_what_the_first_made(tmp_path: Path) -> None:
    """The doorbell is added once, and still rings."""
    demo = Demo(tmp_path)
    async with demo.run():
        pass
    async with demo.run() as api, Observer(api) as observer:
        await demo.ring()
        await observer.next(_rang)
        async with await api.websocket() as socket:
            entries = await socket.call("config_entries/get", domain="sip_intercom")
            subentries = await socket.call(
                "config_entries/subentries/list", entry_id=entries[0]["entry_id"]
            )
    assert [subentry["title"] for subentry in subentries] == [DEVICE_NAME]


def _rang(change: Change) -> bool:
    return change.rang and change.attributes.get("device_class") == "doorbell"


def _fired(change: Change) -> bool:
    attributes = change.attributes
    return attributes.get("id") == AUTOMATION_ID and bool(attributes["last_triggered"])


async def _is_in_activity(
    socket: WebSocket, begin: datetime, expected: set[str]
) -> None:
    """Wait until the activity log shows all of the entities."""
    await socket.call(
        "logbook/event_stream",
        start_time=begin.isoformat(),
        entity_ids=sorted(expected),
    )
    shown: set[str] = set()
    async with asyncio.timeout(ACTIVITY_TIMEOUT):
        while not expected <= shown:
            lines = (await socket.next_event())["events"]
            shown |= {line["entity_id"] for line in lines}


async def _notifications(socket: WebSocket) -> list[dict[str, Any]]:
    """Wait until there is a notification."""
    await socket.call("persistent_notification/subscribe")
    async with asyncio.timeout(ACTIVITY_TIMEOUT):
        while not (found := (await socket.next_event()).get("notifications")):
            pass
    return list(found.values())
