"""The doors of devices as they are configured."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_CODE, CONF_ID, CONF_METHOD, CONF_NAME

from .const import (
    CONF_DOORS,
    CONF_EARLY_MEDIA,
    CONF_LOCK,
    CONF_OPEN_TIME,
    CONF_TERMINATOR,
    CONF_TONE_GAP,
    CONF_TONE_LENGTH,
    DEFAULT_OPEN_TIME,
)
from .lib.sipagent.protocol.doors import DoorConfig
from .lib.sipagent.protocol.tones import (
    DEFAULT_TONE_GAP,
    DEFAULT_TONE_LENGTH,
    ToneMethod,
    ToneStyle,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """A door of a device as it is configured; `open_time` in seconds."""

    id: str
    name: str
    code: str
    terminator: str
    style: ToneStyle
    early_media: bool
    lock: bool
    open_time: int

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return a door of a subentry's data."""
        return cls(
            id=data[CONF_ID],
            name=data[CONF_NAME],
            code=data[CONF_CODE],
            terminator=data.get(CONF_TERMINATOR, ""),
            style=ToneStyle(
                method=ToneMethod(data.get(CONF_METHOD, ToneMethod.RTP)),
                length=int(data.get(CONF_TONE_LENGTH, DEFAULT_TONE_LENGTH)),
                gap=int(data.get(CONF_TONE_GAP, DEFAULT_TONE_GAP)),
            ),
            early_media=data.get(CONF_EARLY_MEDIA, False),
            lock=data.get(CONF_LOCK, False),
            open_time=int(data.get(CONF_OPEN_TIME, DEFAULT_OPEN_TIME)),
        )

    def config(self) -> DoorConfig:
        """Return what the agent knows of it."""
        return DoorConfig(
            id=self.id,
            code=self.code + self.terminator,
            style=self.style,
            early_media=self.early_media,
        )


def doors_of(subentry: ConfigSubentry) -> Iterable[Door]:
    """Return the doors of a device."""
    return map(Door.from_data, subentry.data.get(CONF_DOORS, ()))
