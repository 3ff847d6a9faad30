"""Notices that the machine's addresses changed."""

from collections.abc import Callable
import socket
import struct
from typing import Final

from .limits import Clock

CHECK_INTERVAL: Final = 2.0  # seconds; a change is acted on at the second check

_GET_ADDRESS: Final = 0x8915  # SIOCGIFADDR
_IPV6_ADDRESSES: Final = "/proc/net/if_inet6"
_GLOBAL_SCOPE: Final = "00"
_TEMPORARY_OR_UNREADY: Final = 0x01 | 0x20 | 0x40
_PROBES: Final = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)


class NetworkWatch:
    """Compares the local addresses every other second."""

    def __init__(
        self, clock: Clock, addresses: Callable[[], frozenset[str]] | None = None
    ) -> None:
        """Take the present addresses as known."""
        self._clock = clock
        self._addresses = addresses or local_addresses
        self._known = self._last = self._addresses()
        self._next_check = clock() + CHECK_INTERVAL

    def changed(self) -> bool:
        """Tell once that the addresses changed and have settled."""
        now = self._clock()
        if now < self._next_check:
            return False
        self._next_check = now + CHECK_INTERVAL
        seen, self._last = self._last, self._addresses()
        if self._last != seen or not self._last or self._last == self._known:
            return False
        self._known = self._last
        return True


def local_addresses() -> frozenset[str]:
    """Return the machine's addresses and those that routes would choose."""
    return frozenset({*_ipv4_addresses(), *_ipv6_addresses(), *_preferred_addresses()})


def _ipv4_addresses() -> set[str]:
    """Return the first IPv4 address of every interface but loopback."""
    try:
        from fcntl import ioctl  # noqa: PLC0415 - not on every platform
    except ImportError:
        return set()
    found: set[str] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer: bytes = ioctl(sock, _GET_ADDRESS, request)
            except OSError:
                continue
            found.add(socket.inet_ntoa(answer[20:24]))
    return {address for address in found if not address.startswith("127.")}


def _ipv6_addresses() -> set[str]:
    """Return the lasting global IPv6 addresses."""
    try:
        with open(_IPV6_ADDRESSES) as table:
            rows = [line.split() for line in table]
    except OSError:
        return set()
    return {
        address
        for address, _, _, scope, flags, *_ in rows
        if scope == _GLOBAL_SCOPE and not int(flags, 16) & _TEMPORARY_OR_UNREADY
    }


def _preferred_addresses() -> set[str]:
    """Return the source addresses of the default routes; nothing is sent."""
    found: set[str] = set()
    for family, destination in _PROBES:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((destination, 9))
                found.add(sock.getsockname()[0])
        except OSError:
            continue
    return found
