"""The media clock, which turns only while there is media."""

from typing import Final

import pjsua2

from .timers import Timer, Timers

_AFTER_RUN: Final = 1.0
"""Seconds the clock goes on: it also carries out what ends a stream."""


class MediaClock:
    """Starts PJSIP's null sound device with the first stream, stops it after the last.

    It reads the conference bridge every 20 ms; that is what sends RTP, silence
    where nothing else is connected.
    """

    def __init__(self, endpoint: pjsua2.Endpoint, timers: Timers) -> None:
        """Stand still."""
        self._devices = endpoint.audDevManager()
        self._timers = timers
        self._stopping: Timer | None = None
        self._users: set[object] = set()
        self.running = False
        self._devices.setNoDev()

    def hold(self, user: object) -> None:
        """Turn as long as somebody has media."""
        self._users.add(user)
        self._start()

    def release(self, user: object) -> None:
        """Stand still soon, if nobody else has media."""
        self._users.discard(user)
        if self.running and self._stopping is None and not self._users:
            self._stopping = self._timers.after(_AFTER_RUN, self.stop)

    def _start(self) -> None:
        """Turn, if it does not yet."""
        if self._stopping:
            self._stopping.cancel()
            self._stopping = None
        if not self.running:
            self._devices.setNullDev()
            self.running = True

    def stop(self) -> None:
        """Stand still."""
        self._stopping = None
        if self.running:
            self._devices.setNoDev()
            self.running = False
