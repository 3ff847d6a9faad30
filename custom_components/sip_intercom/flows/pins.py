"""Check the PINs of a device; what is kept of one is a slow, salted hash."""

import asyncio
from collections.abc import Iterable, Mapping
import re
from typing import Any, Final

from homeassistant.const import CONF_ID, CONF_NAME, CONF_PIN
from homeassistant.helpers.selector import (
    DateTimeSelector,
    ObjectSelector,
    ObjectSelectorConfig,
)
from homeassistant.util import dt as dt_util

from ..const import CONF_DOOR, CONF_PINS, CONF_VALID_FROM, CONF_VALID_UNTIL
from ..pin_hash import CONF_HASH, CONF_SALT, hash_pin, is_pin, new_salt
from .forms import TEXT, FormData, FormError
from .lists import with_ids

MAX_PINS: Final = 20
HIDDEN: Final = "••••"
"""Stands in the form for a PIN that is kept."""
_VALIDITY: Final = (CONF_VALID_FROM, CONF_VALID_UNTIL)
_DIGITS: Final = re.compile(r"\d{4,16}")


def pins_selector() -> ObjectSelector:
    """Return the selector of PINs."""
    return ObjectSelector(
        ObjectSelectorConfig(
            fields={
                CONF_NAME: {"required": True, "selector": TEXT},
                CONF_PIN: {"required": True, "selector": TEXT},
                CONF_DOOR: {"selector": TEXT},
                CONF_VALID_FROM: {"selector": DateTimeSelector()},
                CONF_VALID_UNTIL: {"selector": DateTimeSelector()},
            },
            multiple=True,
            label_field=CONF_NAME,
            translation_key=CONF_PINS,
        )
    )


def shown_pins(data: Mapping[str, Any]) -> list[FormData]:
    """Return stored PINs as the form shows them."""
    doors = {door[CONF_ID]: door[CONF_NAME] for door in data.get("doors", ())}
    kept = (CONF_VALID_FROM, CONF_VALID_UNTIL)
    return [
        {
            CONF_NAME: pin[CONF_NAME],
            CONF_PIN: HIDDEN,
            CONF_DOOR: doors.get(pin[CONF_DOOR], ""),
            **{key: pin[key] for key in kept if pin.get(key)},
        }
        for pin in data.get(CONF_PINS, ())
    ]


async def checked_pins(
    typed: Iterable[Mapping[str, Any]],
    old: Iterable[Mapping[str, Any]],
    doors: Iterable[Mapping[str, Any]],
) -> list[FormData]:
    """Return the PINs in their one form, hashed, or raise FormError."""
    typed, old, doors = list(typed), list(old), list(doors)
    names = [pin[CONF_NAME].strip().casefold() for pin in typed]
    if len(typed) > MAX_PINS:
        raise FormError("too_many_pins", maximum=str(MAX_PINS))
    if len(set(names)) < len(names) or not all(names):
        raise FormError("pin_needs_name")
    pins = [_checked(pin, old, doors) for pin in typed]
    hashed = await asyncio.to_thread(_hashed, pins)
    return with_ids(hashed, old, (CONF_NAME,))


def _checked(
    pin: Mapping[str, Any],
    old: list[Mapping[str, Any]],
    doors: list[Mapping[str, Any]],
) -> FormData:
    """Return one PIN, in the clear if it is new; FormError names it."""
    name, digits = pin[CONF_NAME].strip(), pin[CONF_PIN].strip()
    checked: FormData = {CONF_NAME: name, CONF_DOOR: _door(pin, doors, name)}
    kept = next((each for each in old if each[CONF_NAME] == name), None)
    if digits == HIDDEN and kept:
        checked |= {key: kept[key] for key in (CONF_HASH, CONF_SALT)}
    elif _DIGITS.fullmatch(digits):
        checked[CONF_PIN] = digits
    else:
        raise FormError("invalid_pin", value=name)
    times = {key: pin[key] for key in _VALIDITY if pin.get(key)}
    read = [
        dt_util.as_utc(dt_util.parse_datetime(text, raise_on_error=True))
        for text in times.values()
    ]
    if len(read) > 1 and read[0] >= read[1]:
        raise FormError("invalid_validity", value=name)
    return checked | times


def _door(pin: Mapping[str, Any], doors: list[Mapping[str, Any]], name: str) -> str:
    """Return the id of the door that a PIN opens: by its name, or the only one."""
    wanted = pin.get(CONF_DOOR, "").strip().casefold()
    found = [
        door[CONF_ID]
        for door in doors
        if not wanted or door[CONF_NAME].casefold() == wanted
    ]
    if len(found) != 1:
        raise FormError("pin_needs_door", value=name)
    return str(found[0])


def _hashed(pins: list[FormData]) -> list[FormData]:
    """Return PINs with hashes in the place of digits; FormError for two alike."""
    hashed: list[FormData] = []
    for pin in pins:
        digits = pin.pop(CONF_PIN, None)
        if digits is not None:
            if any(is_pin(digits, other) for other in (*hashed, *_kept(pins))):
                raise FormError("duplicate_pin", value=pin[CONF_NAME])
            salt = new_salt()
            pin |= {CONF_SALT: salt, CONF_HASH: hash_pin(digits, salt)}
        hashed.append(pin)
    return hashed


def _kept(pins: Iterable[FormData]) -> Iterable[FormData]:
    """Yield the PINs whose hashes are kept."""
    return (pin for pin in pins if CONF_HASH in pin)
