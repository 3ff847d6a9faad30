"""The test Home Assistant that is measured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import socket
import time
from typing import Any

from aiohttp import ClientSession

from bootstrap.paths import ROOT
from demo import config_folder
from demo.api import Api
from demo.doorbell import DOMAIN, FLOWS, SUBENTRY_FLOWS
from demo.process import home_assistant

from .processes import child

PROBE = Path(__file__).with_name("probe.py")
# Not a file of the repository: whoever looks for integrations would find a second one.
PROBE_MANIFEST = {
    "domain": "bench_probe",
    "name": "Bench probe",
    "codeowners": [],
    "iot_class": "calculated",
    "requirements": [],
    "version": "1.0.0",
}
START_TIMEOUT = 180  # seconds
POLL_INTERVAL = 0.25  # seconds
LATE_EVENTS = 10  # seconds
LISTED = "127.0.8.1"
STRANGER = "127.0.8.2"
PACKAGE = "bench_probe:\n"
RECORDS = "events.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A running Home Assistant with one listed doorbell."""

    folder: Path
    pid: int
    sip_port: int
    entry_id: str
    api: Api

    @property
    def agent(self) -> int:
        """Return the id of the agent's process."""
        return child(self.pid, "sipagent.agent")

    async def burn(self, threads: int) -> None:
        """Keep so many Python threads of Home Assistant busy."""
        await self.api.post("/api/services/bench_probe/burn", {"threads": threads})

    async def all_events(self, run: str, count: int) -> dict[str, int]:
        """Return when each caller's ring was written, in ns; late ones wait a while."""
        for _ in range(round(LATE_EVENTS / POLL_INTERVAL)):
            events = self._events()
            if sum(caller.startswith(f"{run}-") for caller in events) >= count:
                break
            # Another process has no event to wait for.
            await asyncio.sleep(POLL_INTERVAL)
        return events

    def _events(self) -> dict[str, int]:
        lines = (self.folder / RECORDS).read_text().splitlines()
        records = (json.loads(line) for line in lines)
        return {record["caller"]: record["ns"] for record in records}

    async def set_up_again(self) -> float:
        """Return how many seconds the entry takes to set up."""
        await self._disable("user")
        start = time.monotonic()
        await self._disable(None)
        return time.monotonic() - start

    async def _disable(self, by: str | None) -> None:
        # Home Assistant closes a WebSocket that is not read for a minute.
        async with await self.api.websocket() as socket:
            await socket.call(
                "config_entries/disable", entry_id=self.entry_id, disabled_by=by
            )


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Run a Home Assistant with the probe and a doorbell in the folder."""
    port, sip_port = _free_port(), _free_port()
    config_folder.write(folder, port)
    _add_probe(folder)
    async with home_assistant(folder) as process, ClientSession() as session:
        api = Api(session, f"http://127.0.0.1:{port}")
        async with asyncio.timeout(START_TIMEOUT):
            # Another process has no event to wait for.
            while not await api.is_up():  # noqa: ASYNC110
                await asyncio.sleep(POLL_INTERVAL)
            await api.log_in()
            while (await api.get("/api/config"))["state"] != "RUNNING":  # noqa: ASYNC110
                await asyncio.sleep(POLL_INTERVAL)
        entry_id = await _configure(api, sip_port)
        await _until_listening(sip_port)
        yield Stage(
            folder=folder,
            pid=process.pid,
            sip_port=sip_port,
            entry_id=entry_id,
            api=api,
        )


def _add_probe(folder: Path) -> None:
    components = folder / "custom_components"
    components.unlink()
    components.mkdir()
    own = ROOT / "custom_components" / DOMAIN
    (components / DOMAIN).symlink_to(own, target_is_directory=True)
    probe = components / "bench_probe"
    probe.mkdir()
    (probe / "__init__.py").symlink_to(PROBE)
    (probe / "manifest.json").write_text(json.dumps(PROBE_MANIFEST))
    configuration = folder / "configuration.yaml"
    # What is measured is an installation whose log is quiet.
    quiet = configuration.read_text().replace(": debug", ": warning")
    configuration.write_text(quiet)
    # A package of its own hides the working tree's, which may be found first.
    (components / "__init__.py").touch()
    (folder / "packages" / "bench.yaml").write_text(PACKAGE)


async def _configure(api: Api, sip_port: int) -> str:
    flow = await api.post(FLOWS, {"handler": DOMAIN})
    values: dict[str, Any] = {"port": sip_port, "username": "homeassistant"}
    result = await api.post(f"{FLOWS}/{flow['flow_id']}", values)
    entry_id = str(result["result"]["entry_id"])
    flow = await api.post(SUBENTRY_FLOWS, {"handler": [entry_id, "device"]})
    values = {
        "name": "Bench doorbell",
        "kind": "doorbell",
        "address": LISTED,
        "account": "direct",
    }
    await api.post(f"{SUBENTRY_FLOWS}/{flow['flow_id']}", values)
    return entry_id


async def _until_listening(sip_port: int) -> None:
    """Wait until the listed doorbell's OPTIONS has an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
        bell.bind((LISTED, 0))
        bell.setblocking(False)
        own = "{}:{}".format(*bell.getsockname())
        message = (
            f"OPTIONS sip:homeassistant@127.0.0.1:{sip_port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {own};rport;branch=z9hG4bKready\r\n"
            f"From: <sip:bell@{own}>;tag=r\r\nTo: <sip:homeassistant@127.0.0.1>\r\n"
            f"Call-ID: ready-{own}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
            "Content-Length: 0\r\n\r\n"
        ).encode()
        loop = asyncio.get_running_loop()
        for _ in range(30):
            bell.sendto(message, ("127.0.0.1", sip_port))
            try:
                async with asyncio.timeout(1):
                    answer = await loop.sock_recv(bell, 65535)
            except TimeoutError, ConnectionRefusedError:
                continue
            if answer.startswith(b"SIP/2.0 200"):
                return
    raise TimeoutError("the user agent does not answer its doorbell")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
