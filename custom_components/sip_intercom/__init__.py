"""SIP Intercom: doorbells, intercoms and phones call Home Assistant."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType

from .call_log import CallLog
from .card import async_load_card, async_unload_card
from .const import DOMAIN, LOGGER
from .coordinator import SipConfigEntry, SipCoordinator
from .deaths import async_forget_deaths
from .device_repairs import DeviceRepairs
from .devices import async_update_devices
from .discovery import CallerDiscovery
from .failed_start import setup_error
from .greeting import Greeter
from .lib.sipagent.client.native import remove_stale_libraries
from .lib.sipagent.protocol.errors import SipAgentError
from .phone_discovery import PhoneDiscovery
from .pins import Pins, async_remove_pins
from .reauth import ReauthQueue
from .recording import Recorder
from .repairs import Repairs, async_forget_issues, async_report_failed_start
from .services import async_setup_services
from .station_repairs import StationRepairs
from .stored_bindings import StoredBindings
from .stored_modes import StoredModes
from .tokens import AccountTokens
from .visitor_files import async_forget_visitors

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS: Final = [
    Platform.EVENT,
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CAMERA,
    Platform.IMAGE,
    Platform.LOCK,
    Platform.MEDIA_PLAYER,
    Platform.NOTIFY,
    Platform.SWITCH,
    Platform.SENSOR,
]
WATCHERS: Final = (
    Repairs,
    DeviceRepairs,
    StationRepairs,
    ReauthQueue,
    CallerDiscovery,
    PhoneDiscovery,
    Pins,
    Greeter,
    Recorder,
    CallLog,
)
RESOLVE_INTERVAL: Final = timedelta(seconds=60)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions and the card."""
    async_setup_services(hass)
    await async_load_card(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SipConfigEntry) -> bool:
    """Start the agent of a user agent, then its entities."""
    tokens = AccountTokens(hass, entry)
    await tokens.async_load()
    bindings = StoredBindings(hass, entry)
    await bindings.async_load()
    modes = StoredModes(hass, entry)
    await modes.async_load()
    coordinator = SipCoordinator(hass, entry, tokens, bindings, modes)
    entry.runtime_data = coordinator
    await coordinator.names.async_refresh()
    for watcher in WATCHERS:
        watcher(hass, entry)
    await _async_start(hass, coordinator)
    entry.async_on_unload(entry.add_update_listener(_async_update))
    try:
        async_update_devices(hass, entry)
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        # What changed during the start was told to no listener.
        await coordinator.async_configure()
    except BaseException:
        # Nobody unloads an entry that is not set up.
        await coordinator.async_stop()
        raise
    coordinator.async_platforms_loaded()
    _resolve_names_for_ever(hass, entry)
    await _async_tidy(hass)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SipConfigEntry) -> bool:
    """End the calls while entities hear of it, then stop these and the agent."""
    entry.runtime_data.async_end_calls()
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await entry.runtime_data.async_stop()
    async_forget_deaths(hass, entry)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: SipConfigEntry) -> None:
    """Forget what outlives the entry."""
    await async_unload_card(hass)
    await async_forget_visitors(hass, ())
    async_forget_issues(hass)
    async_forget_deaths(hass, entry)
    await AccountTokens(hass, entry).async_remove()
    await StoredBindings(hass, entry).async_remove()
    await StoredModes(hass, entry).async_remove()
    await async_remove_pins(hass, entry)


async def _async_start(hass: HomeAssistant, coordinator: SipCoordinator) -> None:
    """Start the agent, or say why it does not; it stops with Home Assistant."""

    async def stop(_event: Event) -> None:
        await coordinator.async_stop()

    coordinator.config_entry.async_on_unload(
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)
    )
    try:
        await coordinator.client.start()
    except SipAgentError as err:
        await coordinator.async_stop()
        async_report_failed_start(hass, err)
        raise setup_error(err) from err


async def _async_tidy(hass: HomeAssistant) -> None:
    """Remove the libraries that an older version has left."""
    try:
        gone = await hass.async_add_executor_job(remove_stale_libraries)
    except (OSError, SipAgentError) as err:
        LOGGER.debug("Libraries of older versions were not removed: %s", err)
    else:
        if gone:
            LOGGER.info("Removed the libraries of older versions: %s", ", ".join(gone))


@callback
def _resolve_names_for_ever(hass: HomeAssistant, entry: SipConfigEntry) -> None:
    """Look up names now and every minute, in the background."""

    @callback
    def resolve(_now: datetime) -> None:
        _resolve_names(hass, entry)

    entry.async_on_unload(
        async_track_time_interval(
            hass, resolve, RESOLVE_INTERVAL, cancel_on_shutdown=True
        )
    )
    _resolve_names(hass, entry)


@callback
def _resolve_names(hass: HomeAssistant, entry: SipConfigEntry) -> None:
    """Look up names in the background, since DNS may hang."""
    entry.async_create_background_task(
        hass, entry.runtime_data.async_resolve_names(), "sip_intercom names"
    )
    entry.async_create_background_task(
        hass, entry.runtime_data.names.async_refresh(), "sip_intercom phonebook"
    )


async def _async_update(hass: HomeAssistant, entry: SipConfigEntry) -> None:
    """Apply what changed in the entry and its subentries; nothing is reloaded."""
    coordinator = entry.runtime_data
    async_update_devices(hass, entry)
    coordinator.async_update_subentries()
    _resolve_names(hass, entry)
    await coordinator.async_configure()
