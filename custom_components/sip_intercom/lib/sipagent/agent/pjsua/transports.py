"""The listening transports, brought to a configuration without losing any."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import logging
import socket
from typing import Final

import pjsua2

from ...protocol.config import Transport, TransportsConfig
from ...protocol.messages import TransportStatus
from .timers import Timers
from .tls import certificate_problem, server_tls

_LOGGER = logging.getLogger(__name__)

_RETRY_INTERVAL: Final = 2.0  # seconds
_ANY_IPV4: Final = "0.0.0.0"  # noqa: S104 - a user agent listens everywhere
_ANY_IPV6: Final = "::"

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
    def kind(self) -> tuple[Transport, bool]:
        """Return what there is only one of."""
        return self.transport, self.ipv6

    def status(self, problem: str = "") -> TransportStatus:
        """Return how it is told."""
        return TransportStatus(
            transport=self.transport,
            address=self.address,
            port=self.port,
            listening=not problem,
            text=problem,
        )


class Listeners:
    """Opens what is missing first, then closes what is not wanted any more."""

    def __init__(
        self,
        endpoint: pjsua2.Endpoint,
        timers: Timers,
        tell: Callable[[TransportStatus], None],
    ) -> None:
        """Start without any; `tell` hears of those that could be opened later."""
        self._endpoint = endpoint
        self._timers = timers
        self._tell = tell
        self._config = TransportsConfig()
        self._open: dict[Listener, int] = {}
        self._missing: dict[Listener, str] = {}
        self._retrying = False

    @property
    def ports(self) -> dict[tuple[Transport, bool], int]:
        """Return the ports that are listened on, by transport and family."""
        return {listener.kind: listener.port for listener in self._open}

    @property
    def bound_address(self) -> str:
        """Return the one address that is listened on, or nothing if it is any."""
        addresses = {listener.address for listener in self._open}
        if len(addresses) != 1 or addresses & {_ANY_IPV4, _ANY_IPV6}:
            return ""
        return addresses.pop()

    def address_of(self, transport: Transport, *, ipv6: bool) -> tuple[str, int] | None:
        """Return where a transport listens, if it does."""
        for listener in self._open:
            if listener.kind == (transport, ipv6):
                return listener.address, listener.port
        return None

    def bring_to(self, config: TransportsConfig) -> tuple[TransportStatus, ...]:
        """Listen as configured; what fails is kept in mind and tried again."""
        self._config = config
        wanted = list(_wanted(config))
        self._missing.clear()
        for listener in wanted:
            if listener not in self._open:
                self._replace(listener)
        self._close_all(
            listener
            for listener in self._open
            if listener not in wanted
            and not any(missing.kind == listener.kind for missing in self._missing)
        )
        self._retry_later()
        return tuple(
            listener.status(self._missing.get(listener, "")) for listener in wanted
        )

    def check(self) -> None:
        """Try what is missing, or new since the machine's addresses changed."""
        before = {listener.status() for listener in self._open}
        for status in self.bring_to(self._config):
            if status.listening and status not in before:
                self._tell(status)

    def _replace(self, listener: Listener) -> None:
        """Open a listener in the place of the one of its kind, or keep that."""
        old = [other for other in self._open if other.kind == listener.kind]
        in_its_way = [other for other in old if other.port == listener.port]
        self._close_all(in_its_way)
        if problem := self._try(listener):
            _LOGGER.warning(
                "Cannot listen on %s %s port %d: %s",
                listener.transport,
                listener.address,
                listener.port,
                problem,
            )
            self._missing[listener] = problem
            for other in in_its_way:
                self._try(other)
            return
        self._close_all([other for other in old if other not in in_its_way])

    def _try(self, listener: Listener) -> str:
        """Open a listener; returns what is in the way."""
        self._endpoint.libHandleEvents(0)
        if problem := _problem(listener):
            return problem
        config = pjsua2.TransportConfig()
        config.port = listener.port
        if listener.address not in (_ANY_IPV4, _ANY_IPV6):
            # Bound but not public, a Contact would name any address of the machine.
            config.boundAddress = config.publicAddress = listener.address
        if listener.transport is Transport.TLS:
            config.tlsConfig = server_tls(self._config)
        try:
            self._open[listener] = self._endpoint.transportCreate(
                transport_type(listener.transport, ipv6=listener.ipv6), config
            )
        except pjsua2.Error as err:
            return err.reason
        return ""

    def _close_all(self, listeners: Iterable[Listener]) -> None:
        """Close listeners; connections and transactions end in their own time."""
        for listener in list(listeners):
            try:
                self._endpoint.transportClose(self._open.pop(listener))
            except pjsua2.Error as err:
                _LOGGER.warning("A transport could not be closed: %s", err.reason)

    def _retry_later(self) -> None:
        """Try again soon what is missing."""
        if self._missing and not self._retrying:
            self._retrying = True
            self._timers.after(_RETRY_INTERVAL, self._retry)

    def _retry(self) -> None:
        """Open what is missing, silently if it still cannot be."""
        self._retrying = False
        for listener in list(self._missing):
            if _problem(listener) or self._try(listener):
                continue
            del self._missing[listener]
            self._close_all(
                [
                    other
                    for other in self._open
                    if other.kind == listener.kind and other != listener
                ]
            )
            self._tell(listener.status())
        self._retry_later()


def _wanted(config: TransportsConfig) -> Iterable[Listener]:
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


def _problem(listener: Listener) -> str:
    """Return what would keep us from listening, or nothing.

    PJSIP would find out too, but with an error line for every attempt.
    """
    family = socket.AF_INET6 if listener.ipv6 else socket.AF_INET
    stream = listener.transport is not Transport.UDP
    try:
        with socket.socket(
            family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
        ) as probe:
            if listener.ipv6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if stream:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((listener.address, listener.port))
            if stream:
                probe.listen()
    except (OSError, OverflowError) as err:
        return err.strerror if isinstance(err, OSError) and err.strerror else str(err)
    if listener.transport is Transport.TLS:
        return certificate_problem(listener.certificate, listener.key)
    return ""
