"""Add and change a device."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME, CONF_USERNAME

from ..const import CONF_HASHES
from ..registering import registers
from .device_form import (
    CONF_NEW_PASSWORD,
    SECTIONS,
    checked_device,
    device_schema,
    form_values,
)
from .forms import FormData, FormError, flatten, nest, show_form
from .overlap import device_unique_id
from .registration import (
    REGISTRATION,
    checked_registration,
    placeholders,
    shown_name,
    suggestion,
)


class DeviceFlow(ConfigSubentryFlow):
    """Steps for a doorbell, intercom, camera or phone."""

    _data: FormData
    _old: ConfigSubentry | None = None

    async def async_step_user(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Add a device."""
        if user_input is None:
            return self._show("user", {})
        try:
            self._data = await checked_device(
                self._get_entry(), flatten(user_input, SECTIONS)
            )
        except FormError as err:
            return self._show("user", user_input, err)
        if registers(self._data):
            return await self.async_step_registration()
        return self._finish()

    async def async_step_reconfigure(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Change a device unless it is gone."""
        try:
            return await self._reconfigure(user_input)
        except UnknownSubEntry:
            return self.async_abort(reason="device_removed")

    async def async_step_registration(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Show what is typed into the station: the password is shown only here."""
        entry = self._get_entry()
        error = None
        if user_input is not None:
            try:
                self._data |= checked_registration(entry, user_input, self._old)
                return self._finish()
            except FormError as err:
                error = err
        values = user_input or self._suggestion()
        texts = {**await placeholders(self.hass, entry), **shown_name(self._data)}
        return show_form(self, "registration", REGISTRATION, values, error, texts)

    def _suggestion(self) -> FormData:
        """Return a new password for a user name that a device has already, or not."""
        values = suggestion(self._get_entry())
        if self._old and registers(self._old.data):
            values[CONF_USERNAME] = self._old.data[CONF_USERNAME]
        return values

    async def _reconfigure(self, user_input: FormData | None) -> SubentryFlowResult:
        """Change a device."""
        entry, self._old = self._get_entry(), self._get_reconfigure_subentry()
        if user_input is None:
            values = nest(form_values(self._old.data), SECTIONS)
            return self._show("reconfigure", values)
        try:
            typed = flatten(user_input, SECTIONS, self._old.data)
            new_password = typed.pop(CONF_NEW_PASSWORD, False)
            self._data = await checked_device(entry, typed, self._old)
        except FormError as err:
            return self._show("reconfigure", user_input, err)
        if not registers(self._data):
            return self._finish()
        if new_password or not registers(self._old.data):
            return await self.async_step_registration()
        kept = (CONF_USERNAME, CONF_HASHES)
        self._data |= {key: self._old.data[key] for key in kept}
        return self._finish()

    def _finish(self) -> SubentryFlowResult:
        """Add the device, or change the one that there is."""
        data, unique_id = self._data, device_unique_id(self._data)
        title = data[CONF_NAME]
        if self._old is None:
            return self.async_create_entry(title=title, data=data, unique_id=unique_id)
        return self.async_update_and_abort(
            self._get_entry(), self._old, title=title, data=data, unique_id=unique_id
        )

    def _show(
        self, step: str, values: Mapping[str, Any], error: FormError | None = None
    ) -> SubentryFlowResult:
        registered = self._old is not None and registers(self._old.data)
        schema = device_schema(self._get_entry(), registered=registered)
        return show_form(self, step, schema, values, error)
