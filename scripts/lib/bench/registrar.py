"""How soon an account is registered again after its registrar is back."""

from collections.abc import Iterable
from pathlib import Path
import time

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    TlsVerify,
    Transport,
)
from tests.peers.addresses import new_endpoint
from tests.peers.agent import Agent
from tests.peers.certificates import Authority
from tests.peers.kamailio import Kamailio

from .numbers import Number

SECTION = "Registered again after the registrar's return"
WAIT = 120.0  # seconds
EXPIRY = 60  # seconds; over UDP an outage shows when this is refreshed


async def measure(folder: Path) -> Iterable[Number]:
    """Return the times over each transport."""
    return [
        Number(
            section=SECTION,
            name=f"over {transport}",
            value=await _outage(folder / transport, transport),
            unit="s",
            aim=10,
        )
        for transport in Transport
    ]


async def _outage(folder: Path, transport: Transport) -> float:
    endpoint = new_endpoint(span=2)
    registrar = Kamailio(
        folder=folder / "registrar",
        users={"house": "secret"},
        identity=Authority(folder / "authority").issue(endpoint.address),
        endpoint=endpoint,
    )
    account = AccountConfig(
        id="pbx",
        server=endpoint.address,
        port=registrar.port(transport),
        username="house",
        password="secret",
        token="0" * 32,
        transport=transport,
        expiry=EXPIRY,
        tls_verify=TlsVerify.OWN_CA,
        ca_file=str(registrar.identity.authority),
    )
    async with registrar, Agent(accounts=(account,)) as agent:
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await registrar.kill()
        await agent.registration(
            "pbx",
            RegistrationState.UNREACHABLE,
            RegistrationState.TIMED_OUT,
            seconds=WAIT,
        )
        await registrar.start()
        begin = time.monotonic()
        await agent.registration("pbx", RegistrationState.REGISTERED, seconds=WAIT)
        return time.monotonic() - begin
