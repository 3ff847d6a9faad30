"""Add and change a number that registered devices may dial."""

from collections.abc import Mapping
import re
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME, CONF_USERNAME
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..const import (
    CONF_ACCOUNT,
    CONF_CALLERS,
    CONF_NUMBER,
    CONF_RINGS,
    CONF_TARGET,
    DEFAULT_USERNAME,
    RINGS_EVERYONE,
    RINGS_HOME,
    SUBENTRY_ACCOUNT,
    SUBENTRY_NUMBER,
)
from ..coordinator import SipConfigEntry
from ..lib.sipagent.protocol.sip_uri import same_user
from ..registering import registering_devices
from .forms import NO_SECTION, TEXT, FormData, FormError, flatten, show_form

_NUMBER: Final = re.compile(r"[A-Za-z0-9#*+._-]{1,32}")
_TARGET: Final = re.compile(r"[A-Za-z0-9#*+._-]{1,64}")


class NumberFlow(ConfigSubentryFlow):
    """Steps for a number."""

    async def async_step_user(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Add a number."""
        entry = self._get_entry()
        if user_input is None:
            return self._show("user", {})
        try:
            data = checked_number(entry, flatten(user_input, NO_SECTION))
        except FormError as err:
            return self._show("user", user_input, err)
        return self.async_create_entry(
            title=data[CONF_NAME], data=data, unique_id=_unique_id(data)
        )

    async def async_step_reconfigure(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Change a number unless it is gone."""
        entry = self._get_entry()
        try:
            old = self._get_reconfigure_subentry()
        except UnknownSubEntry:
            return self.async_abort(reason="number_removed")
        if user_input is None:
            return self._show("reconfigure", old.data)
        try:
            data = checked_number(entry, flatten(user_input, NO_SECTION), old)
        except FormError as err:
            return self._show("reconfigure", user_input, err)
        return self.async_update_and_abort(
            entry, old, title=data[CONF_NAME], data=data, unique_id=_unique_id(data)
        )

    def _show(
        self, step: str, values: Mapping[str, Any], error: FormError | None = None
    ) -> SubentryFlowResult:
        return show_form(self, step, number_schema(self._get_entry()), values, error)


def number_schema(entry: SipConfigEntry) -> probatio.Schema:
    """Return the form of a number, with the entry's devices and accounts."""
    devices = [_option(device) for device in registering_devices(entry)]
    special = [
        SelectOptionDict(value=each, label=each)
        for each in (RINGS_HOME, RINGS_EVERYONE)
    ]
    accounts = map(_option, entry.get_subentries_of_type(SUBENTRY_ACCOUNT))
    return probatio.Schema(
        {
            probatio.Required(CONF_NAME): TEXT,
            probatio.Required(CONF_NUMBER): TEXT,
            probatio.Optional(CONF_RINGS): _several([*special, *devices], CONF_RINGS),
            probatio.Optional(CONF_ACCOUNT): _one(list(accounts), CONF_ACCOUNT),
            probatio.Optional(CONF_TARGET): TEXT,
            probatio.Optional(CONF_CALLERS): _several(devices, CONF_CALLERS),
        }
    )


def checked_number(
    entry: SipConfigEntry, data: FormData, old: ConfigSubentry | None = None
) -> FormData:
    """Return a number's data, or raise FormError."""
    number = data[CONF_NUMBER] = data.get(CONF_NUMBER, "")
    if not data.get(CONF_NAME):
        raise FormError("name_required", field=CONF_NAME)
    if not _NUMBER.fullmatch(number) or "*" in number[:-1]:
        raise FormError("invalid_number", field=CONF_NUMBER)
    if same_user(number) in _taken(entry, old):
        raise FormError("number_taken", field=CONF_NUMBER)
    if CONF_ACCOUNT in data:
        _check_outward(data)
    elif not data.get(CONF_RINGS):
        raise FormError("rings_nobody", field=CONF_RINGS)
    else:
        data.pop(CONF_TARGET, None)
    return data


def _check_outward(data: FormData) -> None:
    """Raise FormError for a number that leads outwards anywhere, or for anybody."""
    data.setdefault(CONF_TARGET, data[CONF_NUMBER])
    if not _TARGET.fullmatch(data[CONF_TARGET]):
        raise FormError("invalid_outward", field=CONF_TARGET)
    if not data.get(CONF_CALLERS):
        raise FormError("callers_required", field=CONF_CALLERS)


def _taken(entry: SipConfigEntry, old: ConfigSubentry | None) -> set[str]:
    """Return the users and numbers that mean something else already."""
    names = [entry.data.get(CONF_USERNAME) or DEFAULT_USERNAME]
    names += [device.data[CONF_USERNAME] for device in registering_devices(entry)]
    names += [
        number.data[CONF_NUMBER]
        for number in entry.get_subentries_of_type(SUBENTRY_NUMBER)
        if old is None or number.subentry_id != old.subentry_id
    ]
    return {same_user(name) for name in names}


def _unique_id(data: Mapping[str, Any]) -> str:
    """Return what there is only one number of."""
    return f"number|{same_user(data[CONF_NUMBER])}"


def _option(subentry: ConfigSubentry) -> SelectOptionDict:
    """Return a device or account to choose."""
    return SelectOptionDict(value=subentry.subentry_id, label=subentry.title)


def _several(options: list[SelectOptionDict], key: str) -> SelectSelector:
    """Return a selector of any of these."""
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            multiple=True,
            translation_key=key,
            mode=SelectSelectorMode.LIST,
        )
    )


def _one(options: list[SelectOptionDict], key: str) -> SelectSelector:
    """Return a selector of one of these."""
    return SelectSelector(
        SelectSelectorConfig(
            options=options, translation_key=key, mode=SelectSelectorMode.DROPDOWN
        )
    )
