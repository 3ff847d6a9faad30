"""INVITEs that came over proxies, and over two accounts at once."""

from collections.abc import AsyncIterator, Iterator
import re

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    DeviceConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged

from .addresses import new_address
from .agent import Agent
from .stranger import Stranger, final_of_invite, request, sdp, status

ACCOUNTS = {"first": "620", "second": "621"}


@pytest.fixture
def pbx_address() -> str:
    """Return the address of the PBX."""
    return new_address()


@pytest.fixture
async def agent(pbx_address: str) -> AsyncIterator[Agent]:
    """Run an agent with two accounts at one PBX, a device behind it and a bell."""
    accounts = (
        AccountConfig(
            id=name,
            server=pbx_address,
            username=user,
            password="secret",
            token=user[-1] * 32,
        )
        for name, user in ACCOUNTS.items()
    )
    gate = DeviceConfig(id="gate", account="first", user="200")
    bell = DeviceConfig(id="bell", addresses=(new_address(),))
    async with Agent(gate, bell, accounts=tuple(accounts)) as agent:
        yield agent


@pytest.fixture
def pbx(agent: Agent, pbx_address: str) -> Iterator[Stranger]:
    """Return a socket of the PBX."""
    with Stranger(agent.endpoint, pbx_address) as pbx:
        yield pbx


@pytest.fixture
def bell(agent: Agent) -> Iterator[Stranger]:
    """Return a socket of the bell."""
    with Stranger(agent.endpoint, agent.config.devices[1].addresses[0]) as bell:
        yield bell


@pytest.fixture
def stranger(agent: Agent) -> Iterator[Stranger]:
    """Return a socket on an address that nobody has configured."""
    with Stranger(agent.endpoint) as stranger:
        yield stranger


def _press(pbx: Stranger, account: str) -> None:
    """Have the PBX call an account as the gate."""
    body = sdp(pbx.endpoint.address)
    caller = f"sip:200@{pbx.endpoint.address}"
    pbx.send(request(pbx, "INVITE", user=ACCOUNTS[account], caller=caller, body=body))


async def _response(socket: Stranger, wanted: int) -> bytes:
    """Return the next response with a status."""
    while status(response := await socket.receive()) != wanted:
        pass
    return response


async def test_a_press_over_two_accounts_rings_once(
    agent: Agent, pbx: Stranger, pbx_address: str
) -> None:
    """The second account's INVITE joins the ring; answering ends the other leg."""
    with Stranger(agent.endpoint, pbx_address) as second:
        _press(pbx, "first")
        await _response(pbx, 180)
        _press(second, "second")
        await _response(second, 180)
        call = await agent.call(CallEventType.INCOMING)
        assert call.device == "gate"
        assert [each.id for each in (await agent.client.list_state()).calls] == [
            call.id
        ]
        await agent.client.decline(call.id)
        assert status(await final_of_invite(pbx)) == 486
        assert status(await final_of_invite(second)) == 486
    await agent.call(CallEventType.DECLINED)
    assert len(await agent.seen(CallChanged)) == 2


async def test_a_press_whose_first_leg_is_unknown_ends_each_call_once(
    agent: Agent, pbx: Stranger, pbx_address: str
) -> None:
    """The device's call takes the ring over; nobody is said to have answered."""
    with Stranger(agent.endpoint, pbx_address) as second:
        _press(pbx, "second")
        unknown = await agent.call(CallEventType.INCOMING)
        assert (unknown.device, unknown.account) == (None, "second")
        _press(second, "first")
        merged = await agent.call(CallEventType.FAILED)
        assert (merged.id, merged.reason) == (unknown.id, "merged")
        gate = await agent.call(CallEventType.INCOMING)
        assert gate.device == "gate"
        await agent.client.decline(gate.id)
        assert status(await final_of_invite(pbx)) == 486
        assert status(await final_of_invite(second)) == 486
    assert (await agent.call(CallEventType.DECLINED)).id == gate.id


def _routed(socket: Stranger) -> tuple[bytes, list[bytes], list[bytes]]:
    """Return an INVITE that came over two proxies, its Vias and Record-Routes."""
    routes = [f"<sip:{socket.endpoint};lr;hop={hop}>" for hop in (1, 2)]
    invite = request(
        socket,
        "INVITE",
        headers=(
            "Via: SIP/2.0/UDP 192.0.2.77:5070;branch=z9hG4bKfar;received=192.0.2.78",
            *(f"Record-Route: {route}" for route in routes),
        ),
        body=sdp(socket.endpoint.address),
    )
    return invite, _branches(invite), [route.encode() for route in routes]


def _branches(message: bytes) -> list[bytes]:
    """Return the branches of the Vias in order."""
    return re.findall(rb"(?m)^Via:.*?;branch=([^;\r]+)", message)


def _routes(message: bytes) -> list[bytes]:
    """Return the Record-Routes in order."""
    return re.findall(rb"(?m)^Record-Route: *([^\r]+)", message)


async def test_the_way_back_is_told_to_a_listed_peer(
    agent: Agent, bell: Stranger
) -> None:
    """180 and 200 carry every Via and every Record-Route, in order."""
    invite, branches, routes = _routed(bell)
    assert len(branches) == 2
    bell.send(invite)
    call = await agent.call(CallEventType.INCOMING)
    ringing = await _response(bell, 180)
    await agent.client.answer(call.id)
    answered = await _response(bell, 200)
    for response in (ringing, answered):
        assert _branches(response) == branches
        assert _routes(response) == routes
        assert b"received=192.0.2.78" in response
    await agent.client.hang_up(call.id)


async def test_the_way_back_is_told_to_a_stranger(
    agent: Agent, stranger: Stranger
) -> None:
    """403 carries them as well, for the proxies that it came over."""
    invite, branches, routes = _routed(stranger)
    stranger.send(invite)
    refused = await _response(stranger, 403)
    assert _branches(refused) == branches
    assert _routes(refused) == routes
    assert not await agent.seen(CallChanged)
