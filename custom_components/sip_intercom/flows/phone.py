"""Offer a phone that looks for a server as a device that registers with us."""

from typing import Final, override

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.typing import DiscoveryInfoType
import probatio

from ..const import (
    ACCOUNT_REGISTRAR,
    CONF_ACCOUNT,
    CONF_KIND,
    DISCOVERY_ADDRESS,
    DISCOVERY_MAC,
    DISCOVERY_MODEL,
    DISCOVERY_USER_AGENT,
    KIND_PHONE,
)
from ..discovery import MAX_FLOWS, open_discoveries
from .device_form import NAME_AND_KIND, SECTIONS, checked_device
from .discovery import NOTHING, DiscoveryFlow, clean
from .forms import FormData, FormError, flatten, show_form
from .registration import REGISTRATION, checked_registration, placeholders, suggestion

STEP: Final = "phone_confirm"
FORM: Final = probatio.Schema({**NAME_AND_KIND, **REGISTRATION.schema})


class PhoneFlow(DiscoveryFlow):
    """Steps for a phone that was found by SIP PnP; its texts are a stranger's."""

    _phone: dict[str, str]

    @override
    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Take a phone unless it is ignored or asked about already."""
        if DISCOVERY_MAC not in discovery_info:
            return await super().async_step_integration_discovery(discovery_info)
        await self.async_set_unique_id(f"phone|{discovery_info[DISCOVERY_MAC]}")
        self._abort_if_unique_id_configured()
        if len(open_discoveries(self.hass)) >= MAX_FLOWS:
            return self.async_abort(reason="too_many_callers")
        said = (DISCOVERY_MODEL, DISCOVERY_USER_AGENT, DISCOVERY_ADDRESS)
        self._phone = {
            key: clean(str(discovery_info.get(key) or "")) or NOTHING for key in said
        }
        self._phone[DISCOVERY_ADDRESS] = str(discovery_info[DISCOVERY_ADDRESS])
        self.context["title_placeholders"] = {CONF_NAME: self._name()}
        return await self.async_step_phone_confirm()

    async def async_step_phone_confirm(
        self, user_input: FormData | None = None
    ) -> ConfigFlowResult:
        """Show what is typed into the phone, and add it."""
        entry = self._user_agent()
        if entry is None:
            return self.async_abort(reason="not_loaded")
        texts = {**self._phone, **await placeholders(self.hass, entry)}
        if user_input is None:
            values = {
                CONF_NAME: self._name(),
                CONF_KIND: KIND_PHONE,
                **suggestion(entry),
            }
            return show_form(self, STEP, FORM, values, None, texts)
        try:
            typed = {key: user_input[key] for key in (CONF_NAME, CONF_KIND)}
            data = flatten(typed, SECTIONS) | {CONF_ACCOUNT: ACCOUNT_REGISTRAR}
            data = await checked_device(entry, data)
            data |= checked_registration(entry, user_input)
        except FormError as err:
            return show_form(self, STEP, FORM, user_input, err, texts)
        return self._add(entry, data)

    def _name(self) -> str:
        """Return what the phone may be called."""
        model = self._phone[DISCOVERY_MODEL]
        return self._phone[DISCOVERY_ADDRESS] if model == NOTHING else model
