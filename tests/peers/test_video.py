"""The video of a station on its way through the agent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.messages import VideoChanged

from .addresses import new_address
from .agent import Agent
from .h264 import Lens, encode
from .lossy_network import LossyNetwork
from .video_station import video_device, video_station


@asynccontextmanager
async def showing(network: LossyNetwork | None = None) -> AsyncIterator[Lens]:
    """Have a station that shows an agent what it sees while it rings."""
    address = new_address()
    pictures = await encode("testsrc=size=320x240")
    async with (
        Agent(video_device(address)) as agent,
        video_station(address, agent.endpoint, pictures, network) as (station, lens),
    ):
        station.ring()
        await agent.call(CallEventType.INCOMING)
        await agent.next(VideoChanged)
        async with asyncio.timeout(10):
            # Whoever begins to show something is asked for a whole picture.
            await lens.asked.wait()
            await lens.sent(20)
            lens.asked.clear()
            yield lens
        await station.hang_up()


async def test_what_is_lost_is_asked_for_anew() -> None:
    async with showing() as lens:
        lens.lose(1)
        await lens.asked.wait()


async def test_what_comes_late_is_not_lost() -> None:
    async with showing(LossyNetwork(loss=0, jitter=0.06)) as lens:
        await lens.sent(60)
        assert not lens.asked.is_set()


async def test_it_is_asked_for_until_it_comes() -> None:
    """A whole picture that is damaged itself is of no use."""
    async with showing() as lens:
        lens.lose(1)
        await lens.asked.wait()
        lens.asked.clear()
        lens.lose(4)
        await lens.asked.wait()
