"""ICE for the calls of accounts: a PBX, a phone with ICE, a TURN server."""

from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import AccountConfig
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged

from .addresses import new_endpoint
from .agent import Agent
from .baresip import MODULES, Baresip
from .certificates import Authority
from .coturn import Coturn
from .kamailio import Kamailio


@pytest.fixture
def registrar(tmp_path: Path) -> Kamailio:
    """Return a registrar with two users."""
    endpoint = new_endpoint(span=2)
    return Kamailio(
        folder=tmp_path / "registrar",
        users={"house": "secret", "bert": "geheim"},
        identity=Authority(tmp_path / "authority").issue(endpoint.address),
        endpoint=endpoint,
    )


def phone(registrar: Kamailio, *, ice: bool) -> Baresip:
    """Return a phone at the registrar that answers by itself."""
    options = "auth_user=bert;auth_pass=geheim;regint=60;answermode=auto"
    return Baresip(
        folder=registrar.folder / "bert",
        user="bert",
        domain=f"{registrar.endpoint.host}:{registrar.port('udp')}",
        options=f"{options};medianat=ice" if ice else options,
        modules=(*MODULES, "ice", "stun") if ice else MODULES,
    )


@pytest.mark.parametrize("phone_has_ice", [True, False])
async def test_call_of_an_account_with_ice(
    registrar: Kamailio, tmp_path: Path, phone_has_ice: bool
) -> None:
    account = AccountConfig(
        id="pbx",
        server=registrar.endpoint.address,
        port=registrar.port("udp"),
        username="house",
        password="secret",
        token="0" * 32,
        ice=True,
    )
    async with (
        registrar,
        Coturn(folder=tmp_path / "coturn") as coturn,
        phone(registrar, ice=phone_has_ice) as bert,
    ):
        await bert.registered()
        agent = Agent(accounts=(account,))
        agent.config = replace(agent.config, ice_servers=(coturn.server,))
        async with agent:
            await agent.registration("pbx", RegistrationState.REGISTERED)
            await agent.client.dial(Dial(target="bert", account="pbx"))
            await agent.next(
                CallChanged, lambda event: event.event is CallEventType.ANSWERED
            )
            await bert.receives()
            await coturn.allocated()
