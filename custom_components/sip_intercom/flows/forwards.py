"""Check whom the calls of a device ring too."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..const import (
    CONF_ACCOUNT,
    CONF_AFTER,
    CONF_FORWARDS,
    CONF_PHONE,
    SUBENTRY_ACCOUNT,
    SUBENTRY_DEVICE,
)
from ..coordinator import SipConfigEntry
from .forms import FormData, FormError
from .names import check_user

MAX_FORWARDS: Final = 8
LATEST: Final = 55
"""Seconds, a little less than a ring lasts."""


def forwards_selector(entry: SipConfigEntry) -> ObjectSelector:
    """Return the selector of phones: devices, or numbers over an account."""
    after = NumberSelector(
        NumberSelectorConfig(
            min=0,
            max=LATEST,
            step=1,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement="s",
        )
    )
    phones = _options(entry, SUBENTRY_DEVICE)
    return ObjectSelector(
        ObjectSelectorConfig(
            fields={
                CONF_PHONE: {"required": True, "selector": phones},
                CONF_ACCOUNT: {"selector": _options(entry, SUBENTRY_ACCOUNT)},
                CONF_AFTER: {"selector": after},
            },
            multiple=True,
            label_field=CONF_PHONE,
            translation_key=CONF_FORWARDS,
        )
    )


def checked_forwards(
    entry: SipConfigEntry, typed: Iterable[Mapping[str, Any]], own: str | None
) -> list[FormData]:
    """Return the forwards in their one form, or raise FormError."""
    forwards = [_checked(entry, item, own) for item in typed]
    if len(forwards) > MAX_FORWARDS:
        raise FormError("too_many_forwards", maximum=str(MAX_FORWARDS))
    return forwards


def _checked(
    entry: SipConfigEntry, item: Mapping[str, Any], own: str | None
) -> FormData:
    """Return one forward: to a device by its id or name, or to a number."""
    phone = str(item[CONF_PHONE]).strip()
    checked: FormData = {CONF_AFTER: int(item.get(CONF_AFTER, 0))}
    if account := item.get(CONF_ACCOUNT):
        if account not in entry.subentries:
            raise FormError("unknown_phone", value=phone)
        number = check_user(phone, "unknown_phone")
        return checked | {CONF_PHONE: number, CONF_ACCOUNT: account}
    for device in entry.get_subentries_of_type(SUBENTRY_DEVICE):
        known = phone in (device.subentry_id, device.title)
        if known and device.subentry_id != own:
            return checked | {CONF_PHONE: device.subentry_id}
    raise FormError("unknown_phone", value=phone)


def _options(entry: SipConfigEntry, subentry_type: str) -> SelectSelector:
    """Return a selector of the subentries of a type; what is typed is checked later."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=each.subentry_id, label=each.title)
                for each in entry.get_subentries_of_type(subentry_type)
            ],
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
