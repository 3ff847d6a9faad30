"""Offer a caller that nobody knows as a new device."""

from collections.abc import Container
from types import MappingProxyType
from typing import Final, override
import unicodedata

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentry,
)
from homeassistant.const import CONF_ADDRESS, CONF_NAME
from homeassistant.helpers.typing import DiscoveryInfoType

from ..const import (
    ACCOUNT_DIRECT,
    CONF_ACCOUNT,
    CONF_KIND,
    DISCOVERY_ADDRESS,
    DISCOVERY_CALLER,
    DISCOVERY_NAME,
    DISCOVERY_TRANSPORT,
    DISCOVERY_USER_AGENT,
    DOMAIN,
    KIND_DOORBELL,
    SUBENTRY_DEVICE,
)
from ..coordinator import SipConfigEntry
from ..discovery import MAX_FLOWS, open_discoveries
from ..lib.sipagent.protocol.sip_uri import numeric_address
from .device_form import IDENTITY, SECTIONS, checked_device, known_addresses
from .forms import FormData, FormError, flatten, show_form
from .names import check_user, joined
from .overlap import device_unique_id, find_caller

STEP: Final = "discovery_confirm"
NOTHING: Final = "-"
SAID: Final = (
    DISCOVERY_NAME,
    DISCOVERY_CALLER,
    DISCOVERY_USER_AGENT,
    DISCOVERY_TRANSPORT,
)
MAX_TEXT_LENGTH: Final = 64  # characters
PLAIN_PUNCTUATION: Final = frozenset(" .,+-_/@()&")
"""All that is left of punctuation: the frontend reads placeholders as Markdown."""
NUMBER_PUNCTUATION: Final = PLAIN_PUNCTUATION | {"*", "#"}
"""What a number has, which is shown as code; names are not."""


class DiscoveryFlow(ConfigFlow):
    """Steps for an unknown caller; its texts are a stranger's."""

    _address: str
    _user: str
    _found: dict[str, str]

    @override
    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Take a caller unless it is known, ignored or asked about already."""
        address = numeric_address(discovery_info[DISCOVERY_ADDRESS])
        if address is None:
            return self.async_abort(reason="invalid_discovery")
        await self.async_set_unique_id(address)
        self._abort_if_unique_id_configured()
        if len(open_discoveries(self.hass)) >= MAX_FLOWS:
            return self.async_abort(reason="too_many_callers")
        self._address = address
        self._user = _user(discovery_info)
        self._found = _texts(discovery_info, address)
        self.context["title_placeholders"] = {CONF_NAME: self._found[DISCOVERY_NAME]}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: FormData | None = None
    ) -> ConfigFlowResult:
        """Ask for name, kind and address, and add the device."""
        entry = self._user_agent()
        if entry is None:
            return self.async_abort(reason="not_loaded")
        addresses = await known_addresses(entry)
        if find_caller(entry, self._address, self._user, addresses):
            return self.async_abort(reason="already_configured")
        if user_input is None:
            return self._show_confirm(self._suggestion())
        data = flatten(user_input, SECTIONS) | {CONF_ACCOUNT: ACCOUNT_DIRECT}
        try:
            data = await checked_device(entry, data)
        except FormError as err:
            return self._show_confirm(user_input, err)
        return self._add(entry, data)

    def _show_confirm(
        self, values: FormData, error: FormError | None = None
    ) -> ConfigFlowResult:
        return show_form(self, STEP, IDENTITY, values, error, self._found)

    def _add(self, entry: SipConfigEntry, data: FormData) -> ConfigFlowResult:
        """Add a device, and end."""
        device = ConfigSubentry(
            data=MappingProxyType(data),
            subentry_type=SUBENTRY_DEVICE,
            title=data[CONF_NAME],
            unique_id=device_unique_id(data),
        )
        self.hass.config_entries.async_add_subentry(entry, device)
        return self.async_abort(
            reason="device_added", description_placeholders={CONF_NAME: device.title}
        )

    def _user_agent(self) -> SipConfigEntry | None:
        """Return the running user agent that the device is added to."""
        entry: SipConfigEntry | None = (
            self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, DOMAIN)
        )
        return entry if entry and entry.state is ConfigEntryState.LOADED else None

    def _suggestion(self) -> FormData:
        """Return what is known of the caller as the form shows it."""
        return {
            CONF_NAME: self._found[DISCOVERY_NAME],
            CONF_KIND: KIND_DOORBELL,
            CONF_ADDRESS: joined(self._user, self._address),
        }


def _user(discovery_info: DiscoveryInfoType) -> str:
    """Return the user that called, empty if it is none that can be called."""
    try:
        user = check_user(str(discovery_info[DISCOVERY_CALLER] or ""), "invalid_caller")
    except FormError:
        return ""
    return user if len(user) <= MAX_TEXT_LENGTH else ""


def _texts(discovery_info: DiscoveryInfoType, address: str) -> dict[str, str]:
    """Return a stranger's texts, short and without markup, never an empty name."""
    said = {key: str(discovery_info.get(key) or "") for key in SAID}
    texts = {key: clean(text) for key, text in said.items()}
    texts[DISCOVERY_NAME] = texts[DISCOVERY_NAME] or texts[DISCOVERY_CALLER] or address
    texts[DISCOVERY_CALLER] = clean(said[DISCOVERY_CALLER], NUMBER_PUNCTUATION)
    texts[DISCOVERY_TRANSPORT] = texts[DISCOVERY_TRANSPORT].upper()
    shown = {key: text or NOTHING for key, text in texts.items()}
    return shown | {DISCOVERY_ADDRESS: address}


def clean(text: str, punctuation: Container[str] = PLAIN_PUNCTUATION) -> str:
    """Return letters, digits and harmless punctuation, at most 64 characters."""
    composed = unicodedata.normalize("NFC", text[: 4 * MAX_TEXT_LENGTH])
    plain = (
        character
        if character in punctuation or unicodedata.category(character)[0] in "LMN"
        else " "
        for character in composed
    )
    return " ".join("".join(plain).split())[:MAX_TEXT_LENGTH].rstrip()
