"""Who knows everything of a live call but is not its peer cannot touch it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.config import DeviceConfig
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged

from .addresses import new_address
from .agent import Agent
from .stranger import Stranger, request, sdp, status, to_of, within

IN_DIALOG = ("BYE", "INVITE", "UPDATE", "INFO", "ACK", "REFER", "CANCEL")


def direct(name: str, address: str) -> DeviceConfig:
    """Return a doorbell that calls directly."""
    return DeviceConfig(id=name, addresses=(address,), uri=f"sip:{name}@{address}")


@pytest.fixture
def addresses() -> tuple[str, str]:
    """Return the addresses of the two doorbells."""
    return new_address(), new_address()


@pytest.fixture
async def agent(addresses: tuple[str, str]) -> AsyncIterator[Agent]:
    """Run an agent that knows two doorbells."""
    front, back = addresses
    async with Agent(direct("front", front), direct("back", back)) as agent:
        yield agent


@pytest.fixture
def bell(agent: Agent, addresses: tuple[str, str]) -> Iterator[Stranger]:
    """Return the socket of the doorbell that calls."""
    with Stranger(agent.endpoint, addresses[0]) as bell:
        yield bell


@pytest.fixture(params=["stranger", "other device"])
def forger(
    request: pytest.FixtureRequest, agent: Agent, addresses: tuple[str, str]
) -> Iterator[Stranger]:
    """Return a socket elsewhere: of nobody, and of a device of the house."""
    address = None if request.param == "stranger" else addresses[1]
    with Stranger(agent.endpoint, address) as forger:
        yield forger


async def final(socket: Stranger, expected: int) -> bytes:
    """Return the response with this status, skipping those before it."""
    while status(response := await socket.receive()) != expected:
        continue
    return response


async def forge_all(forger: Stranger, bell: Stranger, invite: bytes, to: bytes) -> None:
    """Send every request of the dialog from elsewhere; it is at most refused."""
    for method in IN_DIALOG:
        forged = within(invite, method, to=to, branch=b"forged")
        answers = await forger.answers(forged, listed=bell)
        assert {status(answer) for answer in answers} <= {403}, method


async def test_a_ring_is_nobody_elses(
    agent: Agent, bell: Stranger, forger: Stranger
) -> None:
    """Neither a CANCEL nor a copy of the INVITE from elsewhere does anything."""
    invite = request(bell, "INVITE", body=sdp(bell.endpoint.address))
    bell.send(invite)
    ring = await agent.call(CallEventType.INCOMING)
    to = to_of(await final(bell, 180))

    for message in (invite, *(within(invite, method) for method in ("CANCEL", "ACK"))):
        assert await forger.answers(message, listed=bell) == []
    await forge_all(forger, bell, invite, to)
    assert [change.call.id for change in await agent.seen(CallChanged)] == [ring.id]

    bell.send(within(invite, "CANCEL"))
    assert (await agent.call(CallEventType.MISSED)).id == ring.id


async def test_a_call_is_nobody_elses(
    agent: Agent, bell: Stranger, forger: Stranger
) -> None:
    """Nothing from elsewhere ends, holds or transfers a call."""
    invite = request(bell, "INVITE", body=sdp(bell.endpoint.address))
    bell.send(invite)
    ring = await agent.call(CallEventType.INCOMING)
    await agent.client.answer(ring.id)
    to = to_of(await final(bell, 200))

    forged = within(invite, "ACK", to=to, branch=b"forged")
    assert await forger.answers(forged, listed=bell) == []
    assert len(await agent.seen(CallChanged)) == 1
    bell.send(within(invite, "ACK", to=to, branch=b"own"))
    await agent.call(CallEventType.ANSWERED)
    await forge_all(forger, bell, invite, to)
    assert len(await agent.seen(CallChanged)) == 2

    bell.send(within(invite, "BYE", to=to, branch=b"bye"))
    assert (await agent.call(CallEventType.ENDED)).id == ring.id
