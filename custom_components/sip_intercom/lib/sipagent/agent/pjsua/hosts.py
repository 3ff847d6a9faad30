"""The addresses of names, as far as they are known."""

import socket

from ...protocol.config import HostConfig
from ...protocol.sip_uri import is_numeric_address
from ..addresses import parse_endpoint

_DISCARD_PORT = 9


class Hosts:
    """Remembers the addresses that the gate resolves names with."""

    def __init__(self) -> None:
        """Start without names."""
        self._addresses: dict[str, tuple[str, ...]] = {}
        self.bind_address = ""

    def put(self, host: HostConfig) -> None:
        """Take the addresses of a name."""
        self._addresses[host.name] = host.addresses

    def remove(self, name: str) -> None:
        """Forget a name."""
        self._addresses.pop(name, None)

    def first(self, name: str) -> str:
        """Return what is tried first for a name, with its port if it has one."""
        return next(iter(self._addresses.get(name, ())), "")

    def has_more(self, name: str) -> bool:
        """Tell whether there is another address to try."""
        return len(self._addresses.get(name, ())) > 1

    def demote(self, name: str, failed: str) -> tuple[str, ...]:
        """Move what failed to the end; returns the new order if that changed it."""
        if not self.has_more(name) or self.first(name) != failed:
            return ()
        addresses = self._addresses[name] = (*self._addresses[name][1:], failed)
        return addresses

    def first_address(self, host: str) -> str:
        """Return the best address of a host; empty if it is unknown."""
        if is_numeric_address(host):
            return host
        for entry in self._addresses.get(host, ()):
            if address := parse_endpoint(entry):
                return str(address)
        return ""

    def is_ipv6(self, host: str) -> bool:
        """Tell whether a host is reached by IPv6."""
        return ":" in self.first_address(host)

    def local_address(self, host: str) -> str:
        """Return our own address on the way to a host; empty if there is no way."""
        address = self.first_address(host)
        if not address:
            return ""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                if self.bind_address and (":" in self.bind_address) == (":" in address):
                    probe.bind((self.bind_address, 0))
                probe.connect((address, _DISCARD_PORT))
                return str(probe.getsockname()[0])
        except OSError:
            return ""
