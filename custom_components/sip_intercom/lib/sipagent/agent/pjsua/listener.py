"""A socket to listen on, and what may be in its way."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
import errno
import socket
from typing import Final

import pjsua2

from ...protocol.config import DEFAULT_PORT, Transport, TransportsConfig
from ...protocol.messages import TransportStatus
from .tls import certificate_problem

_ANY_IPV4: Final = "0.0.0.0"  # noqa: S104 - a user agent listens everywhere
_ANY_IPV6: Final = "::"

_NO_SUCH_ADDRESS: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

_TYPES: Final = {
    (Transport.UDP, False): pjsua2.PJSIP_TRANSPORT_UDP,
    (Transport.UDP, True): pjsua2.PJSIP_TRANSPORT_UDP6,
    (Transport.TCP, False): pjsua2.PJSIP_TRANSPORT_TCP,
    (Transport.TCP, True): pjsua2.PJSIP_TRANSPORT_TCP6,
    (Transport.TLS, False): pjsua2.PJSIP_TRANSPORT_TLS,
    (Transport.TLS, True): pjsua2.PJSIP_TRANSPORT_TLS6,
}


def transport_type(transport: Transport, *, ipv6: bool) -> int:
    """Return PJSIP's number of a transport."""
    return _TYPES[transport, ipv6]


type Kind = tuple[Transport, bool]
type Places = dict[Kind, tuple[str, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """A socket to listen on."""

    transport: Transport
    address: str
    port: int
    certificate: str = ""
    key: str = ""

    @property
    def ipv6(self) -> bool:
        """Tell whether it is one for IPv6."""
        return ":" in self.address

    @property
    def kind(self) -> Kind:
        """Return what there is only one of."""
        return self.transport, self.ipv6

    def __str__(self) -> str:
        """Return how the log names it."""
        return f"{self.transport} {self.address} port {self.port}"

    @property
    def anywhere(self) -> bool:
        """Tell whether it is for every address of the machine."""
        return self.address in (_ANY_IPV4, _ANY_IPV6)

    @property
    def hears_groups(self) -> bool:
        """Tell whether multicast to it would arrive; phones know port 5060 only."""
        return (
            self.transport is Transport.UDP
            and self.address == _ANY_IPV4
            and self.port == DEFAULT_PORT
        )

    def shuts_out(self, other: Listener) -> bool:
        """Tell whether another of its kind cannot be opened beside it."""
        overlap = self.anywhere or other.anywhere or self.address == other.address
        return overlap and self.port == other.port

    def status(self, problem: str = "") -> TransportStatus:
        """Return how it is told."""
        return TransportStatus(
            transport=self.transport,
            address=self.address,
            port=self.port,
            listening=not problem,
            text=problem,
        )


def wanted_listeners(config: TransportsConfig) -> Iterable[Listener]:
    """Return what a configuration listens on."""
    addresses = [config.bind_address] if config.bind_address else [_ANY_IPV4]
    if not config.bind_address and has_ipv6():
        addresses.append(_ANY_IPV6)
    for address in addresses:
        for transport in (Transport.UDP, Transport.TCP):
            yield Listener(transport=transport, address=address, port=config.port)
        if config.tls_port and config.tls_certificate and config.tls_key:
            yield Listener(
                transport=Transport.TLS,
                address=address,
                port=config.tls_port,
                certificate=config.tls_certificate,
                key=config.tls_key,
            )


def has_ipv6() -> bool:
    """Tell whether this machine has IPv6 at all."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def problem_of(listener: Listener) -> str:
    """Return what would keep us from listening, or nothing.

    PJSIP would find out too, but with an error line for every attempt.
    """
    if problem := _bind_problem(listener):
        return problem
    if listener.transport is Transport.TLS:
        return certificate_problem(listener.certificate, listener.key)
    return ""


def is_gone(listener: Listener) -> bool:
    """Tell whether the machine does not have a listener's address any more."""
    try:
        _bind(replace(listener, port=0))
    except OSError as err:
        return err.errno in _NO_SUCH_ADDRESS
    return False


def _bind_problem(listener: Listener) -> str:
    """Return why an address and port cannot be bound, or nothing."""
    try:
        _bind(listener)
    except (OSError, OverflowError) as err:
        return err.strerror if isinstance(err, OSError) and err.strerror else str(err)
    return ""


def _bind(listener: Listener) -> None:
    """Bind a listener's address and port for a moment; OSError, OverflowError."""
    family = socket.AF_INET6 if listener.ipv6 else socket.AF_INET
    stream = listener.transport is not Transport.UDP
    kind = socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
    with socket.socket(family, kind) as probe:
        if listener.ipv6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if stream:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((listener.address, listener.port))
        if stream:
            probe.listen()
