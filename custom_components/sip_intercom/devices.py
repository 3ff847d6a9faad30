"""Devices in the device registry: the user agent, its accounts and devices."""

from typing import Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import CONF_KIND, DOMAIN, SUBENTRY_DEVICE, SUBENTRY_NUMBER
from .coordinator import SipConfigEntry

MANUFACTURER: Final = "SIP Intercom"
MODEL_USER_AGENT: Final = "SIP user agent"
MODEL_ACCOUNT: Final = "SIP account"
MODELS: Final = {
    "doorbell": "SIP doorbell",
    "intercom": "SIP intercom",
    "camera": "SIP camera",
    "phone": "SIP phone",
}


@callback
def async_update_devices(hass: HomeAssistant, entry: SipConfigEntry) -> None:
    """Add what is new and rename what has a new name."""
    registry = dr.async_get(hass)
    hello = entry.runtime_data.data.hello
    user_agent = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=dr.DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model=MODEL_USER_AGENT,
        name=entry.title,
        sw_version=f"PJSIP {hello.pjsip}" if hello else None,
    )
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_NUMBER:
            continue
        registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            config_subentry_id=subentry.subentry_id,
            identifiers={(DOMAIN, subentry.subentry_id)},
            entry_type=_entry_type(subentry),
            manufacturer=MANUFACTURER,
            model=_model(subentry),
            name=subentry.title,
            via_device_id=user_agent.id,
        )


def _entry_type(subentry: ConfigSubentry) -> dr.DeviceEntryType | None:
    """Return what a subentry is: only a device is a thing."""
    if subentry.subentry_type == SUBENTRY_DEVICE:
        return None
    return dr.DeviceEntryType.SERVICE


def _model(subentry: ConfigSubentry) -> str:
    """Return the model of an account or a device."""
    if subentry.subentry_type == SUBENTRY_DEVICE:
        return MODELS[subentry.data[CONF_KIND]]
    return MODEL_ACCOUNT
