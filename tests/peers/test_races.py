"""Both sides act at the same time: every ring ends once, whoever wins."""

import asyncio
from contextlib import suppress

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    TERMINAL_EVENTS,
    CallEventType,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import DeviceConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import CommandError
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged

from .addresses import new_address
from .agent import Agent
from .stranger import Stranger, final_of_invite, request, sdp, status, to_of, within

ROUNDS = 20
MISSED = [CallEventType.INCOMING, CallEventType.MISSED]
ENDINGS = {
    "answer": (
        MISSED,
        [CallEventType.INCOMING, CallEventType.ANSWERED, CallEventType.ENDED],
    ),
    "decline": (MISSED, [CallEventType.INCOMING, CallEventType.DECLINED]),
    "hang_up": (MISSED, [CallEventType.INCOMING, CallEventType.DECLINED]),
}


async def cancel(bell: Stranger, invite: bytes) -> None:
    """Cancel a call, and end it where the answer was faster."""
    bell.send(within(invite, "CANCEL"))
    response = await final_of_invite(bell)
    to = to_of(response)
    if status(response) >= 300:
        bell.send(within(invite, "ACK"))
        return
    bell.send(within(invite, "ACK", to=to, branch=b"ack"))
    bell.send(within(invite, "BYE", to=to, branch=b"bye"))


@pytest.mark.parametrize("action", ENDINGS)
@pytest.mark.parametrize("wait", [True, False])
async def test_caller_cancels_while_we_act(action: str, wait: bool) -> None:
    """A CANCEL and an action of ours cross, with or without 180 before."""
    address = new_address()
    device = DeviceConfig(id="bell", addresses=(address,), uri=f"sip:bell@{address}")
    async with Agent(device) as agent:
        act = getattr(agent.client, action)
        for _ in range(ROUNDS):
            agent.events.clear()
            with Stranger(agent.endpoint, address) as bell:
                invite = request(bell, "INVITE", body=sdp(address))
                bell.send(invite)
                if not wait:
                    cancelling = asyncio.create_task(cancel(bell, invite))
                    await asyncio.sleep(0)
                call = await agent.call(CallEventType.INCOMING)
                if wait:
                    cancelling = asyncio.create_task(cancel(bell, invite))
                with suppress(CommandError):
                    await act(call.id)
                await agent.next(
                    CallChanged, lambda changed: changed.event in TERMINAL_EVENTS
                )
                await cancelling
            told = [changed.event for changed in await agent.seen(CallChanged)]
            assert told in ENDINGS[action]
        assert (await agent.client.list_state()).calls == ()
