"""Devices that register with the agent, and phones that do so."""

from dataclasses import replace
from hashlib import md5, new, sha256
from pathlib import Path
from typing import Any

from custom_components.sip_intercom.lib.sipagent.protocol.bindings import Binding
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DEFAULT_REALM,
    CredentialsConfig,
    DeviceConfig,
    RegistrarConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    BindingsChanged,
)

from .addresses import LOOPBACK4, new_endpoint
from .agent import Agent
from .baresip import Baresip
from .certificates import Authority, Identity

PASSWORD = "correct-horse"


def credentials(user: str, password: str = PASSWORD) -> CredentialsConfig:
    """Return what a user registers by."""
    data = f"{user}:{DEFAULT_REALM}:{password}".encode()
    return CredentialsConfig(
        username=user,
        md5=md5(data, usedforsecurity=False).hexdigest(),
        sha_256=sha256(data).hexdigest(),
        sha_512_256=new("sha512_256", data).hexdigest(),
    )


def station(user: str, **changes: Any) -> DeviceConfig:
    """Return a device that registers; its id is its user's name."""
    values: dict[str, Any] = {
        "id": f"device-{user}",
        "credentials": credentials(user),
        "user": user,
        "uri": f"sip:{user}@localhost",
        **changes,
    }
    return DeviceConfig(**values)


def registrar(
    *devices: DeviceConfig, identity: Identity | None = None, **values: Any
) -> Agent:
    """Return an agent that these devices register with."""
    agent = Agent(*devices, endpoint=new_endpoint(LOOPBACK4, span=2), identity=identity)
    config = RegistrarConfig(**{"min_expiry": 10, **values})
    agent.config = replace(agent.config, registrar=config)
    return agent


def phone(
    folder: Path,
    agent: Agent,
    user: str,
    *,
    transport: str = "udp",
    authority: Authority | None = None,
    password: str = PASSWORD,
    options: tuple[str, ...] = (),
) -> Baresip:
    """Return a phone that registers with an agent."""
    there = agent.tls_endpoint if transport == "tls" else agent.endpoint
    return Baresip(
        folder=folder / user,
        user=user,
        domain=str(there),
        transport=transport,
        options=";".join((f"auth_pass={password}", *(options or ("regint=60",)))),
        endpoint=new_endpoint(LOOPBACK4, span=2),
        identity=authority.issue(LOOPBACK4) if authority else None,
    )


async def bound(agent: Agent, user: str, count: int = 1) -> tuple[Binding, ...]:
    """Wait until a device has so many bindings."""
    changed = await agent.next(
        BindingsChanged,
        lambda event: event.device == f"device-{user}" and len(event.bindings) == count,
    )
    return changed.bindings
