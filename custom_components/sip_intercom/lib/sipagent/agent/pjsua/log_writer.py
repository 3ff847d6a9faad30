"""PJSIP's log lines as Python's."""

import logging
from typing import Final, override

import pjsua2

from ...protocol.redaction import redact

_LOGGER = logging.getLogger("pjsip")
_MESSAGES: Final = logging.getLogger("pjsip.messages")

_LEVELS: Final = {
    0: logging.CRITICAL,
    1: logging.ERROR,
    2: logging.WARNING,
    3: logging.INFO,
}

NORMAL_LEVEL: Final = 2
"""Errors and warnings; an INVITE costs no log line."""

TRACE_LEVEL: Final = 4
"""PJSIP writes whole SIP messages at this level."""


class LogWriter(pjsua2.LogWriter):
    """Takes PJSIP's log lines; belongs to the endpoint once that has started."""

    @override
    def write(self, entry: pjsua2.LogEntry) -> None:
        """Log a line without what is secret in it."""
        level = _LEVELS.get(entry.level, logging.DEBUG)
        logger = _MESSAGES if entry.level == TRACE_LEVEL else _LOGGER
        if logger.isEnabledFor(level):
            logger.log(level, "%s", redact(entry.msg.rstrip()))
