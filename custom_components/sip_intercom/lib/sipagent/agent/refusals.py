"""Strangers: their requests counted, and told about at a bearable pace."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ..protocol.messages import CallerRefused, RequestsRefused
from ..protocol.sip_uri import parse_or_none
from .limits import BoundedDict, Clock, RateLimit
from .request import Request
from .texts import clean

EVENT_RATE: Final = 1.0  # events a second and source
EVENTS_RATE: Final = 5.0  # events a second in all
TOTAL_INTERVAL: Final = 10.0  # seconds between totals without a caller
MAX_SOURCES: Final = 256
MAX_REQUESTS: Final = 32  # remembered of each source


@dataclass(kw_only=True, slots=True)
class Stranger:
    """A source of refused requests, with what its latest one showed."""

    requests: BoundedDict[int, None] = field(
        default_factory=lambda: BoundedDict(MAX_REQUESTS)
    )
    attempts: int = 0
    untold: bool = False
    latest: Request


class Refusals:
    """What was refused since the agent started."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing refused."""
        self.total = 0
        self._told = 0
        self._clock = clock
        self._next_total = clock()
        self._strangers: BoundedDict[str, Stranger] = BoundedDict(MAX_SOURCES)
        self._pace = RateLimit(
            clock, rate=EVENT_RATE, total_rate=EVENTS_RATE, sources=MAX_SOURCES
        )

    def record(self, request: Request) -> None:
        """Count a refused request once; an INVITE is an attempt of its source."""
        stranger = self._strangers.touch(
            request.remote_address, lambda: Stranger(latest=request)
        )
        if (identity := _identity(request)) in stranger.requests:
            return
        stranger.requests.put(identity, None)
        self.total += 1
        if request.method == "INVITE":
            stranger.attempts += 1
            stranger.latest = request
            stranger.untold = True

    def events(self) -> Iterator[CallerRefused | RequestsRefused]:
        """Yield the events that are due."""
        for source, stranger in self._strangers.items():
            if stranger.untold and self._pace.allow(source):
                stranger.untold = False
                self._told = self.total
                yield self._event(source, stranger)
        if self._told != self.total and self._clock() >= self._next_total:
            self._next_total = self._clock() + TOTAL_INTERVAL
            self._told = self.total
            yield RequestsRefused(total=self.total)

    def _event(self, source: str, stranger: Stranger) -> CallerRefused:
        """Return a stranger's latest attempt, cleaned for people to read."""
        request = stranger.latest
        return CallerRefused(
            source=clean(source),
            transport=request.transport,
            caller=_user(request.from_uri),
            caller_name=clean(request.from_name),
            called=_user(request.uri),
            user_agent=clean(request.user_agent),
            attempts=stranger.attempts,
            total=self.total,
        )


def _identity(request: Request) -> int:
    """Return what the repetitions of a request share, an INVITE's with credentials."""
    cseq = 0 if request.method == "INVITE" else request.cseq
    return hash((request.method, request.call_id, cseq))


def _user(uri: str) -> str:
    """Return the user of a stranger's URI."""
    parsed = parse_or_none(uri)
    return clean(parsed.user) if parsed else ""
