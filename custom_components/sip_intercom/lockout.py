"""How long PINs are refused after wrong ones, for a caller and for everybody."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

TRIES: Final = 3
"""Wrong PINs of one caller before it has to wait."""
TOTAL_TRIES: Final = 10
"""Wrong PINs of all callers before everybody has to wait."""
FIRST_LOCK: Final = 60.0  # seconds
LONGEST_LOCK: Final = 24 * 3600.0  # seconds
FORGIVEN_AFTER: Final = 7 * 24 * 3600.0  # seconds without a wrong PIN
MAX_CALLERS: Final = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Failures:
    """Wrong PINs in a row: how many, the last one, and until when it is locked."""

    count: int = 0
    last: float = 0.0
    until: float = 0.0

    def after(self, now: float, tries: int) -> Self:
        """Return one more; from the last try on, each doubles the time."""
        count = self.count + 1 if now - self.last < FORGIVEN_AFTER else 1
        until = self.until
        if count >= tries:
            lock = FIRST_LOCK * 2.0 ** min(count - tries, 32)
            until = now + min(lock, LONGEST_LOCK)
        return type(self)(count=count, last=now, until=until)


class Lockout:
    """Counts wrong PINs by caller and in total; times are in seconds since 1970."""

    def __init__(self) -> None:
        """Start without failures."""
        self._callers: dict[str, Failures] = {}
        self._total = Failures()

    def is_locked(self, caller: str, now: float) -> bool:
        """Tell whether a caller's PINs are not even looked at."""
        own = self._callers.get(caller, Failures())
        return now < max(own.until, self._total.until)

    def fail(self, caller: str, now: float) -> None:
        """Count a wrong PIN."""
        own = self._callers.pop(caller, Failures())
        self._callers[caller] = own.after(now, TRIES)
        self._total = self._total.after(now, TOTAL_TRIES)
        while len(self._callers) > MAX_CALLERS:
            del self._callers[next(iter(self._callers))]

    def succeed(self, caller: str) -> None:
        """Forgive a caller; an attacker's failures still count for everybody."""
        self._callers.pop(caller, None)

    def as_dict(self) -> dict[str, Any]:
        """Return what outlives a restart."""
        callers = {caller: asdict(each) for caller, each in self._callers.items()}
        return {"total": asdict(self._total), "callers": callers}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return what was kept, as far as it can be read."""
        lockout = cls()
        try:
            lockout._total = Failures(**stored["total"])
            lockout._callers = {
                caller: Failures(**each) for caller, each in stored["callers"].items()
            }
        except KeyError, TypeError, AttributeError:
            return cls()
        return lockout
