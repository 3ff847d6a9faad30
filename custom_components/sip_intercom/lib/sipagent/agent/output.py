"""The protocol stream to Home Assistant, written without ever waiting for it."""

import os
from typing import Final

from ..protocol.codec import encode_message
from ..protocol.messages import AgentMessage, Heartbeat
from .limits import Clock

STUCK_AFTER: Final = 300.0  # seconds in which the reader took nothing
MAX_BACKLOG: Final = 4 * 1024 * 1024  # bytes
_CHUNK: Final = 64 * 1024


class Output:
    """Lines on their way into a pipe."""

    def __init__(self, descriptor: int, clock: Clock) -> None:
        """Take over a descriptor and make it non-blocking."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._clock = clock
        self._backlog = bytearray()
        self._progress = clock()
        self._closed = False

    @property
    def waiting(self) -> bool:
        """Tell whether lines wait for the reader."""
        return bool(self._backlog)

    @property
    def lost(self) -> bool:
        """Tell whether the reader is gone, or has taken nothing for too long."""
        silence = self._clock() - self._progress
        return (
            self._closed
            or len(self._backlog) > MAX_BACKLOG
            or (self.waiting and silence > STUCK_AFTER)
        )

    def send(self, message: AgentMessage) -> None:
        """Send a message, now or as soon as the reader takes it; LineTooLongError."""
        if self.waiting and isinstance(message, Heartbeat):
            return
        if not self.waiting:
            self._progress = self._clock()
        self._backlog += encode_message(message)
        self.flush()

    def flush(self) -> None:
        """Write as much as the pipe takes."""
        while self._backlog and not self._closed:
            try:
                written = os.write(self._descriptor, self._backlog[:_CHUNK])
            except BlockingIOError:
                return
            except OSError:
                self._closed = True
                return
            del self._backlog[:written]
            self._progress = self._clock()
