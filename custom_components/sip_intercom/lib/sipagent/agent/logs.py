"""Logging as JSON lines on stderr, without secrets and without waiting."""

from collections.abc import Iterable
import json
import logging
import os
import stat
import time
from typing import Final, override

from ..protocol.redaction import redact
from .limits import Clock, TokenBucket

LINES_RATE: Final = 100.0  # lines a second
LINES_BURST: Final = 1000.0
MAX_MESSAGE_LENGTH: Final = 16 * 1024  # characters

_LEVEL_NAMES: Final = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "ERROR",
}

_SECRETS: set[str] = set()


class LineHandler(logging.Handler):
    """Writes records to a descriptor; drops them where that would wait."""

    def __init__(
        self, descriptor: int, secrets: Iterable[str], clock: Clock = time.monotonic
    ) -> None:
        """Take over a descriptor; a pipe becomes non-blocking."""
        super().__init__()
        if _is_pipe(descriptor):
            os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._secrets = secrets
        self._clock = clock
        self._pace = TokenBucket(LINES_RATE, LINES_BURST, LINES_BURST, clock())
        self._rest = b""
        self.dropped = 0

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one line, or count it as dropped."""
        message = redact(self._text(record), self._secrets)[:MAX_MESSAGE_LENGTH]
        line = _line(record.levelno, record.name, message)
        if self.dropped:
            note = f"{self.dropped} log lines were dropped"
            line = _line(logging.WARNING, __name__, note) + line
        if self._pace.take(self._clock()) and self._write(line):
            self.dropped = 0
        else:
            self.dropped += 1

    def _text(self, record: logging.LogRecord) -> str:
        """Return a record's message, with its traceback if it has one."""
        try:
            return logging.Formatter().format(record)
        except TypeError, ValueError:
            return str(record.msg)

    def _write(self, line: bytes) -> bool:
        """Write a line after what is left of the last; False if it has to go."""
        if not self._drained():
            return False
        self._rest = line
        self._drained()
        return True

    def _drained(self) -> bool:
        """Write what is left; True if that was all."""
        if not self._rest:
            return True
        try:
            written = os.write(self._descriptor, self._rest)
        except OSError:
            return False
        self._rest = self._rest[written:]
        return not self._rest


def start(descriptor: int = 2) -> None:
    """Log everything from here on to a descriptor."""
    root = logging.getLogger()
    root.handlers = [LineHandler(descriptor, _SECRETS)]
    root.setLevel(logging.INFO)
    logging.getLogger("pjsip").setLevel(logging.DEBUG)  # PJSIP filters by itself


def protect(secrets: Iterable[str]) -> None:
    """Keep these secrets out of the log."""
    _SECRETS.update(secrets)


def _line(level: int, logger: str, message: str) -> bytes:
    """Return a log line."""
    name = _LEVEL_NAMES.get(level, "INFO")
    fields = {"level": name, "logger": logger, "message": message}
    return json.dumps(fields).encode() + b"\n"


def _is_pipe(descriptor: int) -> bool:
    """Tell whether only we write to a descriptor."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
