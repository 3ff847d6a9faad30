"""Logging as JSON lines on stderr, without secrets and without waiting."""

from collections.abc import Iterable
import json
import logging
import os
import stat
import time
from typing import Final, override

from .limits import Clock, TokenBucket
from .redaction import Redactor

LINES_RATE: Final = 100.0  # lines a second
LINES_BURST: Final = 1000.0
MAX_MESSAGE_LENGTH: Final = 16 * 1024  # characters

_SDK_LEVELS: Final = (
    logging.CRITICAL,
    logging.ERROR,
    logging.WARNING,
    logging.INFO,
)
_LEVEL_NAMES: Final = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "ERROR",
}

_SDK_LOGGER = logging.getLogger("pjsip")
_REDACTOR = Redactor()


class LineHandler(logging.Handler):
    """Writes records to a descriptor; drops them where that would wait."""

    def __init__(
        self, descriptor: int, redactor: Redactor, clock: Clock = time.monotonic
    ) -> None:
        """Take over a descriptor; a pipe becomes non-blocking."""
        super().__init__()
        if _is_pipe(descriptor):
            os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._redactor = redactor
        self._clock = clock
        self._pace = TokenBucket(LINES_RATE, LINES_BURST, LINES_BURST, clock())
        self._rest = b""
        self.dropped = 0

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one line, or count it as dropped."""
        if not self._pace.take(self._clock()) or not self._write(b""):
            self.dropped += 1
            return
        if self.dropped:
            note = f"{self.dropped} log lines were dropped"
            self.dropped = 0
            self._write(_line(logging.WARNING, __name__, note))
        message = self._redactor.redact(self._text(record)[:MAX_MESSAGE_LENGTH])
        if not self._write(_line(record.levelno, record.name, message)):
            self.dropped += 1

    def _text(self, record: logging.LogRecord) -> str:
        """Return a record's message, with its traceback if it has one."""
        try:
            return logging.Formatter().format(record)
        except TypeError, ValueError:
            return str(record.msg)

    def _write(self, line: bytes) -> bool:
        """Write what was left over, then a line; False if it has to go."""
        if self._rest and line and not self._write(b""):
            return False
        pending = self._rest + line
        if not pending:
            return True
        try:
            written = os.write(self._descriptor, pending)
        except OSError:
            return False
        self._rest = pending[written:]
        return not self._rest or bool(line)


def start(descriptor: int = 2) -> None:
    """Log everything from here on to a descriptor."""
    root = logging.getLogger()
    root.handlers = [LineHandler(descriptor, _REDACTOR)]
    root.setLevel(logging.INFO)


def protect(secrets: Iterable[str]) -> None:
    """Keep these passwords out of the log."""
    _REDACTOR.protect(secrets)


def set_verbose(verbose: bool) -> None:
    """Let PJSIP's debug messages through, or not."""
    _SDK_LOGGER.setLevel(logging.DEBUG if verbose else logging.NOTSET)


def write_sdk_log(level: int, message: str) -> None:
    """Log a message of PJSIP, whose levels are 0 (fatal) to 6 (trace)."""
    known = 0 <= level < len(_SDK_LEVELS)
    _SDK_LOGGER.log(
        _SDK_LEVELS[level] if known else logging.DEBUG, "%s", message.strip()
    )


def _line(level: int, logger: str, message: str) -> bytes:
    """Return a log line."""
    name = _LEVEL_NAMES.get(level, "INFO")
    fields = {"level": name, "logger": logger, "message": message}
    return json.dumps(fields).encode() + b"\n"


def _is_pipe(descriptor: int) -> bool:
    """Tell whether only we write to a descriptor."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
