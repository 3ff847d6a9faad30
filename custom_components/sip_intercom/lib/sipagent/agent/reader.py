"""Reads lines from Home Assistant in the agent's only other thread."""

from collections.abc import Callable
import os
from queue import SimpleQueue
from threading import Thread
from typing import Final

from ..protocol.version import MAX_LINE_LENGTH

_CHUNK: Final = 64 * 1024
_TOO_LONG: Final = MAX_LINE_LENGTH + 2
"""So much of a line that is too long is kept for the codec to refuse."""


class LineReader(Thread):
    """Puts lines into a queue and wakes whoever polls; None ends them."""

    def __init__(self, descriptor: int, wake: Callable[[], None]) -> None:
        """Create the thread; start() starts it, `at_end` is called in it."""
        super().__init__(name="stdin", daemon=True)
        self.lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._descriptor = descriptor
        self._wake = wake
        self.at_end: Callable[[], None] = lambda: None
        self._rest = bytearray()
        self._skipping = False

    def run(self) -> None:
        """Read to the end of the stream."""
        while chunk := self._read():
            self._take(chunk)
        self.at_end()
        self.end()

    def end(self) -> None:
        """End the lines."""
        self.lines.put(None)
        self._wake()

    def _read(self) -> bytes:
        """Return what arrives; nothing at the end."""
        try:
            return os.read(self._descriptor, _CHUNK)
        except OSError:
            return b""

    def _take(self, chunk: bytes) -> None:
        """Queue the lines that a chunk completes."""
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._rest += line
            self._put()
            self._skipping = False
        self._rest += rest
        if len(self._rest) >= _TOO_LONG:
            self._put()
            self._skipping = True

    def _put(self) -> None:
        """Queue one line, or the start of one that is too long."""
        line = bytes(self._rest[:_TOO_LONG])
        self._rest.clear()
        if self._skipping or not line:
            return
        self.lines.put(line)
        self._wake()
