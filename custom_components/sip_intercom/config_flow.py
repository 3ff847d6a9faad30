"""Config flow of the SIP Intercom integration."""

from typing import override

from homeassistant.config_entries import ConfigEntry, ConfigSubentryFlow, OptionsFlow
from homeassistant.core import callback

from .const import DOMAIN, SUBENTRY_ACCOUNT, SUBENTRY_DEVICE, SUBENTRY_NUMBER
from .flows.account import AccountFlow
from .flows.device import DeviceFlow
from .flows.discovery import DiscoveryFlow
from .flows.number import NumberFlow
from .flows.options import SipOptionsFlow
from .flows.phone import PhoneFlow
from .flows.reauth import ReauthFlow
from .flows.user_agent import UserAgentFlow


class SipConfigFlow(UserAgentFlow, PhoneFlow, DiscoveryFlow, ReauthFlow, domain=DOMAIN):
    """Handle the config flow; each file in flows holds the steps of one part."""

    VERSION = 1
    MINOR_VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return SipOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what an entry is made of."""
        return {
            SUBENTRY_ACCOUNT: AccountFlow,
            SUBENTRY_DEVICE: DeviceFlow,
            SUBENTRY_NUMBER: NumberFlow,
        }
