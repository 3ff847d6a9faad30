"""A door station at Home Assistant: baresip, and the device that stands for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.peers.addresses import new_address, new_endpoint
from tests.peers.baresip import MODULES, Baresip
from verify.sound import write_tone

from .sip_intercom import SipIntercom, Subentry

SPOKEN: Final = 500  # Hz, what the station says
MANUAL: Final = "regint=0"
AUTO: Final = "regint=0;answermode=auto"
VIDEO: Final = (
    "video_source fakevideo,nil",
    "video_display fakevideo,nil",
    "video_size 320x240",
    "video_bitrate 500000",
    "video_fps 15",
)


@asynccontextmanager
async def station(
    ha: SipIntercom,
    folder: Path,
    *,
    video: bool = False,
    options: str = MANUAL,
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
        device = await ha.add_device(
            f"sip:doorbell@{phone.endpoint}",
            name=f"Station {phone.endpoint.address}",
            **facts,
        )
        yield phone, device
        await ha.remove(device)


def speech(folder: Path) -> Path:
    """Return what a station says."""
    folder.mkdir(exist_ok=True)
    write_tone(folder / "spoken.wav", SPOKEN, rate=8_000, channels=1, seconds=30)
    return folder / "spoken.wav"
