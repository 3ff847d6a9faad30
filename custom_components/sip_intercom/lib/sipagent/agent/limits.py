"""Limits that keep a flood from costing memory or answers."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

type Clock = Callable[[], float]


class BoundedDict[K, V](OrderedDict[K, V]):
    """A dict that forgets what was touched longest ago."""

    def __init__(self, size: int) -> None:
        """Create it for this many keys."""
        super().__init__()
        self._size = size

    def put(self, key: K, value: V) -> None:
        """Keep a value as the newest."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._size:
            self.popitem(last=False)

    def touch(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key, made if it is new, as the newest."""
        value = self[key] if key in self else make()
        self.put(key, value)
        return value


@dataclass(slots=True)
class TokenBucket:
    """Allow `rate` actions a second and `burst` at once."""

    rate: float
    burst: float
    tokens: float
    filled: float

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class RateLimit:
    """Allow each source, and all of them together, so many actions a second."""

    def __init__(
        self,
        clock: Clock,
        *,
        rate: float,
        total_rate: float,
        burst: float = 1,
        total_burst: float | None = None,
        sources: int = 1024,
    ) -> None:
        """Create the buckets; a burst is what may happen at once."""
        self._clock = clock
        self._rate = rate
        self._burst = burst
        whole = total_burst or total_rate
        self._total = TokenBucket(total_rate, whole, whole, clock())
        self._buckets: BoundedDict[str, TokenBucket] = BoundedDict(sources)

    def allow(self, source: str) -> bool:
        """Tell whether this source may act now, and count it if so."""
        now = self._clock()
        bucket = self._buckets.touch(
            source, lambda: TokenBucket(self._rate, self._burst, self._burst, now)
        )
        return bucket.take(now) and self._total.take(now)
