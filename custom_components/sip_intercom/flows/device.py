"""Add and change a device."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME

from .device_form import ADVANCED, checked_device, device_schema, form_values
from .forms import FormData, FormError, flatten, nest, show_form
from .overlap import device_unique_id


class DeviceFlow(ConfigSubentryFlow):
    """Steps for a doorbell, intercom, camera or phone."""

    async def async_step_user(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Add a device."""
        if user_input is None:
            return self._show("user", {})
        try:
            data = await checked_device(
                self._get_entry(), flatten(user_input, ADVANCED)
            )
        except FormError as err:
            return self._show("user", user_input, err)
        return self.async_create_entry(
            title=data[CONF_NAME], data=data, unique_id=device_unique_id(data)
        )

    async def async_step_reconfigure(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Change a device unless it is gone."""
        try:
            return await self._reconfigure(user_input)
        except UnknownSubEntry:
            return self.async_abort(reason="device_removed")

    async def _reconfigure(self, user_input: FormData | None) -> SubentryFlowResult:
        """Change a device."""
        entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
        if user_input is None:
            values = nest(form_values(subentry.data), ADVANCED)
            return self._show("reconfigure", values)
        try:
            data = flatten(user_input, ADVANCED, subentry.data)
            data = await checked_device(entry, data, subentry)
        except FormError as err:
            return self._show("reconfigure", user_input, err)
        return self.async_update_and_abort(
            entry,
            subentry,
            title=data[CONF_NAME],
            data=data,
            unique_id=device_unique_id(data),
        )

    def _show(
        self, step: str, values: Mapping[str, Any], error: FormError | None = None
    ) -> SubentryFlowResult:
        return show_form(self, step, device_schema(self._get_entry()), values, error)
