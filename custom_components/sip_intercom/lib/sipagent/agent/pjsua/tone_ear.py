"""Tones of a peer, each heard once, however it sends them."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import re
from typing import Final

_EVENTS: Final = "0123456789*#ABCD"
"""Tones by their number in RFC 4733 section 3.2."""
_SIGNAL: Final = re.compile(
    r"^[ \t]*Signal[ \t]*=[ \t]*([0-9*#A-D]{1,2})[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_BODY: Final = re.compile(r"[ \t\r\n]*([0-9*#A-D]{1,2})[ \t\r\n]*", re.IGNORECASE)
_KIND: Final = re.compile(
    r"^(?:Content-Type|c)[ \t]*:[ \t]*([\w./+-]+)", re.IGNORECASE | re.MULTILINE
)
_EVENT_LENGTH: Final = 4  # bytes of a telephone-event payload
_REMEMBERED: Final = 8
_MARGIN: Final = 20  # ms that a packet may say to be later than its event's end
PAIRED_WITHIN: Final = 2.0
"""Seconds within which the same tone by another method is the same press."""


class Source(StrEnum):
    """How a tone came."""

    RTP = "rtp"
    INFO = "info"


@dataclass(kw_only=True, slots=True)
class _Event:
    """An RFC 4733 event: when it began and was last heard of, in milliseconds."""

    tone: str
    begin: int
    end: int

    def holds(self, tone: str, timestamp: int) -> bool:
        """Tell whether a packet is of this event.

        Its timestamp ought to be that of the beginning; some phones count it up.
        """
        return tone == self.tone and self.begin <= timestamp <= self.end + _MARGIN


@dataclass(kw_only=True, slots=True)
class ToneEar:
    """Tells new tones from repetitions."""

    _events: deque[_Event] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _alone: dict[Source, deque[tuple[str, float]]] = field(
        default_factory=lambda: {source: deque(maxlen=64) for source in Source}
    )

    def hear_rtp(
        self, digit: str, timestamp: int, duration: int, now: float
    ) -> str | None:
        """Return the tone of an RTP event that is new; times are in milliseconds."""
        tone = digit.upper()
        if tone not in _EVENTS:
            return None
        for event in self._events:
            if event.holds(tone, timestamp):
                event.end = max(event.end, timestamp + duration)
                return None
        end = timestamp + duration
        self._events.append(_Event(tone=tone, begin=timestamp, end=end))
        return self._once(Source.RTP, tone, now)

    def hear_info(self, message: str, now: float) -> str | None:
        """Return the tone of an INFO, which PJSIP tells of once."""
        tone = tone_of_info(message)
        return None if tone is None else self._once(Source.INFO, tone, now)

    def _once(self, source: Source, tone: str, now: float) -> str | None:
        """Return a tone unless it has come by another method already."""
        for other, alone in self._alone.items():
            while alone and now - alone[0][1] > PAIRED_WITHIN:
                alone.popleft()
            twin = next((each for each in alone if each[0] == tone), None)
            if other is not source and twin:
                alone.remove(twin)
                return None
        self._alone[source].append((tone, now))
        return tone


def tone_of_info(message: str) -> str | None:
    """Return the tone that an INFO carries, None for anything else.

    Phones send `application/dtmf-relay` (`Signal=5`), `application/dtmf` (`5`) and
    `application/telephone-event` (either, or the payload of RFC 4733). `10` and `11`
    are the events of `*` and `#`.
    """
    head, _, body = message.partition("\r\n\r\n")
    kind = _KIND.search(head)
    if kind is None:
        return None
    match kind[1].lower():
        case "application/dtmf-relay":
            return _signal(body)
        case "application/dtmf":
            return _signal(body) or _digit(body)
        case "application/telephone-event":
            return _signal(body) or _digit(body) or _payload(body)
        case _:
            return None


def _signal(body: str) -> str | None:
    """Return the tone in a `Signal=` line."""
    found = _SIGNAL.search(body.replace("\r", "\n"))
    return _named(found[1]) if found else None


def _digit(body: str) -> str | None:
    """Return the tone that a body consists of."""
    found = _BODY.fullmatch(body)
    return _named(found[1]) if found else None


def _payload(body: str) -> str | None:
    """Return the tone of an RFC 4733 payload, whose first byte is its event."""
    if len(body) != _EVENT_LENGTH or ord(body[0]) >= len(_EVENTS):
        return None
    return _EVENTS[ord(body[0])]


def _named(text: str) -> str | None:
    """Return the tone of a digit or an event's number."""
    tone = text.upper()
    return _NUMBERED.get(tone) or (tone if tone in _SINGLE else None)


_SINGLE: Final = frozenset(_EVENTS)
_NUMBERED: Final[Mapping[str, str]] = {
    str(number): _EVENTS[number] for number in range(10, len(_EVENTS))
}
