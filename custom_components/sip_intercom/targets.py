"""Find what an action is aimed at."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, SUBENTRY_ACCOUNT
from .coordinator import SipConfigEntry, SipCoordinator
from .errors import input_error


@callback
def async_get_coordinator(hass: HomeAssistant) -> SipCoordinator:
    """Return the running user agent, or raise a translated error."""
    entry: SipConfigEntry | None = hass.config_entries.async_entry_for_domain_unique_id(
        DOMAIN, DOMAIN
    )
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        raise input_error("not_loaded")
    return entry.runtime_data


@callback
def async_targeted_subentries(
    coordinator: SipCoordinator, data: ConfigType
) -> set[str] | None:
    """Return the ids of the accounts and devices targeted, None without a target.

    An entity that a label or an area brings in means its device.
    """
    selection = TargetSelection(data)
    if not selection.has_any_target:
        return None
    selected = async_extract_referenced_entity_ids(coordinator.hass, selection)
    entities = er.async_get(coordinator.hass)
    devices = selected.referenced_devices | {
        entry.device_id
        for entity_id in selected.referenced | selected.indirectly_referenced
        if (entry := entities.async_get(entity_id)) and entry.device_id
    }
    found = set(_subentries(coordinator, devices))
    if not found:
        raise input_error("no_device_targeted")
    return found


@callback
def async_find_account(coordinator: SipCoordinator, text: str) -> ConfigSubentry:
    """Return an account by the id of its device, its name or its own id."""
    subentries = coordinator.config_entry.subentries
    by_device = set(_subentries(coordinator, [text]))
    for subentry in coordinator.config_entry.get_subentries_of_type(SUBENTRY_ACCOUNT):
        if subentry.subentry_id in by_device | ({text} & subentries.keys()):
            return subentry
        if subentry.title == text:
            return subentry
    raise input_error("no_such_account")


def _subentries(
    coordinator: SipCoordinator, device_ids: Iterable[str]
) -> Iterable[str]:
    """Return the subentries of devices in the registry."""
    registry = dr.async_get(coordinator.hass)
    for device_id in device_ids:
        device = registry.async_get(device_id)
        for domain, owner in device.identifiers if device else ():
            if domain == DOMAIN and owner in coordinator.config_entry.subentries:
                yield owner
