"""Check the doors of a device."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import CONF_CODE, CONF_METHOD, CONF_NAME

from ..const import (
    CONF_EARLY_MEDIA,
    CONF_LOCK,
    CONF_OPEN_TIME,
    CONF_TERMINATOR,
    CONF_TONE_GAP,
    CONF_TONE_LENGTH,
    DEFAULT_OPEN_TIME,
)
from ..lib.sipagent.protocol.errors import InvalidTonesError
from ..lib.sipagent.protocol.tones import (
    DEFAULT_TONE_GAP,
    DEFAULT_TONE_LENGTH,
    ToneMethod,
    ToneStyle,
    checked_tones,
)
from .forms import FormData, FormError
from .lists import with_ids

MAX_DOORS: Final = 16


def checked_doors(
    typed: Iterable[Mapping[str, Any]], old: Iterable[Mapping[str, Any]]
) -> list[FormData]:
    """Return the doors in their one form, or raise FormError.

    Their ids outlive a new name or a new code.
    """
    doors = [_checked(door) for door in typed]
    if len(doors) > MAX_DOORS:
        raise FormError("too_many_doors", maximum=str(MAX_DOORS))
    if len({door[CONF_NAME].casefold() for door in doors}) < len(doors):
        raise FormError("duplicate_door")
    return with_ids(doors, old, (CONF_NAME, CONF_CODE))


def _checked(door: Mapping[str, Any]) -> FormData:
    """Return one door; FormError names it."""
    name = door[CONF_NAME].strip()
    if not name:
        raise FormError("door_needs_name")
    method = ToneMethod(door.get(CONF_METHOD, ToneMethod.RTP))
    style = ToneStyle(
        method=method,
        length=int(door.get(CONF_TONE_LENGTH, DEFAULT_TONE_LENGTH)),
        gap=int(door.get(CONF_TONE_GAP, DEFAULT_TONE_GAP)),
    )
    terminator = door.get(CONF_TERMINATOR, "").strip()
    try:
        whole = checked_tones(door[CONF_CODE].strip() + terminator, style)
    except InvalidTonesError as err:
        raise FormError("invalid_code", value=name) from err
    return {
        CONF_NAME: name,
        CONF_CODE: whole[: len(whole) - len(terminator)],
        CONF_TERMINATOR: whole[len(whole) - len(terminator) :],
        CONF_METHOD: method.value,
        CONF_TONE_LENGTH: style.length,
        CONF_TONE_GAP: style.gap,
        CONF_EARLY_MEDIA: bool(door.get(CONF_EARLY_MEDIA, False)),
        CONF_LOCK: bool(door.get(CONF_LOCK, False)),
        CONF_OPEN_TIME: int(door.get(CONF_OPEN_TIME, DEFAULT_OPEN_TIME)),
    }
