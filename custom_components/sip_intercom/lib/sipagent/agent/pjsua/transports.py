"""The listening transports, brought to a configuration without losing any."""

from collections.abc import Callable, Iterable
from dataclasses import replace
import logging
from typing import Final

import pjsua2

from ...protocol.config import Transport, TransportsConfig
from ...protocol.messages import TransportStatus
from .listener import (
    Listener,
    Places,
    is_gone,
    problem_of,
    transport_type,
    wanted_listeners,
)
from .timers import Timers
from .tls import certificate_problem, server_tls, stamp

_LOGGER = logging.getLogger(__name__)

_RETRY_INTERVAL: Final = 2.0  # seconds
_RENEWAL_INTERVAL: Final = 60.0  # seconds


class Listeners:
    """Opens what is missing first, then closes what is not wanted any more."""

    def __init__(
        self,
        endpoint: pjsua2.Endpoint,
        timers: Timers,
        *,
        busy: Callable[[], bool],
        moved: Callable[[], None],
        tell: Callable[[TransportStatus], None],
    ) -> None:
        """Start without any; `busy` forbids to move one that is open.

        `moved` and `tell` hear of those that could be opened later.
        """
        self._endpoint = endpoint
        self._timers = timers
        self._busy = busy
        self._moved = moved
        self._tell = tell
        self._config = TransportsConfig()
        self._wanted: tuple[Listener, ...] = ()
        self._open: dict[Listener, int] = {}
        self._missing: dict[Listener, str] = {}
        self._retrying = False
        self._stamps: dict[Listener, tuple[int, ...]] = {}
        self._group = ""
        self._renew_later()

    @property
    def places(self) -> Places:
        """Return where is listened, by transport and family."""
        return {
            listener.kind: (listener.address, listener.port) for listener in self._open
        }

    @property
    def bound_address(self) -> str:
        """Return the one address that is listened on, or nothing if it is any."""
        if any(listener.anywhere for listener in self._open):
            return ""
        addresses = {listener.address for listener in self._open}
        return addresses.pop() if len(addresses) == 1 else ""

    def address_of(self, transport: Transport, *, ipv6: bool) -> tuple[str, int] | None:
        """Return where a transport listens, if it does."""
        return self.places.get((transport, ipv6))

    def bring_to(self, config: TransportsConfig) -> tuple[TransportStatus, ...]:
        """Listen as configured; what fails is kept in mind and tried again."""
        self._config = config
        self._wanted = tuple(wanted_listeners(config))
        for listener in self._wanted:
            known = self._missing.pop(listener, "")
            if listener not in self._open:
                self._replace(listener, known)
        self._drop_unwanted()
        self._retry_later()
        return self._statuses()

    def hear_group(self, group: str) -> None:
        """Hear an IPv4 multicast group, or none; only sockets for any address can."""
        old, self._group = self._group, group
        for listener, transport in self._open.items():
            if old and old != group and listener.hears_groups:
                pjsua2.Gate.joinGroup(transport, old, False)
            self._join(listener)

    def _join(self, listener: Listener) -> None:
        """Hear the group on a listener; who hears it already stays as it is."""
        if self._group and listener.hears_groups:
            pjsua2.Gate.joinGroup(self._open[listener], self._group, True)

    def check(self) -> tuple[TransportStatus, ...]:
        """Return what is different since the machine's addresses changed."""
        if not self._wanted:
            return ()
        before = self._statuses()
        gone = [listener for listener in self._open if is_gone(listener)]
        self._close_all(gone, at_once=True)
        return tuple(
            status for status in self.bring_to(self._config) if status not in before
        )

    def renew(self) -> None:
        """Show certificates that were renewed; PJSIP reads them once."""
        for listener in [listener for listener in self._open if listener.certificate]:
            now = stamp(listener.certificate, listener.key)
            if self._busy() or now == self._stamps[listener]:
                continue
            if certificate_problem(listener.certificate, listener.key):
                continue
            if problem := self._swap([listener], listener):
                self._tell(listener.status(problem))
        self._retry_later()

    def _renew_later(self) -> None:
        """Look for renewed certificates every minute."""

        def look() -> None:
            self._renew_later()
            self.renew()

        self._timers.after(_RENEWAL_INTERVAL, look)

    def _statuses(self) -> tuple[TransportStatus, ...]:
        """Return how everything that is wanted stands."""
        return tuple(
            listener.status(self._missing.get(listener, ""))
            for listener in self._wanted
        )

    def _replace(self, listener: Listener, known: str) -> None:
        """Open a listener in the place of those of its kind, or keep them.

        `known` is what was in the way before.
        """
        old = [other for other in self._open if other.kind == listener.kind]
        if old and self._busy():
            self._missing[listener] = known or "a call is up"
            return
        problem = self._try(listener)
        if problem and (in_its_way := [it for it in old if it.shuts_out(listener)]):
            # Whether it could be opened at all is seen at a port that is free.
            problem = problem_of(replace(listener, port=0))
            problem = problem or self._swap(in_its_way, listener)
        if problem:
            level = logging.DEBUG if problem == known else logging.WARNING
            _LOGGER.log(level, "Cannot listen on %s: %s", listener, problem)
            self._missing[listener] = problem
        else:
            self._close_all([other for other in old if other in self._open])

    def _swap(self, old: list[Listener], new: Listener) -> str:
        """Open a listener after those in its way; if that fails, they return."""
        self._close_all(old, at_once=True)
        if problem := self._try(new):
            for listener in old:
                if lost := self._try(listener):
                    self._missing[listener] = lost
            return problem
        return ""

    def _try(self, listener: Listener) -> str:
        """Open a listener; returns what is in the way."""
        self._endpoint.libHandleEvents(0)
        if problem := problem_of(listener):
            return problem
        config = pjsua2.TransportConfig()
        config.port = listener.port
        if not listener.anywhere:
            # Bound but not public, a Contact would name any address of the machine.
            config.boundAddress = config.publicAddress = listener.address
        if listener.transport is Transport.TLS:
            config.tlsConfig = server_tls(listener.certificate, listener.key)
        try:
            self._open[listener] = self._endpoint.transportCreate(
                transport_type(listener.transport, ipv6=listener.ipv6), config
            )
        except pjsua2.Error as err:
            return err.reason
        self._stamps[listener] = stamp(listener.certificate, listener.key)
        self._join(listener)
        return ""

    def _close_all(
        self, listeners: Iterable[Listener], *, at_once: bool = False
    ) -> None:
        """Close listeners; connections and transactions end in their own time.

        A UDP socket stays for as long as a registration or a transaction
        refers to it, unless it has to go at once.
        """
        for listener in listeners:
            transport = self._open.pop(listener)
            if at_once:
                pjsua2.Gate.closeSocket(transport)
            try:
                self._endpoint.transportClose(transport)
            except pjsua2.Error as err:
                _LOGGER.warning("A transport could not be closed: %s", err.reason)

    def _drop_unwanted(self) -> None:
        """Close what is not wanted, where what is wanted instead is open."""
        lost = {each.transport for each in self._missing if each in self._wanted}
        unwanted = [
            listener
            for listener in (*self._open, *self._missing)
            if listener not in self._wanted and listener.transport not in lost
        ]
        for listener in unwanted:
            self._missing.pop(listener, None)
        self._close_all([listener for listener in unwanted if listener in self._open])

    def _retry_later(self) -> None:
        """Look again soon if not everything is as it is wanted."""
        settled = not self._missing and self._open.keys() <= set(self._wanted)
        if not settled and not self._retrying:
            self._retrying = True
            self._timers.after(_RETRY_INTERVAL, self._retry)

    def _retry(self) -> None:
        """Open what is missing, silently if it still cannot be; first what is wanted."""
        self._retrying = False
        missing = sorted(self._missing, key=lambda each: each not in self._wanted)
        opened = [listener for listener in missing if self._retry_one(listener)]
        if not self._busy():
            self._drop_unwanted()
        if opened:
            self._moved()
        for listener in opened:
            if listener in self._wanted:
                self._tell(listener.status())
        self._retry_later()

    def _retry_one(self, listener: Listener) -> bool:
        """Open a missing listener, if that moves none in a call."""
        old = [other for other in self._open if other.kind == listener.kind]
        if old and (listener not in self._wanted or self._busy()):
            return False
        if self._try(listener):
            return False
        del self._missing[listener]
        self._close_all(old)
        return True
