"""The demo that scripts/develop runs, as its user sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import signal
import sys

from aiohttp import ClientSession

from bootstrap.paths import ROOT
from demo.api import Api
from demo.doorbell import AUTOMATION_ID, DEVICE_NAME
from tests.peers.addresses import free_port
from tests.peers.process import PeerProcess

from .observer import Observer

START_TIMEOUT = 90.0  # seconds
STOP_TIMEOUT = 40.0  # seconds
LIBRARY = ROOT / "scripts" / "lib"


class Demo:
    """The demo on ports and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Choose the ports; nothing happens yet."""
        self.folder = folder
        self.port = free_port("127.0.0.1")
        self.sip_port = free_port("127.0.0.1")

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
            *(ROOT / "scripts" / "ring", "--target", f"127.0.0.1:{self.sip_port}"),
            *("--cancel-after", "0.2"),
            folder=self.folder,
        )
        await ring.start()
        assert await ring.wait(STOP_TIMEOUT) == 0, ring.output

    def processes(self) -> list[str]:
        """Return the command lines that name the folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                words = (path.parent / "cmdline").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in words:
                found.append(words.replace(b"\0", b" ").decode(errors="replace"))
        return found


async def test_a_ring_reaches_activity_and_automation(tmp_path: Path) -> None:
    """One ring is in the activity log and starts the automation; nothing is left."""
    demo = Demo(tmp_path)
    begin = datetime.now(UTC) - timedelta(seconds=1)
    async with demo.run() as api, Observer(api) as observer:
        await demo.ring()
        rang = await observer.next(
            lambda change: (
                change.rang and change.attributes.get("device_class") == "doorbell"
            )
        )
        fired = await observer.next(
            lambda change: (
                change.attributes.get("id") == AUTOMATION_ID
                and bool(change.attributes.get("last_triggered"))
            )
        )
        async with await api.websocket() as socket:
            activity = await socket.call(
                "logbook/get_events",
                start_time=begin.isoformat(),
                entity_ids=[rang.entity_id, fired.entity_id],
            )
            notifications = await socket.call("persistent_notification/get")
    assert {line["entity_id"] for line in activity} == {
        rang.entity_id,
        fired.entity_id,
    }
    assert [notification["title"] for notification in notifications] == [DEVICE_NAME]
    assert demo.processes() == []


async def test_a_second_start_keeps_what_the_first_made(tmp_path: Path) -> None:
    """The doorbell is added once, and still rings."""
    demo = Demo(tmp_path)
    async with demo.run():
        pass
    async with demo.run() as api, Observer(api) as observer:
        await demo.ring()
        rang = await observer.next(lambda change: change.rang)
        async with await api.websocket() as socket:
            entries = await socket.call("config_entries/get", domain="sip_intercom")
            subentries = await socket.call(
                "config_entries/subentries/list", entry_id=entries[0]["entry_id"]
            )
    assert rang.entity_id.startswith("event.")
    assert [subentry["title"] for subentry in subentries] == [DEVICE_NAME]
