"""DNS that does not answer."""

import asyncio

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    DeviceConfig,
)

from .addresses import new_address
from .agent import Agent
from .dialog import Dialog
from .stranger import Stranger, status
from .test_endings import speak, talk

ACCOUNT = AccountConfig(
    id="pbx",
    server="pbx.example",
    username="620",
    password="password",
    token="0123456789abcdef0123456789abcdef",
)
AT_ONCE = 0.5  # seconds
PACKETS = 40  # of RTP each second; PJSIP sends 50


class HangingResolver:
    """Answers no question."""

    def __init__(self) -> None:
        """Count the questions."""
        self.asked = 0

    async def resolve(self, name: str) -> tuple[str, ...]:
        """Hang for ever."""
        self.asked += 1
        await asyncio.Event().wait()
        return ()


@pytest.mark.parametrize(
    "seconds", [8.0, pytest.param(60.0, marks=pytest.mark.nightly)]
)
async def test_silent_dns_disturbs_no_direct_call(seconds: float) -> None:
    """An account tries again and again; a call goes on, and another bell rings."""
    resolver = HangingResolver()
    bell, gate = new_address(), new_address()
    agent = Agent(
        DeviceConfig(id="bell", addresses=(bell,)),
        DeviceConfig(id="gate", addresses=(gate,)),
        accounts=(ACCOUNT,),
    )
    agent.resolver = resolver
    async with agent:
        with (
            Stranger(agent.endpoint, bell) as caller,
            Stranger(agent.endpoint, bell) as media,
            Stranger(agent.endpoint, gate) as other,
        ):
            media.target = await talk(agent, Dialog(caller, media))
            sound = asyncio.create_task(speak(media))
            packets, slowest = await undisturbed(agent, media, other, seconds)
            sound.cancel()
        assert slowest < AT_ONCE
        assert packets > PACKETS * seconds
        assert resolver.asked >= 1 + seconds // 11
        state = await agent.client.list_state()
        assert state.registrations[0].state is not RegistrationState.REGISTERED
        assert [call.device for call in state.calls] == ["bell"]


async def undisturbed(
    agent: Agent, media: Stranger, other: Stranger, seconds: float
) -> tuple[int, float]:
    """Ring again and again; return the RTP that came, and the longest time to 180."""
    loop = asyncio.get_running_loop()
    end, packets, slowest = loop.time() + seconds, 0, 0.0
    media.received()
    while loop.time() < end:
        begin = loop.time()
        dialog = Dialog(other, media).ring()
        while status(await other.receive()) != 180:
            pass
        slowest = max(slowest, loop.time() - begin)
        await agent.call(CallEventType.INCOMING)
        dialog.cancel()
        assert status(await dialog.final()) == 487
        await agent.call(CallEventType.MISSED)
        await asyncio.sleep(0.3)
        packets += len(media.received())
    return packets, slowest
