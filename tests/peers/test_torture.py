"""Broken messages: they harm nothing, and what is invalid never rings."""

from collections.abc import AsyncIterator
from itertools import chain
from operator import attrgetter

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    TERMINAL_EVENTS,
    CallEventType,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import DeviceConfig
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged

from .addresses import new_address
from .agent import Agent
from .sdp_torture import OFFERS
from .stranger import Stranger, request, sdp, status
from .torture import INVALID, VALID, Torture

MESSAGES = tuple(chain(VALID, INVALID))


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    """Run an agent that knows one doorbell."""
    bell = new_address()
    async with Agent(DeviceConfig(id="bell", addresses=(bell,))) as agent:
        yield agent


async def assert_well(agent: Agent) -> None:
    """Check that the agent is the same one, healthy, and that the bell rings."""
    assert agent.client.deaths == 0, agent.client.log_lines[-10:]
    await agent.seen(CallChanged)
    with _bell(agent) as bell:
        bell.send(request(bell, "INVITE", body=sdp(bell.endpoint.address)))
        call = await agent.call(CallEventType.INCOMING)
        await agent.client.decline(call.id)
        await agent.call(CallEventType.DECLINED)


def _bell(agent: Agent) -> Stranger:
    return Stranger(agent.endpoint, agent.config.devices[0].addresses[0])


@pytest.mark.parametrize("message", MESSAGES, ids=attrgetter("name"))
async def test_a_doorbell_says_it(agent: Agent, message: Torture) -> None:
    """A broken message of the doorbell harms nothing; invalid ones do not ring."""
    with _bell(agent) as bell, _bell(agent) as listed:
        caller = f"sip:bell@{bell.endpoint.address}"
        await bell.answers(message.encode(bell, caller), listed=listed)
        rings = [event.event for event in await agent.seen(CallChanged)]
        assert message.may_ring or CallEventType.INCOMING not in rings
        if CallEventType.INCOMING in rings and rings[-1] not in TERMINAL_EVENTS:
            latest = (await agent.seen(CallChanged))[-1]
            await agent.client.hang_up(latest.call.id)
            await agent.call(*TERMINAL_EVENTS)
    await assert_well(agent)


async def test_a_stranger_says_it_all(agent: Agent) -> None:
    """No broken message of a stranger rings or has another answer than 403."""
    with Stranger(agent.endpoint) as stranger, _bell(agent) as listed:
        caller = f"sip:bell@{stranger.endpoint.address}"
        for message in MESSAGES:
            answers = await stranger.answers(
                message.encode(stranger, caller), listed=listed
            )
            assert all(status(answer) == 403 for answer in answers), message.name
    assert not await agent.seen(CallChanged)
    await assert_well(agent)


@pytest.mark.parametrize("name", OFFERS)
async def test_a_doorbell_offers_it(agent: Agent, name: str) -> None:
    """An offer that would harm PJSIP is refused before PJSIP parses it."""
    with _bell(agent) as bell:
        offer = OFFERS[name].replace("{address}", bell.endpoint.address)
        bell.send(request(bell, "INVITE", body=offer))
        assert 400 <= status(await bell.receive()) < 500
    assert not await agent.seen(CallChanged)
    await assert_well(agent)
