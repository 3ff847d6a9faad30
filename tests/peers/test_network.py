"""The machine's address changes, as after a router's restart."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    Transport,
    TransportsConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    TransportChanged,
)
from tests.sip.registrar import Registrar, accept

from .agent import Agent
from .namespace import Namespace

PROMISED = 10.0  # seconds until the registrar has the new contact


@pytest.fixture
def machine() -> Iterator[Namespace]:
    """Return a machine with one address."""
    with Namespace() as machine:
        machine.have(2)
        yield machine


def agent_on(machine: Namespace, *accounts: AccountConfig) -> Agent:
    """Return an agent that will run on a machine."""
    agent = Agent(accounts=accounts)
    agent.hasten()
    assert agent.command
    agent.command = machine.command(*agent.command)
    return agent


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
async def test_new_address_is_registered(
    machine: Namespace, transport: Transport
) -> None:
    name = transport.upper()
    with Registrar(accept, host=machine.here, transport=name) as registrar:
        account = AccountConfig(
            id="pbx",
            server=machine.here,
            port=registrar.port,
            username="620",
            password="password",
            token="0123456789abcdef0123456789abcdef",
            transport=transport,
        )
        agent = agent_on(machine, account)
        agent.listen_everywhere()
        async with agent:
            await agent.registration("pbx", RegistrationState.REGISTERED)
            count = len(registrar.requests)
            address = machine.have(3)
            wait = asyncio.to_thread(registrar.wait_for, count + 1, PROMISED)
            assert f"@{address}:" in (await wait)[-1].get("Contact")


async def test_bind_address_that_vanishes_is_told(machine: Namespace) -> None:
    agent = agent_on(machine)
    transports = TransportsConfig(bind_address=machine.have(2), port=5060)
    agent.config = replace(agent.config, transports=transports)
    async with agent:
        machine.have(3)
        lost = (await agent.next(TransportChanged)).status
        assert (lost.address, lost.listening) == (transports.bind_address, False)
        machine.have(2)
        back = await agent.next(TransportChanged, lambda each: each.status.listening)
        assert back.status.address == transports.bind_address
