"""Seeing and talking: a real Home Assistant, a real browser, real stations."""

from array import array
import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
import math
from pathlib import Path
from typing import Any, Final
import wave

from playwright.async_api import Browser
import pytest

from tests.peers.addresses import Endpoint, new_address, new_endpoint
from tests.peers.baresip import MODULES, Baresip
from tests.peers.chromium import chromium

from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom, Subentry
from .viewer import viewer

RATE: Final = 8_000
SPOKEN: Final = 500  # Hz, what the station says
ANSWERED: Final = 900  # Hz, what the household says
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
    write_tone(tmp_path / "said.wav", ANSWERED)
    async with chromium(tmp_path / "said.wav") as browser:
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
    folder.mkdir()
    write_tone(folder / "spoken.wav", SPOKEN)
    phone = Baresip(
        folder=folder / "station",
        options=options,
        endpoint=new_endpoint(new_address(), span=2),
        sound=folder / "spoken.wav",
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


async def test_ring_see_talk_open_hang_up(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    browser: Browser,
    tmp_path: Path,
) -> None:
    door = {"name": "Gate", "code": "4711", "terminator": "#"}
    url = home_assistant.url
    async with station(
        ha, tmp_path / "a", video=True, doors=[door], camera={"early_media": True}
    ) as (phone, device):
        camera = device.entities["camera.talk_camera"]
        call_state = device.entities["sensor.call_state"]
        await phone.dial(f"sip:homeassistant@{agent_endpoint}")
        await ha.becomes(call_state, "ringing")
        async with viewer(browser, ha.api, url, camera) as one:
            await one.connected()
            assert await ha.state(call_state) == "ringing"
        async with viewer(browser, ha.api, url, camera, talks=True) as one:
            await ha.becomes(call_state, "in_call"); await asyncio.sleep(3); open("/tmp/bs.log","w").write(phone.log); await one.page.screenshot(path="/tmp/talk.png"); print(await one.page.evaluate("async()=>{const r=[];(await pc.getStats()).forEach(s=>{if(s.type==`inbound-rtp`)r.push([s.kind,s.packetsReceived,s.totalAudioEnergy,s.bytesReceived,s.audioLevel,s.concealedSamples,s.framesDecoded])});const b=new Float32Array(analyser.frequencyBinCount);analyser.getFloatFrequencyData(b);return [context.state,document.getElementById(`audio`).paused,r,Math.max(...b),b.indexOf(Math.max(...b))*rate/8192]}")); print("STILL", await ha.api._session.get(home_assistant.url+"/api/camera_proxy/"+camera, headers={"Authorization":"Bearer "+ha.api._token}).__aenter__())
            await one.connected()
            await one.hears(SPOKEN)
            await phone.hears()
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
        await ha.becomes(call_state, "idle", seconds=20)


def write_tone(path: Path, frequency: int, seconds: int = 30) -> None:
    """Write a tone."""
    samples = (
        round(12_000 * math.sin(2 * math.pi * frequency * i / RATE))
        for i in range(seconds * RATE)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", samples).tobytes())
