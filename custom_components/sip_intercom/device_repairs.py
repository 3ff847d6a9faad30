"""Repairs of devices: one whose account is gone can neither call nor be called."""

from typing import Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import (
    ACCOUNT_DIRECT,
    ACCOUNT_REGISTRAR,
    CONF_ACCOUNT,
    DOMAIN,
    SUBENTRY_DEVICE,
)
from .coordinator import SipConfigEntry
from .repairs import async_report

ACCOUNT_REMOVED: Final = "account_removed"


class DeviceRepairs:
    """The issues of devices, reported and taken back as subentries change."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Follow the subentries."""
        self._hass = hass
        self._entry = entry
        self._reported: set[str] = set()
        entry.async_on_unload(
            entry.runtime_data.async_add_subentry_listener(self._handle_subentries)
        )
        entry.async_on_unload(self._take_back)
        self._handle_subentries()

    @callback
    def _handle_subentries(self) -> None:
        """Report the devices without their account, and no others."""
        lost = {
            f"{ACCOUNT_REMOVED}_{device.subentry_id}": device.title
            for device in self._entry.get_subentries_of_type(SUBENTRY_DEVICE)
            if not self._has_account(device)
        }
        for issue_id in self._reported - lost.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue_id, title in lost.items():
            async_report(self._hass, issue_id, ACCOUNT_REMOVED, device=title)
        self._reported = set(lost)

    def _has_account(self, device: ConfigSubentry) -> bool:
        """Tell whether a device needs no account or its account is there."""
        account = device.data.get(CONF_ACCOUNT, ACCOUNT_DIRECT)
        alone = account in (ACCOUNT_DIRECT, ACCOUNT_REGISTRAR)
        return alone or account in self._entry.subentries

    @callback
    def _take_back(self) -> None:
        """Take back what was reported."""
        for issue_id in self._reported:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
