"""Seeing and talking: a real Home Assistant, a real browser, real stations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import signal
from typing import Any, Final

from playwright.async_api import Browser

from tests.peers.addresses import (
    Endpoint,
    new_address,
    new_endpoint,
    outward_address,
)
from tests.peers.coturn import Coturn
from tests.peers.firefox import SAID, Firefox, firefox
from tests.peers.h264 import encode
from tests.peers.lossy_network import LossyNetwork
from tests.peers.rtsp import RtspCamera
from tests.peers.video_station import video_station

from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom, Subentry
from .stations import AUTO, SPOKEN, station
from .viewer import Viewer, viewer

RED: Final = (255, 0, 0)
GREEN: Final = (0, 220, 0)
BLUE: Final = (0, 0, 255)

MENDED: Final = """
async () => {
  const seen = async () => [...(await pc.getStats()).values()].find(
    ({type, kind}) => type === "inbound-rtp" && kind === "video");
  const before = await seen();
  let now = before;
  while (now.packetsReceived < before.packetsReceived + 60) {
    await new Promise((done) => setTimeout(done, 100));
    now = await seen();
  }
  return (now.framesDecoded - before.framesDecoded)
    / (now.packetsReceived - before.packetsReceived);
}
"""
"""Returns how many pictures were seen for each of the next packets that came."""


@asynccontextmanager
async def talking(
    ha: SipIntercom,
    home_assistant: HomeAssistant,
    browser: Browser | Firefox,
    device: Subentry,
    **how: Any,
) -> AsyncIterator[Viewer]:
    """Have a browser that talks to a device."""
    camera = device.entities["camera.camera"]
    how = {"talks": True} | how
    async with viewer(browser, ha.api, home_assistant.url, camera, **how) as one:
        await one.connected()
        yield one


async def test_ring_see_talk_open_hang_up(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    each_browser: Browser | Firefox,
    tmp_path: Path,
) -> None:
    door = {"name": "Gate", "code": "4711", "terminator": "#"}
    async with station(
        ha, tmp_path / "a", video=True, doors=[door], camera={"early_media": True}
    ) as (phone, device):
        camera = device.entities["camera.camera"]
        call_state = device.entities["sensor.call_state"]
        await phone.dial(f"sip:homeassistant@{agent_endpoint}")
        await ha.becomes(call_state, "ringing")
        async with viewer(each_browser, ha.api, home_assistant.url, camera) as one:
            await one.sees(0.1, 0.5, RED)
            await one.sees(0.9, 0.5, BLUE)
            assert is_jpeg(await ha.api.read(f"/api/camera_proxy/{camera}"))
            assert await ha.state(call_state) == "ringing"
        async with talking(ha, home_assistant, each_browser, device) as one:
            await ha.becomes(call_state, "in_call")
            await one.hears(SPOKEN)
            await one.sees(0.5, 0.5, GREEN)
            await phone.hears(SAID)
            (gate,) = [
                entity
                for key, entity in device.entities.items()
                if key.startswith("button.door_")
            ]
            await ha.act("button.press", entity_id=gate)
            digits = [
                (await phone.event("CALL_DTMF_START")).parameter for _ in range(5)
            ]
            assert "".join(digits) == "4711#"
        # Nobody talks any more: the station is not left in a call for ever.
        await ha.becomes(call_state, "idle", seconds=20)
        visitor = device.entities["image.last_visitor"]
        assert is_jpeg(await ha.api.read(f"/api/image_proxy/{visitor}"))


async def test_talking_calls_who_is_idle(
    ha: SipIntercom,
    home_assistant: HomeAssistant,
    each_browser: Browser | Firefox,
    tmp_path: Path,
) -> None:
    async with station(ha, tmp_path / "a", video=True, options=AUTO) as (
        phone,
        device,
    ):
        async with talking(ha, home_assistant, each_browser, device) as one:
            await ha.becomes(device.entities["sensor.call_state"], "in_call")
            await one.hears(SPOKEN)
            await one.sees(0.5, 0.5, GREEN)
            await phone.hears(SAID)
        await ha.becomes(device.entities["sensor.call_state"], "idle", seconds=20)


async def test_browser_without_h264_hears_and_talks(
    ha: SipIntercom, home_assistant: HomeAssistant, tmp_path: Path
) -> None:
    async with (
        firefox(tmp_path / "firefox", h264=False) as browser,
        station(ha, tmp_path / "a", video=True, options=AUTO) as (phone, device),
        talking(ha, home_assistant, browser, device) as one,
    ):
        await one.hears(SPOKEN)
        await phone.hears(SAID)


async def test_two_browsers(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    browser: Browser,
    tmp_path: Path,
) -> None:
    async with station(ha, tmp_path / "a") as (phone, device):
        call_state = device.entities["sensor.call_state"]
        await phone.dial(f"sip:homeassistant@{agent_endpoint}")
        await ha.becomes(call_state, "ringing")
        async with talking(ha, home_assistant, browser, device, sees=False) as one:
            await one.hears(SPOKEN)
            async with talking(
                ha, home_assistant, browser, device, candidates=False
            ) as other:
                await other.hears(SPOKEN)
            await one.hears(SPOKEN)
            answered = await ha.api.get(f"/api/states/{call_state}")
            assert answered["attributes"]["answered_by"] == "Demo"
        await ha.becomes(call_state, "idle", seconds=20)


async def test_bad_network(
    ha: SipIntercom, home_assistant: HomeAssistant, browser: Browser, tmp_path: Path
) -> None:
    """One packet of twenty is lost, and others overtake each other by 60 ms."""
    async with (
        LossyNetwork(loss=0.05, jitter=0.06) as network,
        station(ha, tmp_path / "a", video=True, options=AUTO) as (phone, device),
        talking(ha, home_assistant, browser, device, network=network) as one,
    ):
        await one.hears(SPOKEN)
        await one.sees(0.1, 0.5, RED)
        await one.sees(0.9, 0.5, BLUE)
        await phone.hears(SAID)
        # What is lost is sent again; a picture is one packet here. Without that hardly
        # any is whole.
        assert await one.page.evaluate(MENDED) > 0.5
        assert network.lost


async def test_video_of_a_station_in_a_bad_network(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    browser: Browser,
) -> None:
    """What is lost of the video is asked for anew, until the picture is whole."""
    address = new_address()
    red, blue = [
        await encode(f"color=c={colour}:size=640x480", "noise=c0s=3:c0f=t")
        for colour in ("red", "blue")
    ]
    device = await ha.add_device(address, name="Far door", camera={"early_media": True})
    camera = device.entities["camera.camera"]
    async with (
        LossyNetwork(loss=0.05, jitter=0.06) as network,
        video_station(address, agent_endpoint, red, network) as (station, lens),
    ):
        station.ring()
        await ha.becomes(device.entities["sensor.call_state"], "ringing")
        async with viewer(browser, ha.api, home_assistant.url, camera) as one:
            for pictures, colour in ((red, RED), (blue, BLUE), (red, RED)):
                lens.show(pictures)
                await one.sees(0.2, 0.3, colour)
                await one.sees(0.8, 0.7, colour)
            assert is_jpeg(await ha.api.read(f"/api/camera_proxy/{camera}"))
        assert network.lost
        await station.hang_up()
    await ha.remove(device)


async def test_browser_behind_a_turn_server(
    ha: SipIntercom, home_assistant: HomeAssistant, browser: Browser, tmp_path: Path
) -> None:
    """Its only candidate is that of the server, and comes after the answer."""
    async with (
        Coturn(
            folder=tmp_path / "coturn", endpoint=new_endpoint(outward_address())
        ) as coturn,
        station(ha, tmp_path / "a", video=True, options=AUTO) as (phone, device),
        talking(ha, home_assistant, browser, device, turn=coturn.server) as one,
    ):
        await one.hears(SPOKEN)
        await one.sees(0.5, 0.5, GREEN)
        await phone.hears(SAID)
        assert await one.ways() == ["relay", "relay"]


async def test_browser_that_vanishes(
    ha: SipIntercom, home_assistant: HomeAssistant, browser: Browser, tmp_path: Path
) -> None:
    async with station(ha, tmp_path / "a", options=AUTO) as (_, device):
        async with talking(ha, home_assistant, browser, device) as one:
            await one.hears(SPOKEN)
            # Its connection to Home Assistant stays, as that of a tablet asleep.
            await one.page.evaluate("() => pc.close()")
            async with asyncio.timeout(25):
                await one.ended.wait()
        await ha.becomes(device.entities["sensor.call_state"], "idle", seconds=20)


async def test_agent_dies_while_somebody_talks(
    ha: SipIntercom, home_assistant: HomeAssistant, browser: Browser, tmp_path: Path
) -> None:
    async with station(ha, tmp_path / "a", options=AUTO) as (_, device):
        call_state = device.entities["sensor.call_state"]
        async with talking(ha, home_assistant, browser, device) as one:
            await one.hears(SPOKEN)
            (agent,) = home_assistant.agents()
            os.kill(agent, signal.SIGKILL)
            async with asyncio.timeout(10):
                await one.ended.wait()
        await ha.becomes(call_state, "idle", seconds=30)
    async with (
        station(ha, tmp_path / "b", options=AUTO) as (_, device),
        talking(ha, home_assistant, browser, device) as one,
    ):
        await one.hears(SPOKEN)


async def test_camera_of_the_network(
    ha: SipIntercom, home_assistant: HomeAssistant, browser: Browser, tmp_path: Path
) -> None:
    async with RtspCamera(user="admin", password="s3cret") as rtsp:
        source = {
            "camera_source": "url",
            "stream_url": rtsp.url,
            "camera_username": "admin",
            "camera_password": "s3cret",
        }
        async with station(ha, tmp_path / "a", camera=source) as (_, device):
            camera = device.entities["camera.camera"]
            async with viewer(browser, ha.api, home_assistant.url, camera) as one:
                await one.sees(0.5, 0.5, rtsp.colour)
            async with viewer(browser, ha.api, home_assistant.url, camera) as one:
                await one.sees(0.5, 0.5, rtsp.colour)
            assert is_jpeg(await ha.api.read(f"/api/camera_proxy/{camera}"))
        assert "s3cret" not in home_assistant.log


def is_jpeg(content: bytes) -> bool:
    """Tell whether bytes are a picture."""
    return content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")
