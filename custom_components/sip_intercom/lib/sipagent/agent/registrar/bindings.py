"""What devices have registered, as long as it lasts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from ...protocol.bindings import Binding
from ...protocol.sip_uri import parse_or_none
from ..addresses import parse_address
from ..limits import Clock
from ..phone import Target
from ..request import Hop, Request

MAX_BINDINGS: Final = 8  # of a device; the one that ends first gives way
_DEFAULT_PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}

type Wall = Callable[[], float]
"""Seconds of Unix time."""


@dataclass(kw_only=True, slots=True)
class Bound:
    """A binding, until when it lasts, and the connection that it came over."""

    binding: Binding
    until: float
    connection: int = 0

    @property
    def target(self) -> Target:
        """Return how it is called: only ever where its REGISTER came from."""
        binding = self.binding
        return Target(
            uri=binding.contact,
            hop=Hop(
                transport=binding.transport,
                address=binding.address,
                port=binding.port if self.connection else _port(binding),
                connection=self.connection,
                path=binding.path,
            ),
        )


class Bindings:
    """The bindings of each device, those of an agent before this one included."""

    def __init__(self, clock: Clock, wall: Wall) -> None:
        """Start without any."""
        self._clock = clock
        self._wall = wall
        self._bound: dict[str, list[Bound]] = {}

    def of(self, device: str) -> list[Bound]:
        """Return what lasts of a device, the most wanted first."""
        now = self._clock()
        bound = [each for each in self._bound.get(device, ()) if each.until > now]
        return sorted(bound, key=lambda each: -each.binding.q)

    def put(self, device: str, bound: Iterable[Bound]) -> None:
        """Take what a device has from now on."""
        newest_first = sorted(bound, key=lambda each: -each.until)
        self._bound[device] = newest_first[:MAX_BINDINGS]
        if not newest_first:
            del self._bound[device]

    def bind(self, binding: Binding, seconds: float, connection: int) -> Bound:
        """Return a binding that lasts so long from now on."""
        return Bound(
            binding=replace(binding, expires_at=self._wall() + seconds),
            until=self._clock() + seconds,
            connection=connection,
        )

    def rest(self, bound: Bound) -> int:
        """Return how many seconds a binding lasts."""
        return max(1, round(bound.until - self._clock()))

    def restore(self, bindings: Iterable[Binding]) -> set[str]:
        """Take over what an earlier agent told; returns whose bindings those are."""
        changed = set()
        for binding in bindings:
            rest = binding.expires_at - self._wall()
            known = self.of(binding.device)
            if rest <= 0 or any(same_place(each.binding, binding) for each in known):
                continue
            self.put(binding.device, [*known, self.bind(binding, rest, 0)])
            changed.add(binding.device)
        return changed

    def values(self, device: str) -> tuple[Binding, ...]:
        """Return the bindings of a device as they are told."""
        now, wall = self._clock(), self._wall()
        return tuple(
            replace(each.binding, expires_at=round(wall + each.until - now, 1))
            for each in self.of(device)
        )

    @property
    def devices(self) -> tuple[str, ...]:
        """Return who has bindings."""
        return tuple(self._bound)

    @property
    def connections(self) -> set[int]:
        """Return the connections that bindings depend on."""
        return {each.connection for each in self._all()} - {0}

    def expire(self) -> set[str]:
        """Forget what has ended; returns whose bindings those were."""
        now = self._clock()
        changed = {
            device
            for device, bound in self._bound.items()
            if any(each.until <= now for each in bound)
        }
        for device in changed:
            self.put(device, self.of(device))
        return changed

    def lose(self, connection: int) -> None:
        """Take that a connection is gone: its bindings are called anew."""
        for each in self._all():
            if each.connection == connection:
                each.connection = 0

    def owners(self, connection: int) -> list[str]:
        """Return whose bindings came over a connection, straight from the device."""
        owners = {
            each.binding.device
            for each in self._all()
            if connection and each.connection == connection
        }
        proxied = any(
            each.binding.path for each in self._all() if each.connection == connection
        )
        return [] if proxied else sorted(owners)

    def is_at(self, request: Request) -> bool:
        """Tell whether a request comes from where a device is registered."""
        address = parse_address(request.remote_address)
        return any(
            each.connection == request.connection
            if each.connection
            else parse_address(each.binding.address) == address
            for each in self._all()
        )

    def _all(self) -> list[Bound]:
        """Return every binding."""
        return [each for bound in self._bound.values() for each in bound]


def same_place(one: Binding, other: Binding) -> bool:
    """Tell whether two bindings are of one contact."""
    instance = (one.instance, one.reg_id)
    return one.contact == other.contact or (
        bool(one.instance) and instance == (other.instance, other.reg_id)
    )


def _port(binding: Binding) -> int:
    """Return the port of the contact where it is at the very source, else the source's.

    A contact behind a router names an address that only the router knows.
    """
    named = binding.path[0].strip("<>") if binding.path else binding.contact
    uri = parse_or_none(named) or parse_or_none(named.partition(";")[0])
    if uri is None or parse_address(uri.host) != parse_address(binding.address):
        return binding.port
    return uri.port or _DEFAULT_PORTS[binding.transport]
