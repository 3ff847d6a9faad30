"""Diagnostics: configuration, registrations and calls without secrets."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_ADDRESS, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .const import (
    ATTR_CALLED,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    CONF_AUTH_USERNAME,
    CONF_CALLERS,
    CONF_DISPLAY_NAME,
    CONF_NUMBER,
)
from .coordinator import SipConfigEntry

TO_REDACT: Final = {
    ATTR_CALLED,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    CONF_ADDRESS,
    CONF_AUTH_USERNAME,
    CONF_CALLERS,
    CONF_DISPLAY_NAME,
    CONF_NUMBER,
    CONF_PASSWORD,
    CONF_USERNAME,
    "title",
    "name",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SipConfigEntry
) -> dict[str, Any]:
    """Return everything that helps to find a fault."""
    coordinator = entry.runtime_data
    data = coordinator.data
    config: dict[str, Any] = async_redact_data(
        {
            "data": dict(entry.data),
            "options": dict(entry.options),
            "subentries": [
                subentry.as_dict() for subentry in entry.subentries.values()
            ],
        },
        TO_REDACT,
    )
    return {
        "config": config,
        "agent": {
            "available": data.available,
            "restarts": data.restarts,
            "hello": asdict(data.hello) if data.hello else None,
        },
        "registrations": [asdict(item) for item in data.registrations.values()],
        "calls": async_redact_data(
            [asdict(call) for call in data.calls.values()], TO_REDACT
        ),
        "transports": [asdict(status) for status in data.transports],
        "refused": data.refused,
        "names": {
            name: list(addresses)
            for name, addresses in coordinator.resolver.addresses.items()
        },
        "log": list(coordinator.client.log_lines),
    }
