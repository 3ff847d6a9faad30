"""Ask for the password of an account that its registrar refuses."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_NAME, CONF_PASSWORD
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN
import probatio

from ..const import CONF_AUTH_USERNAME, REAUTH_SUBENTRY_ID
from .forms import (
    NO_SECTION,
    PASSWORD,
    TEXT,
    FormData,
    FormError,
    flatten,
    show_form,
)
from .names import check_text
from .trial import check_account

STEP: Final = "reauth_confirm"
SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_PASSWORD): PASSWORD,
        probatio.Optional(CONF_AUTH_USERNAME): TEXT,
    }
)


class ReauthFlow(ConfigFlow):
    """Steps for an account whose password stopped working."""

    _subentry_id: str

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Remember which account fails."""
        self._subentry_id = entry_data[REAUTH_SUBENTRY_ID]
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: FormData | None = None
    ) -> ConfigFlowResult:
        """Ask for the password and try it; nothing is reloaded."""
        entry = self._get_reauth_entry()
        account = entry.subentries.get(self._subentry_id)
        if account is None:
            return self.async_abort(reason="account_removed")
        name = {CONF_NAME: account.title}
        self.context["title_placeholders"] = name
        if user_input is None:
            shown = {CONF_AUTH_USERNAME: account.data.get(CONF_AUTH_USERNAME)}
            return show_form(self, STEP, SCHEMA, shown, placeholders=name)
        typed = flatten(user_input, NO_SECTION)
        data = {**account.data, **typed}
        if CONF_AUTH_USERNAME not in typed:
            data.pop(CONF_AUTH_USERNAME, None)
        try:
            check_text(data.get(CONF_AUTH_USERNAME, ""))
            await check_account(entry, data)
        except FormError as err:
            return show_form(self, STEP, SCHEMA, user_input, err, name)
        if self._subentry_id not in entry.subentries:
            return self.async_abort(reason="account_removed")
        self.hass.config_entries.async_update_subentry(entry, account, data=data)
        return self.async_abort(
            reason="reauth_successful", translation_domain=HOMEASSISTANT_DOMAIN
        )
