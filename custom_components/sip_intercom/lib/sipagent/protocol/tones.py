"""Tones (DTMF digits) and how they are sent."""

from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

from .errors import InvalidTonesError

PAUSE: Final = ","
PAUSE_LENGTH: Final = 0.5  # seconds
MAX_TONES: Final = 64
DEFAULT_TONE_LENGTH: Final = 200  # milliseconds
DEFAULT_TONE_GAP: Final = 100  # milliseconds
SHORTEST_TONE: Final = 40  # milliseconds, as ITU-T Q.24 wants them recognised
LONGEST_TONE: Final = 2000  # milliseconds
_TONES: Final = re.compile(r"[0-9*#A-D,]{1,64}")


class ToneMethod(StrEnum):
    """How tones are sent.

    `rtp` is RFC 4733, `info_relay` INFO with application/dtmf-relay, `info` INFO with
    application/dtmf, `in_band` is sound, and `message` a MESSAGE (RFC 3428) with all
    of the text at once.
    """

    RTP = "rtp"
    INFO_RELAY = "info_relay"
    INFO = "info"
    IN_BAND = "in_band"
    MESSAGE = "message"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToneStyle:
    """How tones are sent; length and gap are in milliseconds."""

    method: ToneMethod = ToneMethod.RTP
    length: int = DEFAULT_TONE_LENGTH
    gap: int = DEFAULT_TONE_GAP

    def __post_init__(self) -> None:
        """Refuse what no station recognises, or what would never end; ValueError."""
        for value in (self.length, self.gap):
            if not SHORTEST_TONE <= value <= LONGEST_TONE:
                raise ValueError("a tone and its gap last 40 to 2000 ms each")


RFC_4733: Final = ToneStyle()
"""How tones are sent unless somebody wants it otherwise."""


def checked_tones(text: str, style: ToneStyle) -> str:
    """Return tones in their one form; InvalidTonesError.

    A MESSAGE may hold any text of one line.
    """
    if style.method is ToneMethod.MESSAGE:
        if not 0 < len(text) <= MAX_TONES or not text.isprintable():
            raise InvalidTonesError("a message is one line of up to 64 characters")
        return text
    tones = text.upper()
    if not _TONES.fullmatch(tones):
        raise InvalidTonesError("tones are 1 to 64 of 0-9, *, #, A-D and comma")
    return tones


def sending_time(tones: str, style: ToneStyle) -> float:
    """Return about how many seconds it takes to send tones."""
    pauses = tones.count(PAUSE)
    each = (style.length + style.gap) / 1000
    return pauses * PAUSE_LENGTH + (len(tones) - pauses) * each
