"""Try the agent and accounts before they are saved."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from ..configuration import account_config, account_names
from ..const import CONF_SERVER
from ..coordinator import SipConfigEntry
from ..failed_start import failed_start
from ..lib.sipagent.client.client import AgentClient
from ..lib.sipagent.protocol.config import HostConfig, Transport, UserAgentConfig
from ..lib.sipagent.protocol.errors import (
    AgentTimeoutError,
    CannotConnectError,
    CommandError,
    InvalidAuthError,
    InvalidCertificateError,
    RegistrationTimeoutError,
    SipAgentError,
)
from ..lib.sipagent.protocol.sip_uri import is_numeric_address
from ..resolver import ON_DEMAND_TIMEOUT, SipResolver
from .forms import FormError

TRIAL_ID: Final = "trial"


async def check_agent_starts(hass: HomeAssistant, config: UserAgentConfig) -> None:
    """Start the agent once and stop it, or raise FormError."""
    client = AgentClient(config, SipResolver(hass))
    try:
        await client.start()
    except SipAgentError as err:
        if (failed := failed_start(err)) is not None:
            raise FormError(failed.key, **failed.placeholders) from err
        raise FormError("cannot_start", reason=str(err)) from err
    finally:
        await client.stop()


async def check_account(entry: SipConfigEntry, data: Mapping[str, Any]) -> None:
    """Register once with an account's data, or raise FormError.

    The agent gives up after 10 s, which a form can wait for.
    """
    if entry.state is not ConfigEntryState.LOADED:
        raise FormError("agent_unavailable")
    hosts = await _hosts(entry.runtime_data.resolver, data)
    try:
        await entry.runtime_data.client.try_account(
            account_config(TRIAL_ID, data), hosts
        )
    except SipAgentError as err:
        raise FormError(
            _error_key(err), server=data[CONF_SERVER], reason=str(err)
        ) from err


async def _hosts(
    resolver: SipResolver, data: Mapping[str, Any]
) -> tuple[HostConfig, ...]:
    """Return the addresses of the names that an account needs.

    The name that the agent connects to must have one: the outbound proxy's, or
    without a proxy the server's.
    """
    names = dict(account_names(data))
    found = await asyncio.gather(
        *(_look_up(resolver, name, transport) for name, transport in names.items())
    )
    addresses = {name: each for name, each in zip(names, found, strict=True) if each}
    contacted = list(names)[-1]
    if contacted not in addresses:
        raise FormError("name_not_found", server=contacted)
    return tuple(
        HostConfig(name=name, addresses=each)
        for name, each in addresses.items()
        if not is_numeric_address(name)
    )


async def _look_up(
    resolver: SipResolver, name: str, transport: Transport | None
) -> tuple[str, ...]:
    """Return the addresses of a name, none if DNS does not tell in time."""
    if is_numeric_address(name):
        return (name,)
    try:
        async with asyncio.timeout(ON_DEMAND_TIMEOUT):
            return await resolver.async_look_up(name, transport)
    except TimeoutError:
        return ()


def _error_key(err: SipAgentError) -> str:
    match err:
        case InvalidAuthError() | InvalidCertificateError():
            return err.code
        case RegistrationTimeoutError() | AgentTimeoutError():
            return RegistrationTimeoutError.code
        case CommandError():
            return CannotConnectError.code
        case _:
            return "agent_unavailable"
