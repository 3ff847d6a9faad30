"""Core's Voice over IP integration, which may hold the port that we want."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

VOIP_DOMAIN: Final = "voip"

_CONF_PORT: Final = "sip_port"
_DEFAULT_PORT: Final = 5060


@callback
def async_voip_has_port(hass: HomeAssistant, port: int) -> bool:
    """Tell whether core's voip integration runs on a UDP port."""
    return any(
        entry.options.get(_CONF_PORT, _DEFAULT_PORT) == port
        for entry in hass.config_entries.async_loaded_entries(VOIP_DOMAIN)
    )
