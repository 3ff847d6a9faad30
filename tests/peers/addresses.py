"""Loopback addresses and free ports, so that no two tests meet."""

from dataclasses import dataclass
import errno
import itertools
import json
import os
import socket
import subprocess

from .programs import find_program

LOOPBACK4 = "127.0.0.1"
LOOPBACK6 = "::1"
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """A numeric address and a port."""

    address: str
    port: int

    @property
    def host(self) -> str:
        """Return the address as it is written in a URI."""
        return f"[{self.address}]" if ":" in self.address else self.address

    def __str__(self) -> str:
        """Return address and port as they are written in a URI."""
        return f"{self.host}:{self.port}"


def new_address() -> str:
    """Return an IPv4 loopback address that nothing else in this run uses.

    The process id keeps parallel test runs on one machine apart.
    """
    number = next(_numbers)
    return f"127.{64 + os.getpid() % 128}.{1 + number // 250}.{1 + number % 250}"


def free_port(address: str, *, span: int = 1) -> int:
    """Return the first of `span` ports that are free for both UDP and TCP."""
    for _ in range(100):
        port = _any_port(address)
        if all(_is_free(address, port + offset) for offset in range(span)):
            return port
    raise AssertionError(f"no {span} free ports on {address}")


def new_endpoint(address: str | None = None, *, span: int = 1) -> Endpoint:
    """Return a free endpoint, on an address of its own unless one is given."""
    address = address or new_address()
    return Endpoint(address=address, port=free_port(address, span=span))


def outward_address() -> str:
    """Return the address of this machine that browsers and agents name as theirs."""
    command = (
        find_program("ip"),
        "-json",
        "-4",
        "address",
        "show",
        "up",
        "scope",
        "global",
    )
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = [each["local"] for link in json.loads(output) for each in link["addr_info"]]
    return found[0] if found else LOOPBACK4


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _any_port(address: str) -> int:
    with socket.socket(_family(address), socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return min(port, 65000)


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(_family(address), kind) as probe:
            try:
                probe.bind((address, port))
            except OSError as err:
                if err.errno != errno.EADDRINUSE:
                    raise
                return False
    return True
