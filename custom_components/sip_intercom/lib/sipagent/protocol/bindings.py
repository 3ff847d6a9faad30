"""Bindings of registered devices, and who guesses at their passwords."""

from collections.abc import Iterable
from dataclasses import dataclass

from .config import Transport


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """A contact that a device has registered (RFC 3261 section 10.3).

    `expires_at` is in seconds of Unix time. `address` and `port` are where the
    REGISTER came from, `path` the proxies that it came through (RFC 3327).
    `instance` and `reg_id` are those of RFC 5626, empty and 0 without them.
    """

    device: str
    contact: str
    expires_at: float
    transport: Transport
    address: str
    port: int
    call_id: str
    cseq: int
    q: float = 1.0
    path: tuple[str, ...] = ()
    instance: str = ""
    reg_id: int = 0
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guesser:
    """A source that has shown wrong credentials for a user.

    `username` is as it was sent, cleaned, and `known` tells whether it is a
    device's. `locked` is for how many seconds nothing more is looked at.
    """

    source: str
    username: str
    known: bool
    attempts: int
    locked: float


def by_device(bindings: Iterable[Binding]) -> dict[str, tuple[Binding, ...]]:
    """Return bindings by their devices."""
    found: dict[str, tuple[Binding, ...]] = {}
    for binding in bindings:
        found[binding.device] = (*found.get(binding.device, ()), binding)
    return found
