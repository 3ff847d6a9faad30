"""Nonces: each for one address, for an hour, and no response to one counts twice."""

from dataclasses import dataclass
from typing import Final

from ..chance import random_token
from ..limits import BoundedDict, Clock
from ..request import Credentials

LIFE: Final = 3600.0  # seconds, so that a refresh needs no new challenge
MAX_FRESH: Final = 4096  # nonces that nobody has used; a flood ends only those
MAX_USED: Final = 1024
_SIZE: Final = 16  # bytes


@dataclass(kw_only=True, slots=True)
class Nonce:
    """A nonce, for whom it was made, and the last count that was used with it.

    `spent` is one that was used without a count (RFC 7616 section 3.4).
    """

    source: str
    issued: float
    count: int = 0
    spent: bool = False


class Nonces:
    """Makes nonces, and tells whether a response to one may count."""

    def __init__(self, clock: Clock) -> None:
        """Start without any: those of a process before this one are stale."""
        self._clock = clock
        self._fresh: BoundedDict[str, Nonce] = BoundedDict(MAX_FRESH)
        self._used: BoundedDict[str, Nonce] = BoundedDict(MAX_USED)

    def issue(self, source: str) -> str:
        """Return a new nonce for an address."""
        text = random_token(_SIZE)
        self._fresh.put(text, Nonce(source=source, issued=self._clock()))
        return text

    def is_usable(self, shown: Credentials, source: str) -> bool:
        """Tell whether a response from there may still count."""
        nonce = self._used.get(shown.nonce) or self._fresh.get(shown.nonce)
        if nonce is None or nonce.source != source or nonce.spent:
            return False
        if self._clock() - nonce.issued > LIFE:
            return False
        return shown.nc > nonce.count if shown.qop else not nonce.count

    def use(self, shown: Credentials) -> None:
        """Take that a response to a usable nonce was right."""
        nonce = self._fresh.pop(shown.nonce, None) or self._used[shown.nonce]
        nonce.count = shown.nc
        nonce.spent = not shown.qop
        self._used.put(shown.nonce, nonce)
