"""The agent's log: kept for diagnostics and handed to Python's logging."""

from collections import deque
from collections.abc import Iterable
import json
import logging
import re
from typing import Final

from ..protocol.redaction import redact

MAX_KEPT_LINES: Final = 200
MAX_LOG_LINE_LENGTH: Final = 16 * 1024  # bytes
MAX_LOUD_RAW_LINES: Final = 50
"""Lines without a level, as of a failed assertion, that are logged loudly."""

_LOGGER = logging.getLogger(f"{__name__.rpartition('.client.')[0]}.agent")
_LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
}
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,31}(?:\.[a-z_][a-z0-9_]{0,31}){0,3}")
_MAX_NAMES = 32


class AgentLog:
    """Takes the lines of an agent's standard error, and no secrets."""

    def __init__(self) -> None:
        """Start empty."""
        self._kept: deque[str] = deque(maxlen=MAX_KEPT_LINES)
        self._secrets: tuple[str, ...] = ()
        self._loggers: dict[str, logging.Logger] = {}
        self._raw_lines = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the last lines, redacted."""
        return tuple(self._kept)

    def hide(self, secrets: Iterable[str]) -> None:
        """Replace the secrets that must not appear."""
        self._secrets = tuple(sorted(set(secrets), key=len, reverse=True))

    def restart(self) -> None:
        """Begin with a new process; the kept lines stay."""
        self._raw_lines = 0

    def feed(self, line: bytes) -> None:
        """Take one line."""
        text = line.decode(errors="replace").rstrip()
        if not text:
            return
        level, name, message = _read(text)
        if level is None:
            self._raw_lines += 1
            loud = self._raw_lines <= MAX_LOUD_RAW_LINES
            level = logging.WARNING if loud else logging.DEBUG
        message = _harmless(redact(message, self._secrets))
        self._kept.append(f"{logging.getLevelName(level)} {name}: {message}")
        self._logger(name).log(level, "%s", message)

    def _logger(self, name: str) -> logging.Logger:
        """Return the logger of a part of the agent."""
        if (logger := self._loggers.get(name)) is not None:
            return logger
        if len(self._loggers) >= _MAX_NAMES:
            return _LOGGER
        return self._loggers.setdefault(name, _LOGGER.getChild(name))


def _harmless(message: str) -> str:
    """Return a message whose text, perhaps a peer's, is one entry and only text.

    Further lines are indented, and nothing steers a terminal.
    """
    return "\n    ".join(
        "".join(
            character if character.isprintable() else "\ufffd" for character in line
        )
        for line in message.expandtabs().splitlines()
    )


def _read(text: str) -> tuple[int | None, str, str]:
    """Return level, logger and message; no level for a line of another form."""
    try:
        record = json.loads(text)
    except ValueError, RecursionError:
        return None, "stderr", text
    match record:
        case {"level": str(level), "logger": str(name), "message": str(message)}:
            known = _NAME.fullmatch(name) is not None
            number = _LEVELS.get(level, logging.WARNING)
            return number, name if known else "other", message
        case _:
            return None, "stderr", text
