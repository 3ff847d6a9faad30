"""Repairs of devices that register with us, and of who guesses at their passwords."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_PORT
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later

from .const import CONF_UNREGISTERED_AFTER, DEFAULT_UNREGISTERED_AFTER, DOMAIN
from .coordinator import SipConfigEntry
from .lib.sipagent.client.events import ClientEvent
from .lib.sipagent.protocol.bindings import Guesser
from .lib.sipagent.protocol.config import DEFAULT_PORT
from .lib.sipagent.protocol.messages import BindingsChanged, CredentialsRefused
from .registering import registering_devices
from .repairs import async_report

STATION_UNREGISTERED: Final = "station_unregistered"
UNDER_ATTACK: Final = "under_attack"
ATTACK_ATTEMPTS: Final = 10
CALM_AFTER: Final = timedelta(hours=1)


class StationRepairs:
    """Tells of stations that stay away, and of an attack while it lasts."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Follow bindings, subentries and wrong passwords."""
        self._hass = hass
        self._entry = entry
        self._clocks: dict[str, CALLBACK_TYPE] = {}
        self._reported: set[str] = set()
        self._cancel_calm: CALLBACK_TYPE | None = None
        coordinator = entry.runtime_data
        entry.async_on_unload(coordinator.client.subscribe(self._handle_event))
        entry.async_on_unload(
            coordinator.async_add_listener(entry.entry_id, self._look)
        )
        entry.async_on_unload(coordinator.async_add_subentry_listener(self._look))
        entry.async_on_unload(self._take_all_back)

    @callback
    def _handle_event(self, event: ClientEvent) -> None:
        """Look again when a device registers, and count guesses."""
        match event:
            case BindingsChanged():
                self._look()
            case CredentialsRefused(guesser=guesser):
                self._handle_guesser(guesser)

    @callback
    def _look(self) -> None:
        """Start a clock for each device that is away, and stop those of others.

        While the agent is away nobody can register, and no clock runs.
        """
        data = self._entry.runtime_data.data
        away = {
            device.subentry_id: device
            for device in registering_devices(self._entry)
            if data.available
            and not data.bindings.get(device.subentry_id)
            and _minutes(device)
        }
        for device_id in self._clocks.keys() - away.keys():
            self._clocks.pop(device_id)()
        for device_id, device in away.items():
            if device_id not in self._clocks:
                self._clocks[device_id] = self._start_clock(device)
        if data.available:
            for device_id in self._reported - away.keys():
                self._take_back(device_id)

    def _start_clock(self, device: ConfigSubentry) -> CALLBACK_TYPE:
        """Report a device when it has been away for its time."""

        @callback
        def report(_now: datetime) -> None:
            self._reported.add(device.subentry_id)
            async_report(
                self._hass,
                f"{STATION_UNREGISTERED}_{device.subentry_id}",
                STATION_UNREGISTERED,
                device=device.title,
                minutes=str(_minutes(device)),
                port=str(self._entry.data.get(CONF_PORT, DEFAULT_PORT)),
            )

        job = HassJob(report, cancel_on_shutdown=True)
        return async_call_later(self._hass, _minutes(device) * 60, job)

    @callback
    def _handle_guesser(self, guesser: Guesser) -> None:
        """Report who does not stop guessing, until it has been calm for a while."""
        if guesser.attempts < ATTACK_ATTEMPTS:
            return
        async_report(
            self._hass,
            UNDER_ATTACK,
            UNDER_ATTACK,
            source=guesser.source,
            attempts=str(guesser.attempts),
        )
        self._stop_calm()
        job = HassJob(self._calm, cancel_on_shutdown=True)
        self._cancel_calm = async_call_later(self._hass, CALM_AFTER, job)

    @callback
    def _calm(self, _now: datetime) -> None:
        """Take the report of an attack back."""
        self._cancel_calm = None
        ir.async_delete_issue(self._hass, DOMAIN, UNDER_ATTACK)

    @callback
    def _stop_calm(self) -> None:
        """Do not wait any longer for the end of an attack."""
        if self._cancel_calm is not None:
            self._cancel_calm()
            self._cancel_calm = None

    def _take_back(self, device_id: str) -> None:
        """Take the report of a device back."""
        self._reported.discard(device_id)
        ir.async_delete_issue(self._hass, DOMAIN, f"{STATION_UNREGISTERED}_{device_id}")

    @callback
    def _take_all_back(self) -> None:
        """Take back everything that only a running agent can tell."""
        for stop in self._clocks.values():
            stop()
        self._clocks.clear()
        for device_id in tuple(self._reported):
            self._take_back(device_id)
        self._stop_calm()
        ir.async_delete_issue(self._hass, DOMAIN, UNDER_ATTACK)


def _minutes(device: ConfigSubentry) -> int:
    """Return after how many minutes a device is missed; 0 is never."""
    return int(device.data.get(CONF_UNREGISTERED_AFTER, DEFAULT_UNREGISTERED_AFTER))
