"""What seeing and talking by a browser costs: `python -m bench.viewing`."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
import os
from pathlib import Path
import re
import sys
import tempfile
import time
from typing import Final, override

from playwright.async_api import Browser, Page

from bootstrap.paths import ROOT
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    MediaEncryption,
)
from tests.peers.addresses import Endpoint, free_port, new_address
from tests.peers.agent import Agent
from tests.peers.chromium import chromium
from tests.sip.messages import Message

from .answerer import SILENCE, Answerer
from .numbers import Number, percentile, spread, table, write
from .processes import child, cost, pin
from .viewer_page import viewer_page

TALK: Final = "Talk"
MOUTH_TO_EAR: Final = "Mouth to ear, jitter buffer of the station left out"
DRIFT: Final = "Mouth to ear after {} minutes, more than at first"
WAYS: Final = ("browser to station", "station to browser")
VIEWERS: Final = "Processor time of browsers that see 640 x 480 at 25 fps, and hear"
PINNED: Final = "The same, the agent on one core"
ROUNDS: Final = 15
BURSTS: Final = 40
SECONDS: Final = 5.0
STEPS: Final = (0, 1, 4)
PAUSE: Final = 0.4  # seconds between bursts
FRAME: Final = 160
LOUD: Final = bytes(0x2A if i // 4 % 2 else 0xAA for i in range(FRAME))
QUIET: Final = bytes([0xD5]) * FRAME
RESULTS: Final = ROOT / "bench" / "viewing.json"
_BURST: Final = """
async () => {
  gain.gain.value = 1;
  const at = performance.timeOrigin + performance.now();
  setTimeout(() => (gain.gain.value = 0), 150);
  return at;
}
"""


class Talker(Answerer):
    """A station that says what it is told, and notes when it hears something."""

    def __init__(self, endpoint: Endpoint, media: Ear) -> None:
        """Answer with the port of its ear."""
        super().__init__(endpoint, media.port)
        self._media = media

    @override
    def _answer(self, request: Message) -> bytes:
        if request.method == "INVITE":
            host = re.search(r"c=IN IP4 (\S+)", request.body)
            port = re.search(r"m=audio (\d+)", request.body)
            if host and port:
                self._media.peer = host[1], int(port[1])
        return super()._answer(request)


class Ear(asyncio.DatagramProtocol):
    """The audio of the station: a frame every 20 ms, loud or quiet."""

    def __init__(self) -> None:
        """Hear and say nothing yet."""
        self.port = 0
        self.peer: tuple[str, int] | None = None
        self.heard: list[float] = []
        self.loud_until = 0.0
        self._quiet = True

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    @override
    def datagram_received(self, data: bytes, _: object) -> None:
        loud = len(set(data[12:].translate(None, SILENCE))) > 8
        if loud and self._quiet:
            self.heard.append(time.time())
        self._quiet = not loud

    async def speak(self) -> None:
        """Send frames until it is cancelled."""
        due = time.monotonic()
        for number in count():
            if self.peer:
                loud = time.monotonic() < self.loud_until
                head = bytes([0x80, 8]) + (number & 0xFFFF).to_bytes(2)
                head += (number * FRAME & 0xFFFFFFFF).to_bytes(4) + b"talk"
                self._transport.sendto(head + (LOUD if loud else QUIET), self.peer)
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))


@asynccontextmanager
async def talking() -> AsyncIterator[tuple[Endpoint, Ear]]:
    """Have a station that answers and speaks."""
    loop = asyncio.get_running_loop()
    address = new_address()
    endpoint = Endpoint(address=address, port=free_port(address))
    heard, ear = await loop.create_datagram_endpoint(Ear, (address, 0))
    signalling, _ = await loop.create_datagram_endpoint(
        lambda: Talker(endpoint, ear), (endpoint.address, endpoint.port)
    )
    speaking = asyncio.create_task(ear.speak())
    try:
        yield endpoint, ear
    finally:
        speaking.cancel()
        signalling.close()
        heard.close()


async def measure(minutes: float = 0.0) -> list[Number]:
    """Return all numbers; those of the drift need some minutes."""
    with tempfile.TemporaryDirectory(prefix="sip-bench-") as folder:
        async with talking() as (station, ear), chromium(Path(folder)) as browser:
            device = DeviceConfig(
                id="door",
                addresses=(station.address,),
                user="",
                uri=f"sip:station@{station}",
                media_encryption=MediaEncryption.NONE,
                talk_limit=7200,
            )
            agent = Agent(device)
            agent.listen_everywhere()
            async with agent:
                numbers = [
                    *await _talk(agent, browser),
                    *await _mouth_to_ear(agent, browser, ear),
                    *(await _drift(agent, browser, ear, minutes) if minutes else ()),
                    *await _viewers(agent, browser, VIEWERS),
                ]
                pin(child(os.getpid(), "sipagent"))
                return [*numbers, *await _viewers(agent, browser, PINNED)]


async def _talk(agent: Agent, browser: Browser) -> Iterable[Number]:
    """Return how long it takes from Talk to a connection, the station being called."""
    times = []
    for _ in range(ROUNDS):
        async with viewer_page(agent, browser, talks=True, sees=True) as (_, took):
            times.append(took)
        for call in (await agent.client.list_state()).calls:
            await agent.client.hang_up(call.id)
        while (await agent.client.list_state()).calls:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return spread(TALK, "pressed to connected", times, {"p95": 700})


async def _mouth_to_ear(agent: Agent, browser: Browser, ear: Ear) -> list[Number]:
    """Return how long sound takes, each way."""
    async with viewer_page(agent, browser, talks=True, sees=False) as (page, _):
        await asyncio.sleep(2)
        out, back = await _bursts(page, ear)
    lost = 2 * BURSTS - len(out) - len(back)
    return [
        Number(section=MOUTH_TO_EAR, name="bursts lost", value=lost, unit="", aim=0),
        *spread(MOUTH_TO_EAR, WAYS[0], out, {"p95": 150}),
        *spread(MOUTH_TO_EAR, WAYS[1], back, {"p95": 150}),
    ]


async def _bursts(page: Page, ear: Ear) -> tuple[list[float], list[float]]:
    """Return the ms that bursts of a tone took to the station, and to the browser."""
    out, back = [], []
    for _ in range(BURSTS):
        known = len(ear.heard)
        said = await page.evaluate(_BURST)
        await asyncio.sleep(PAUSE)
        out += [(at * 1000) - said for at in ear.heard[known : known + 1]]
        known = await page.evaluate("() => heard.length")
        said = time.time() * 1000
        ear.loud_until = time.monotonic() + 0.15
        await asyncio.sleep(PAUSE)
        times = await page.evaluate(f"() => heard.slice({known}, {known} + 1)")
        back += [at - said for at in times]
    return out, back


async def _drift(
    agent: Agent, browser: Browser, ear: Ear, minutes: float
) -> list[Number]:
    """Return how much later sound arrives after some minutes than at first."""
    async with viewer_page(agent, browser, talks=True, sees=False) as (page, _):
        # The jitter buffers find their size first.
        await asyncio.sleep(10)
        before = await _bursts(page, ear)
        await asyncio.sleep(minutes * 60)
        after = await _bursts(page, ear)
    section = DRIFT.format(f"{minutes:g}")
    return [
        Number(
            section=section,
            name=f"{way}, median",
            value=percentile(then, 0.5) - percentile(first, 0.5),
            aim=20,
        )
        for way, first, then in zip(WAYS, before, after, strict=True)
    ]


async def _viewers(agent: Agent, browser: Browser, section: str) -> list[Number]:
    """Return what browsers cost the agent."""
    numbers = []
    port = await agent.client.open_video("door")
    ffmpeg = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-loglevel", "error", "-re", "-f", "lavfi"),
        *("-i", "testsrc=size=640x480:rate=25", "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"),
        *("-b:v", "1M", "-g", "50", "-payload_type", "96"),
        *("-f", "rtp", f"rtp://127.0.0.1:{port}?pkt_size=1200"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        for viewers in STEPS:
            numbers += await _step(agent, browser, viewers, section)
    finally:
        ffmpeg.kill()
        await ffmpeg.wait()
    return numbers


async def _step(
    agent: Agent, browser: Browser, viewers: int, section: str
) -> list[Number]:
    """Return what so many browsers cost."""
    pid = child(os.getpid(), "sipagent")
    async with AsyncExitStack() as stack:
        for _ in range(viewers):
            await stack.enter_async_context(
                viewer_page(agent, browser, talks=False, sees=True)
            )
        await asyncio.sleep(1)
        before = cost(pid)
        await asyncio.sleep(SECONDS)
        after = cost(pid)
    name = f"{viewers} browsers"
    used = 100 * (after.cpu - before.cpu) / SECONDS
    return [
        Number(section=section, name=f"{name}, of a core", value=used, unit="%"),
        Number(
            section=section, name=f"{name}, resident", value=after.memory, unit="MiB"
        ),
    ]


def main() -> int:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(prog="bench.viewing", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.0, help="of the drift")
    numbers = asyncio.run(measure(parser.parse_args().minutes))
    write(numbers, RESULTS)
    print(table(numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
