"""Seeing and talking: a real Home Assistant, a real browser, real stations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import signal
from typing import Any, Final

import pytest

from tests.peers.addresses import Endpoint, new_address, new_endpoint
from tests.peers.baresip import MODULES, Baresip
from tests.peers.chromium import chromium
from tests.peers.firefox import SAID, firefox
from tests.peers.lossy_network import lossy_network
from tests.peers.rtsp import RtspCamera
from verify.sound import write_tone

from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom, Subentry
from .viewer import Browser, Viewer, viewer

SPOKEN: Final = 500  # Hz, what the station says
RED: Final = (255, 0, 0)
GREEN: Final = (0, 220, 0)
BLUE: Final = (0, 0, 255)
ANSWERED: Final = SAID  # Hz, what the household says
VIDEO: Final = (
    "video_source fakevideo,nil",
    "video_display fakevideo,nil",
    "video_size 320x240",
    "video_bitrate 500000",
    "video_fps 15",
)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Run a browser whose microphone says a tone."""
    async with speaking_chromium(tmp_path / "said.wav") as browser:
        yield browser


@pytest.fixture(params=["chromium", "firefox"])
async def each_browser(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Browser]:
    """Run one browser after the other."""
    if request.param == "firefox":
        async with firefox(tmp_path / "firefox") as browser:
            yield browser
    else:
        async with speaking_chromium(tmp_path / "said.wav") as browser:
            yield browser


@asynccontextmanager
async def speaking_chromium(sound: Path) -> AsyncIterator[Browser]:
    """Run a Chromium whose microphone says a tone."""
    write_tone(sound, ANSWERED, rate=48_000, channels=1, seconds=30)
    async with chromium(sound) as browser:
        yield browser


@asynccontextmanager
async def station(
    ha: SipIntercom,
    folder: Path,
    *,
    video: bool = False,
    options: str = "regint=0",
    **facts: Any,
) -> AsyncIterator[tuple[Baresip, Subentry]]:
    """Have a door station that says a tone, and its device."""
    spoken = await asyncio.to_thread(speech, folder)
    phone = Baresip(
        folder=folder / "station",
        options=options,
        endpoint=new_endpoint(new_address(), span=2),
        sound=spoken,
        modules=(*MODULES, "avcodec", "fakevideo") if video else MODULES,
        settings=VIDEO if video else (),
    )
    async with phone:
        device = await ha.add(
            "device",
            name=f"Station {phone.endpoint.address}",
            kind="doorbell",
            address=f"sip:doorbell@{phone.endpoint}",
            account="direct",
            **facts,
        )
        yield phone, device
        await ha.remove(device)


@asynccontextmanager
async def talking(
    ha: SipIntercom,
    home_assistant: HomeAssistant,
    browser: Browser,
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
    each_browser: Browser,
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
            await phone.hears(ANSWERED)
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
    each_browser: Browser,
    tmp_path: Path,
) -> None:
    options = "regint=0;answermode=auto"
    async with station(ha, tmp_path / "a", video=True, options=options) as (
        phone,
        device,
    ):
        async with talking(ha, home_assistant, each_browser, device) as one:
            await ha.becomes(device.entities["sensor.call_state"], "in_call")
            await one.hears(SPOKEN)
            await one.sees(0.5, 0.5, GREEN)
            await phone.hears(ANSWERED)
        await ha.becomes(device.entities["sensor.call_state"], "idle", seconds=20)


async def test_browser_without_h264_hears_and_talks(
    ha: SipIntercom, home_assistant: HomeAssistant, tmp_path: Path
) -> None:
    options = "regint=0;answermode=auto"
    async with (
        firefox(tmp_path / "firefox", h264=False) as browser,
        station(ha, tmp_path / "a", video=True, options=options) as (phone, device),
        talking(ha, home_assistant, browser, device) as one,
    ):
        await one.hears(SPOKEN)
        await phone.hears(ANSWERED)


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
    options = "regint=0;answermode=auto"
    async with (
        lossy_network(loss=0.05, jitter=0.06) as network,
        station(ha, tmp_path / "a", video=True, options=options) as (phone, device),
        talking(ha, home_assistant, browser, device, network=network) as one,
    ):
        await one.hears(SPOKEN)
        await one.sees(0.1, 0.5, RED)
        await one.sees(0.9, 0.5, BLUE)
        await phone.hears(ANSWERED)
        assert network.lost
        assert network.relayed > 100


async def test_browser_that_vanishes(
    ha: SipIntercom, home_assistant: HomeAssistant, browser: Browser, tmp_path: Path
) -> None:
    options = "regint=0;answermode=auto"
    async with station(ha, tmp_path / "a", options=options) as (_, device):
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
    options = "regint=0;answermode=auto"
    async with station(ha, tmp_path / "a", options=options) as (_, device):
        call_state = device.entities["sensor.call_state"]
        async with talking(ha, home_assistant, browser, device) as one:
            await one.hears(SPOKEN)
            (agent,) = home_assistant.agents()
            os.kill(agent, signal.SIGKILL)
            async with asyncio.timeout(10):
                await one.ended.wait()
        await ha.becomes(call_state, "idle", seconds=30)
    async with (
        station(ha, tmp_path / "b", options=options) as (_, device),
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


def speech(folder: Path) -> Path:
    """Return what a station says."""
    folder.mkdir(exist_ok=True)
    write_tone(folder / "spoken.wav", SPOKEN, rate=8_000, channels=1, seconds=30)
    return folder / "spoken.wav"


def is_jpeg(content: bytes) -> bool:
    """Tell whether bytes are a picture."""
    return content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")
