"""Texts that are sent outside of calls (SIP MESSAGE, RFC 3428)."""

import pjsua2

from ...protocol.errors import CommandError, MessageFailedError
from ..phone import Done
from ..request import Hop
from .line import Line, no_call
from .requests import RequestGate
from .timers import Timers

_FAILED = 300


class Texts:
    """Sends texts over accounts, and directly over lines that are there for one."""

    def __init__(self, gate: RequestGate, timers: Timers) -> None:
        """Start with none on its way."""
        self._gate = gate
        self._timers = timers
        self._lines: set[Line] = set()

    def send(self, line: Line, uri: str, text: str, done: Done) -> None:
        """Send a text after those before it; SipStackError."""

        def answered(status: int) -> None:
            error = MessageFailedError(str(status)) if status >= _FAILED else None
            self._timers.soon(lambda: done(error))

        line.send_text(uri, text, answered)

    def send_directly(
        self, sender: str, uri: str, text: str, done: Done, hop: Hop | None
    ) -> None:
        """Send a text without an account, to its hop if there is one."""
        line = Line(no_call)
        settings = pjsua2.AccountConfig()
        settings.idUri = sender
        settings.regConfig.registerOnAdd = False
        settings.natConfig.contactUseSrcPort = False
        line.open(settings)
        self._lines.add(line)

        def told(error: CommandError | None) -> None:
            self._lines.discard(line)
            done(error)

        if hop:
            self._gate.send_to("", hop)
        try:
            self.send(line, uri, text, told)
        except CommandError:
            self._lines.discard(line)
            raise
        finally:
            self._gate.forgetHop("")

    def clear(self) -> None:
        """Forget what is on its way."""
        self._lines.clear()
