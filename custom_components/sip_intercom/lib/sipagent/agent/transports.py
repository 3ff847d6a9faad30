"""The listening transports: changed only when no call is up."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ..protocol.config import Transport, TransportsConfig
from ..protocol.messages import TransportChanged, TransportStatus
from .calls import CallBook
from .limits import Clock
from .phone import Phone

RETRY_DELAY: Final = 30.0  # seconds until a port that was taken is tried again

type _Key = tuple[Transport, bool]


class Transports:
    """Brings the phone's transports to what is wanted, when it may."""

    def __init__(
        self,
        phone: Phone,
        book: CallBook,
        emit: Callable[[TransportChanged], None],
        clock: Clock,
    ) -> None:
        """Start without transports."""
        self._phone = phone
        self._book = book
        self._emit = emit
        self._clock = clock
        self._opened: TransportsConfig | None = None
        self._wanted: TransportsConfig | None = None
        self._next_try: float | None = None
        self._statuses: dict[_Key, TransportStatus] = {}

    def statuses(self) -> tuple[TransportStatus, ...]:
        """Return how every transport stands."""
        return tuple(self._statuses.values())

    def want(self, config: TransportsConfig) -> None:
        """Bring the transports to a configuration, later if a call is up.

        The RTP ports change at once: they are for new calls.
        """
        self._wanted = config
        if config == self._opened and self._next_try is None:
            return
        if self._opened is None or not self._book.legs:
            self._open(config)
            return
        present = replace(
            self._opened, rtp_first=config.rtp_first, rtp_last=config.rtp_last
        )
        if present != self._opened:
            self._open(present)

    def report(self, status: TransportStatus) -> None:
        """Take that a transport was lost or is back."""
        self._take(status, tell=True)
        self._schedule()

    def tick(self) -> None:
        """Open what had to wait, or could not be bound, once no call is up."""
        if self._wanted is None or self._book.legs:
            return
        due = self._next_try is not None and self._clock() >= self._next_try
        if due or self._wanted != self._opened:
            self._open(self._wanted, tell=True)

    def _open(self, config: TransportsConfig, *, tell: bool = False) -> None:
        """Open transports and keep what came of it."""
        statuses = self._phone.open_transports(config)
        self._opened = config
        gone = self._statuses.keys() - {_key(status) for status in statuses}
        for key in gone:
            del self._statuses[key]
        for status in statuses:
            self._take(status, tell=tell)
        self._schedule()

    def _take(self, status: TransportStatus, *, tell: bool) -> None:
        """Keep a status and tell if it changed."""
        changed = self._statuses.get(_key(status)) != status
        self._statuses[_key(status)] = status
        if tell and changed:
            self._emit(TransportChanged(status=status))

    def _schedule(self) -> None:
        """Try again later if something does not listen."""
        statuses = self._statuses.values()
        lost = any(status.text or not status.listening for status in statuses)
        self._next_try = self._clock() + RETRY_DELAY if lost else None


def _key(status: TransportStatus) -> _Key:
    """Return what there is one transport of."""
    return status.transport, ":" in status.address
