"""Offer unknown callers of the home's own networks as new devices."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import Final

from homeassistant.components.network import async_get_loaded_adapters
from homeassistant.components.network.models import Adapter
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.data_entry_flow import UnknownFlow
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.event import async_call_later

from .const import (
    CONF_UNKNOWN_CALLERS,
    DISCOVERY_ADDRESS,
    DISCOVERY_CALLER,
    DISCOVERY_NAME,
    DISCOVERY_TRANSPORT,
    DISCOVERY_USER_AGENT,
    DOMAIN,
    UNKNOWN_CALLERS_DISCOVER,
)
from .coordinator import SipConfigEntry
from .lib.sipagent.client.events import ClientEvent
from .lib.sipagent.protocol.messages import CallerRefused

MIN_ATTEMPTS: Final = 2
MAX_FLOWS: Final = 5
EXPIRY: Final = timedelta(hours=24)


class CallerDiscovery:
    """Starts a discovery for a caller that tries again, and lets it expire."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Listen for refused callers and for flows that begin and end."""
        self._hass = hass
        self._entry = entry
        self._expiries: dict[str, CALLBACK_TYPE] = {}
        coordinator = entry.runtime_data
        entry.async_on_unload(coordinator.client.subscribe(self._handle_event))
        entry.async_on_unload(
            coordinator.async_add_subentry_listener(self._handle_change)
        )
        entry.async_on_unload(
            hass.config_entries.flow.async_subscribe_flow(self._handle_flow)
        )
        entry.async_on_unload(self._take_all_back)

    @callback
    def _handle_event(self, event: ClientEvent) -> None:
        """Start a discovery if the caller deserves one."""
        match event:
            case CallerRefused() if self._deserves_discovery(event):
                discovery_flow.async_create_flow(
                    self._hass,
                    DOMAIN,
                    context={"source": SOURCE_INTEGRATION_DISCOVERY},
                    data={
                        DISCOVERY_NAME: event.caller_name,
                        DISCOVERY_CALLER: event.caller,
                        DISCOVERY_ADDRESS: event.source,
                        DISCOVERY_USER_AGENT: event.user_agent,
                        DISCOVERY_TRANSPORT: event.transport.value,
                    },
                )

    def _deserves_discovery(self, event: CallerRefused) -> bool:
        """Tell whether a caller is worth asking the user about."""
        return (
            self._is_wanted()
            and event.attempts >= MIN_ATTEMPTS
            and len(open_discoveries(self._hass)) < MAX_FLOWS
            and is_neighbour(self._hass, event.source)
        )

    def _is_wanted(self) -> bool:
        """Tell whether the user wants to hear of unknown callers."""
        policy = self._entry.options.get(CONF_UNKNOWN_CALLERS, UNKNOWN_CALLERS_DISCOVER)
        return bool(policy == UNKNOWN_CALLERS_DISCOVER)

    @callback
    def _handle_change(self) -> None:
        """End discoveries that nobody wants or that are known devices by now."""
        if not self._is_wanted():
            self._take_all_back()
            return
        for flow_id in open_discoveries(self._hass):
            self._entry.async_create_task(self._hass, self._look_again(flow_id))

    async def _look_again(self, flow_id: str) -> None:
        """Have a discovery take its step anew, which ends if it knows the caller."""
        with suppress(UnknownFlow):
            await self._hass.config_entries.flow.async_configure(flow_id)

    @callback
    def _handle_flow(self, change: str, flow_id: str) -> None:
        """Watch the age of discoveries."""
        if change == "removed":
            if expiry := self._expiries.pop(flow_id, None):
                expiry()
        elif flow_id in open_discoveries(self._hass):
            self._expire_later(flow_id)

    @callback
    def _expire_later(self, flow_id: str) -> None:
        """Take a discovery back when nobody has cared for it."""

        @callback
        def expire(_now: datetime) -> None:
            del self._expiries[flow_id]
            with suppress(UnknownFlow):
                self._hass.config_entries.flow.async_abort(flow_id)

        job = HassJob(expire, cancel_on_shutdown=True)
        self._expiries[flow_id] = async_call_later(self._hass, EXPIRY, job)

    @callback
    def _take_all_back(self) -> None:
        """End every discovery: a caller that tries again is discovered again."""
        for flow_id in open_discoveries(self._hass):
            self._hass.config_entries.flow.async_abort(flow_id)


def open_discoveries(hass: HomeAssistant) -> set[str]:
    """Return the ids of the discoveries that wait for the user."""
    return {
        flow["flow_id"]
        for flow in hass.config_entries.flow.async_progress_by_handler(
            DOMAIN, match_context={"source": SOURCE_INTEGRATION_DISCOVERY}
        )
    }


def is_neighbour(hass: HomeAssistant, source: str) -> bool:
    """Tell whether an address is of an enabled network, and not our own."""
    try:
        address = ip_address(source)
    except ValueError:
        return False
    if address.is_loopback:
        return False
    adapters = async_get_loaded_adapters(hass)
    enabled = [adapter for adapter in adapters if adapter["enabled"]]
    return all(address != own.ip for own in _interfaces(adapters)) and any(
        address in own.network for own in _interfaces(enabled)
    )


def _interfaces(
    adapters: Iterable[Adapter],
) -> Iterable[IPv4Interface | IPv6Interface]:
    """Return the addresses of adapters with their networks."""
    for adapter in adapters:
        for configured in (*adapter["ipv4"], *adapter["ipv6"]):
            yield ip_interface(
                f"{configured['address']}/{configured['network_prefix']}"
            )
