"""Diagnostics: configuration, registrations and calls without secrets."""

from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import CONF_CODE, CONF_PASSWORD
from homeassistant.core import HomeAssistant

from .address import without_port
from .configuration import wanted_names
from .const import (
    ATTR_CALLED,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    CONF_CAMERA_PASSWORD,
    CONF_HASHES,
    CONF_TARGET,
)
from .coordinator import SipConfigEntry, SipCoordinator
from .lib.sipagent.protocol.bindings import Guesser
from .lib.sipagent.protocol.errors import SipAgentError
from .pin_hash import CONF_HASH, CONF_SALT
from .privacy import PRIVATE_KEYS, Privacy

TO_REDACT: Final = PRIVATE_KEYS | {
    ATTR_CALLED,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    CONF_CAMERA_PASSWORD,
    CONF_CODE,
    CONF_HASH,
    CONF_HASHES,
    CONF_PASSWORD,
    CONF_SALT,
    CONF_TARGET,
    "title",
    "name",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SipConfigEntry
) -> dict[str, Any]:
    """Return everything that helps to find a fault, and nothing about people."""
    coordinator = entry.runtime_data
    data = coordinator.data
    privacy = _privacy(entry)
    return {
        "config": async_redact_data(_config(entry), TO_REDACT),
        "agent": {
            "available": data.available,
            "restarts": data.restarts,
            "hello": asdict(data.hello) if data.hello else None,
        },
        "registrations": [
            asdict(item) | {"text": privacy.scrub(item.text)}
            for item in data.registrations.values()
        ],
        "calls": async_redact_data(
            [asdict(call) for call in data.calls.values()], TO_REDACT
        ),
        "bindings": [
            {
                "device": binding.device,
                "transport": binding.transport.value,
                "expires_at": binding.expires_at,
                "proxies": len(binding.path),
                "user_agent": privacy.scrub(binding.user_agent),
            }
            for bindings in data.bindings.values()
            for binding in bindings
        ],
        "guessers": [
            asdict(each) | ({"username": REDACTED} if each.known else {})
            for each in await _guessers(coordinator)
        ],
        "transports": [asdict(status) for status in data.transports],
        "refused": data.refused,
        "names": {
            "wanted": len(wanted_names(entry)),
            "known": len(coordinator.resolver.addresses),
        },
        "log": [privacy.scrub(line) for line in coordinator.client.log_lines],
    }


async def _guessers(coordinator: SipCoordinator) -> tuple[Guesser, ...]:
    """Return who guesses at passwords, as far as the agent can be asked."""
    with suppress(SipAgentError):
        return (await coordinator.client.list_state()).guessers
    return ()


def _config(entry: SipConfigEntry) -> dict[str, Any]:
    """Return what the user has configured."""
    return {
        "data": dict(entry.data),
        "options": dict(entry.options),
        "subentries": [subentry.as_dict() for subentry in entry.subentries.values()],
    }


def _privacy(entry: SipConfigEntry) -> Privacy:
    """Return what keeps names, numbers and places out of texts."""
    known = entry.runtime_data.resolver.addresses
    addresses = (without_port(each) for found in known.values() for each in found)
    return Privacy(
        (subentry.data for subentry in entry.subentries.values()),
        {*wanted_names(entry), *known, *addresses},
    )
