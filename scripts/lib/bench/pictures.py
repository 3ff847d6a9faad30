"""How soon a visitor is seen: `python -m bench.pictures`."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
import io
from pathlib import Path
import sys
import tempfile
import time
from typing import Final

from PIL import Image

from bootstrap.paths import ROOT
from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from demo.api import ApiError
from tests.e2e.home_assistant import HomeAssistant
from tests.e2e.sip_intercom import SipIntercom
from tests.peers.addresses import Endpoint, free_port, new_address
from tests.peers.agent import Agent
from tests.peers.chromium import chromium
from tests.peers.h264 import Picture, encode
from tests.peers.video_station import VideoStation, video_device, video_station

from .numbers import Number, spread, table, write
from .viewer_page import viewer_page

FIRST: Final = "The first picture, early media of a station that rings"
GLASS: Final = "Glass to glass of SIP video, camera and screen left out"
ROUNDS: Final = 20
CHANGES: Final = 40
SIZE: Final = "size=640x480"
SHADES: Final = ("black", "white")
RESULTS: Final = ROOT / "bench" / "pictures.json"
_WATCH: Final = """
() => {
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", {willReadFrequently: true});
  let bright = null;
  window.changes = [];
  const look = () => {
    context.drawImage(video, 0, 0, 1, 1);
    const now = context.getImageData(0, 0, 1, 1).data[0] > 128;
    if (bright !== null && now !== bright) {
      changes.push(performance.timeOrigin + performance.now());
    }
    bright = now;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}
"""


async def measure(folder: Path) -> list[Number]:
    """Return all numbers."""
    shades = [await encode(f"color=c={shade}:{SIZE}") for shade in SHADES]
    return [*await _first(folder, shades), *await _glass(folder, shades)]


async def _first(folder: Path, shades: list[list[Picture]]) -> Iterable[Number]:
    """Return how long it takes from INVITE to the first still in Home Assistant."""
    home_assistant = HomeAssistant(folder / "home_assistant")
    await asyncio.to_thread(home_assistant.start)
    try:
        async with home_assistant.connect() as ha:
            port = free_port("127.0.0.1")
            await ha.add_user_agent(port)
            times = await _stills(ha, Endpoint(address="127.0.0.1", port=port), shades)
    finally:
        await asyncio.to_thread(home_assistant.stop)
    return spread(FIRST, "INVITE to the first still", times, {"p95": 1000})


async def _stills(
    ha: SipIntercom, target: Endpoint, shades: list[list[Picture]]
) -> list[float]:
    address = new_address()
    device = await ha.add_device(address, name="Door", camera={"early_media": True})
    times = []
    path = f"/api/camera_proxy/{device.entities['camera.camera']}"
    async with video_station(address, target, shades[0]) as (station, lens):
        for number in range(ROUNDS):
            lens.show(shades[number % 2])
            start = time.monotonic()
            station.ring()
            # The camera shows its last picture until there is a new one.
            while await _shade(ha, path) != number % 2:
                pass
            times.append((time.monotonic() - start) * 1000)
            await station.hang_up()
            await ha.becomes(device.entities["sensor.call_state"], "idle")
    return times


async def _shade(ha: SipIntercom, path: str) -> int | None:
    """Return which shade a camera shows; None if it has no picture yet."""
    try:
        jpeg = await ha.api.read(path)
    except ApiError:
        return None
    pixel = Image.open(io.BytesIO(jpeg)).convert("L").resize((1, 1)).tobytes()
    return int(pixel[0] > 128)


@asynccontextmanager
async def _ringing(agent: Agent, station: VideoStation) -> AsyncIterator[None]:
    """Have a station that rings."""
    station.ring()
    await agent.call(CallEventType.INCOMING)
    yield
    await station.hang_up()


async def _glass(folder: Path, shades: list[list[Picture]]) -> list[Number]:
    """Return how long a picture takes from the station's RTP to a browser's canvas."""
    address = new_address()
    agent = Agent(video_device(address))
    agent.listen_everywhere()
    times = []
    async with agent, chromium(folder) as browser:
        target = Endpoint(address="127.0.0.1", port=agent.endpoint.port)
        async with (
            video_station(address, target, shades[0]) as (station, lens),
            _ringing(agent, station),
            viewer_page(agent, browser, talks=False, sees=True) as (page, _),
        ):
            await page.wait_for_function("() => document.querySelector('video')")
            await page.evaluate(_WATCH)
            await asyncio.sleep(2)
            for number in range(CHANGES):
                known = await page.evaluate("() => changes.length")
                lens.show(shades[(number + 1) % 2])
                await asyncio.sleep(0.5)
                seen = await page.evaluate(f"() => changes.slice({known}, {known} + 1)")
                times += [at - lens.shown.since * 1000 for at in seen]
    lost = CHANGES - len(times)
    return [
        Number(section=GLASS, name="changes not seen", value=lost, unit="", aim=0),
        *spread(GLASS, "sent to drawn", times, {}),
    ]


def main() -> int:
    """Measure, print a table and write JSON."""
    with tempfile.TemporaryDirectory(prefix="sip-bench-") as folder:
        numbers = asyncio.run(measure(Path(folder)))
    write(numbers, RESULTS)
    print(table(numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
