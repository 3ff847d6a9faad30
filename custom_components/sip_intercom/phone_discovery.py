"""Offer phones that look for a server (SIP PnP) as new devices."""

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import discovery_flow

from .const import (
    CONF_FIND_PHONES,
    DISCOVERY_ADDRESS,
    DISCOVERY_MAC,
    DISCOVERY_MODEL,
    DISCOVERY_USER_AGENT,
    DOMAIN,
)
from .coordinator import SipConfigEntry
from .discovery import MAX_FLOWS, is_neighbour, open_discoveries
from .lib.sipagent.client.events import ClientEvent
from .lib.sipagent.protocol.messages import ServerSought


class PhoneDiscovery:
    """Starts a discovery for a phone that looks for a server."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Listen for phones."""
        self._hass = hass
        self._entry = entry
        client = entry.runtime_data.client
        entry.async_on_unload(client.subscribe(self._handle_event))

    @callback
    def _handle_event(self, event: ClientEvent) -> None:
        """Start a discovery if the phone is new, and of our own network."""
        match event:
            case ServerSought() if self._deserves_discovery(event):
                model = f"{event.vendor} {event.model}".strip()
                discovery_flow.async_create_flow(
                    self._hass,
                    DOMAIN,
                    context={"source": SOURCE_INTEGRATION_DISCOVERY},
                    data={
                        DISCOVERY_MAC: event.mac or event.address,
                        DISCOVERY_MODEL: model,
                        DISCOVERY_ADDRESS: event.address,
                        DISCOVERY_USER_AGENT: event.user_agent,
                    },
                )

    def _deserves_discovery(self, event: ServerSought) -> bool:
        """Tell whether the user is asked about a phone."""
        bindings = self._entry.runtime_data.data.bindings.values()
        registered = {each.address for found in bindings for each in found}
        return (
            self._entry.options.get(CONF_FIND_PHONES, True)
            and event.address not in registered
            and len(open_discoveries(self._hass)) < MAX_FLOWS
            and is_neighbour(self._hass, event.address)
        )
