"""Set up the user agent, and change its port and name."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_PORT, CONF_USERNAME
import probatio

from ..const import CONF_BIND_ADDRESS, DEFAULT_USERNAME, DOMAIN
from ..lib.sipagent.protocol.config import (
    DEFAULT_PORT,
    TransportsConfig,
    UserAgentConfig,
)
from .forms import PORT, TEXT, FormData, FormError, show_form
from .names import check_user
from .ports import check_apart, check_port
from .trial import check_agent_starts

TITLE: Final = "SIP user agent"
SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_PORT, default=DEFAULT_PORT): PORT,
        probatio.Required(CONF_USERNAME, default=DEFAULT_USERNAME): TEXT,
    }
)


class UserAgentFlow(ConfigFlow):
    """Steps for the user agent itself."""

    @override
    async def async_step_user(
        self, user_input: FormData | None = None
    ) -> ConfigFlowResult:
        """Ask for port and name, and try the agent with them."""
        await self.async_set_unique_id(DOMAIN)
        self._abort_if_unique_id_configured()
        if user_input is None:
            return show_form(self, "user", SCHEMA, {})
        try:
            data = _checked(user_input, {})
            await check_port(self.hass, "", data[CONF_PORT])
            await check_agent_starts(self.hass, _config(data))
        except FormError as err:
            return show_form(self, "user", SCHEMA, user_input, err)
        return self.async_create_entry(title=TITLE, data=data)

    async def async_step_reconfigure(
        self, user_input: FormData | None = None
    ) -> ConfigFlowResult:
        """Change port and name."""
        entry = self._get_reconfigure_entry()
        if user_input is None:
            return show_form(self, "reconfigure", SCHEMA, entry.data)
        try:
            data = _checked(user_input, entry.options)
            if not is_listening(entry, data[CONF_PORT]):
                address = entry.options.get(CONF_BIND_ADDRESS, "")
                await check_port(self.hass, address, data[CONF_PORT])
        except FormError as err:
            return show_form(self, "reconfigure", SCHEMA, user_input, err)
        return self.async_update_and_abort(entry, data=data)


def is_listening(entry: ConfigEntry, port: int) -> bool:
    """Return whether our own agent runs with this port."""
    return entry.state is ConfigEntryState.LOADED and entry.data[CONF_PORT] == port


def _checked(user_input: FormData, options: Mapping[str, Any]) -> FormData:
    check_apart({**options, **user_input}, field=CONF_PORT)
    return user_input | {
        CONF_USERNAME: check_user(
            user_input[CONF_USERNAME], "invalid_username", field=CONF_USERNAME
        )
    }


def _config(data: FormData) -> UserAgentConfig:
    return UserAgentConfig(
        username=data[CONF_USERNAME], transports=TransportsConfig(port=data[CONF_PORT])
    )
