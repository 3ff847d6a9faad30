"""Wrong passwords: who shows them waits, longer each time, and nobody else does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ...protocol.bindings import Guesser
from ...protocol.messages import CredentialsRefused
from ..limits import BoundedDict, Clock, RateLimit
from ..request import Request
from ..texts import clean

FREE: Final = 3  # wrong passwords of a user from a source before it waits
FREE_OF_SOURCE: Final = 10  # wrong passwords of all users from a source
LONGEST: Final = 300.0  # seconds; who has mended a station's password waits no longer
FORGOTTEN: Final = 24 * 3600.0  # seconds without another wrong password
MAX_PAIRS: Final = 512
EVENT_RATE: Final = 1.0  # events a second and source
EVENTS_RATE: Final = 5.0  # events a second in all
_MANY: Final = 10  # wrong passwords of a user that make everyone wait twice as long
_MAX_DOUBLINGS: Final = 16


@dataclass(kw_only=True, slots=True)
class Attempts:
    """Wrong passwords, until when nothing more is looked at, and the latest."""

    count: int = 0
    until: float = 0.0
    latest: float = 0.0

    def fail(self, now: float, free: int, extra: int = 0) -> None:
        """Count one; past the free ones each makes the wait twice as long."""
        if now - self.latest > FORGOTTEN:
            self.count = 0
        self.count += 1
        self.latest = now
        if self.count > free:
            doublings = min(self.count - free + extra, _MAX_DOUBLINGS)
            self.until = now + min(LONGEST, 2.0**doublings)


@dataclass(kw_only=True, slots=True)
class Pair(Attempts):
    """A user that a source has shown wrong passwords for."""

    known: bool
    request: Request
    untold: bool = True


@dataclass(kw_only=True, slots=True)
class Source(Attempts):
    """A source of wrong passwords, and the users that have been right from there."""

    users: BoundedDict[str, None] = field(default_factory=lambda: BoundedDict(64))


class Guessing:
    """What was guessed since the agent started.

    What others do to a user only lengthens the wait of who has failed itself:
    a source that has not always has its first try looked at.
    """

    def __init__(self, clock: Clock) -> None:
        """Start with nothing guessed."""
        self._clock = clock
        self._pairs: BoundedDict[tuple[str, str], Pair] = BoundedDict(MAX_PAIRS)
        self._sources: BoundedDict[str, Source] = BoundedDict(MAX_PAIRS)
        self._users: BoundedDict[str, int] = BoundedDict(MAX_PAIRS)
        self._pace = RateLimit(clock, rate=EVENT_RATE, total_rate=EVENTS_RATE)

    def is_locked(self, source: str, user: str) -> bool:
        """Tell whether nothing that a source says of a user is looked at now."""
        now = self._clock()
        pair = self._pairs.get((source, user))
        if pair and pair.until > now:
            return True
        whole = self._sources.get(source)
        return whole is not None and whole.until > now and user not in whole.users

    def wrong(self, source: str, user: str, *, known: bool, request: Request) -> None:
        """Count a wrong password, once however often its request is repeated."""
        now = self._clock()
        known_pair = self._pairs.get((source, user))
        if known_pair and _same(known_pair.request, request):
            return
        pair = self._pairs.touch(
            (source, user), lambda: Pair(known=known, request=request)
        )
        pair.known, pair.request, pair.untold = known, request, True
        self._users.put(user, total := self._users.get(user, 0) + 1)
        pair.fail(now, FREE, extra=(total - pair.count) // _MANY)
        self._sources.touch(source, Source).fail(now, FREE_OF_SOURCE)

    def right(self, source: str, user: str) -> None:
        """Take that a user is who it says it is, at a source."""
        self._pairs.pop((source, user), None)
        self._sources.touch(source, Source).users.put(user, None)

    def forgive(self, user: str) -> None:
        """Forget the attempts at a user whose password is another one now."""
        self._users.pop(user, None)
        for key in [key for key in self._pairs if key[1] == user]:
            del self._pairs[key]

    def guessers(self) -> tuple[Guesser, ...]:
        """Return who has guessed, the latest last."""
        return tuple(
            self._guesser(source, user, pair)
            for (source, user), pair in self._pairs.items()
        )

    def events(self) -> Iterator[CredentialsRefused]:
        """Yield the events that are due."""
        for (source, user), pair in self._pairs.items():
            if pair.untold and self._pace.allow(source):
                pair.untold = False
                yield CredentialsRefused(
                    guesser=self._guesser(source, user, pair),
                    transport=pair.request.transport,
                    user_agent=clean(pair.request.user_agent),
                )

    def _guesser(self, source: str, user: str, pair: Pair) -> Guesser:
        """Return a pair as it is told."""
        return Guesser(
            source=clean(source),
            username=clean(user),
            known=pair.known,
            attempts=pair.count,
            locked=round(max(0.0, pair.until - self._clock()), 1),
        )


def _same(one: Request, other: Request) -> bool:
    """Tell whether a request is the repetition of another."""
    return (one.call_id, one.cseq) == (other.call_id, other.cseq)
