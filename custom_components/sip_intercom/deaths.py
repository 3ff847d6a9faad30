"""How often an entry's agents have died, whichever set-up they belonged to."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .lib.sipagent.client.supervisor import Deaths

DEATHS: Final[HassKey[dict[str, Deaths]]] = HassKey(f"{DOMAIN}_deaths")


@callback
def async_deaths(hass: HomeAssistant, entry: ConfigEntry) -> Deaths:
    """Return the deaths of an entry's agents, those of failed set-ups included."""
    return hass.data.setdefault(DEATHS, {}).setdefault(entry.entry_id, Deaths())


@callback
def async_forget_deaths(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Begin anew with the next set-up."""
    hass.data.get(DEATHS, {}).pop(entry.entry_id, None)
