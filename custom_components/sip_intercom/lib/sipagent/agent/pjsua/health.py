"""An OPTIONS to ourselves: only a user agent that works answers it."""

from collections.abc import Callable
import logging
import secrets
from typing import Final, override

import pjsua2

from ...protocol.config import Transport
from ...protocol.errors import CommandError, RegistrationTimeoutError, SipStackError
from ...protocol.sip_uri import SipUri, parse_or_none
from ..phone import Request, TrialListener
from .guard import guarded
from .line import Line
from .timers import Timer, Timers
from .transports import Listeners

_LOGGER = logging.getLogger(__name__)

type Answered = Callable[[str, int], None]

_PATIENCE: Final = 3.0  # seconds
_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class HealthCheck:
    """Sends itself requests that nobody else can know."""

    def __init__(self, listeners: Listeners, timers: Timers) -> None:
        """Check nothing yet."""
        self._listeners = listeners
        self._timers = timers
        self._line: _AskingLine | None = None
        self._checks: dict[str, tuple[TrialListener, Timer]] = {}

    def start(self, done: TrialListener) -> None:
        """Ask, and tell within 3 s; without a listener there is nobody to ask."""
        target = self._target()
        if target is None:
            self._timers.soon(lambda: done(None))
            return
        token = secrets.token_hex(16)
        timer = self._timers.after(
            _PATIENCE,
            lambda: self._finish(token, RegistrationTimeoutError("no answer")),
        )
        self._checks[token] = done, timer
        host, port, transport = target
        uri = SipUri(user=token, host=host, port=port, transport=transport)
        try:
            self._asking_line().ask(str(uri), token)
        except CommandError as err:
            self._finish_soon(token, err)

    def owns(self, request: Request) -> bool:
        """Tell whether a request is one that we have sent to ourselves."""
        if request.method != "OPTIONS" or not self._checks:
            return False
        uri = parse_or_none(request.uri)
        return uri is not None and uri.user in self._checks

    def close(self) -> None:
        """Drop what PJSIP holds."""
        self._line = None

    def _target(self) -> tuple[str, int, Transport | None] | None:
        for ipv6 in (False, True):
            for transport in (Transport.UDP, Transport.TCP):
                where = self._listeners.address_of(transport, ipv6=ipv6)
                if where:
                    host = _LOOPBACK.get(where[0], where[0])
                    return (
                        host,
                        where[1],
                        (None if transport is Transport.UDP else transport),
                    )
        return None

    def _asking_line(self) -> _AskingLine:
        if self._line is None:
            self._line = _AskingLine(self._answered)
        return self._line

    def _answered(self, token: str, status: int) -> None:
        error = None if status == 200 else SipStackError(f"answered with {status}")
        self._finish_soon(token, error)

    def _finish_soon(self, token: str, error: CommandError | None) -> None:
        self._timers.soon(lambda: self._finish(token, error))

    def _finish(self, token: str, error: CommandError | None) -> None:
        check = self._checks.pop(token, None)
        if check:
            done, timer = check
            timer.cancel()
            done(error)


class _AskingLine(Line):
    """The account that asks; nothing ever comes in over it."""

    def __init__(self, answered: Answered) -> None:
        super().__init__(_no_call)
        self._answered = answered
        self._tokens: dict[int, str] = {}
        self._last = 0
        settings = pjsua2.AccountConfig()
        settings.idUri = "sip:health@localhost"
        settings.regConfig.registerOnAdd = False
        settings.natConfig.contactUseSrcPort = False
        self.open(settings)

    def ask(self, uri: str, token: str) -> None:
        """Send an OPTIONS; SipStackError."""
        self._last += 1
        self._tokens[self._last] = token
        parameters = pjsua2.SendRequestParam()
        parameters.method = "OPTIONS"
        parameters.txOption.targetUri = uri
        parameters.userData = self._last
        try:
            self.sendRequest(parameters)
        except pjsua2.Error as err:
            raise SipStackError(err.reason) from None

    @override
    @guarded(None)
    def onSendRequest(self, prm: pjsua2.OnSendRequestParam) -> None:
        token = self._tokens.pop(prm.userData, None)
        if token is not None:
            self._answered(token, prm.e.body.tsxState.tsx.statusCode)


def _no_call(account: pjsua2.Account, call: int) -> None:
    """Leave a call that cannot be: no verdict names this account."""
    _LOGGER.error("Call %d came in over account %d", call, account.getId())
