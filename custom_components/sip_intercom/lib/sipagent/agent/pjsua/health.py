"""An OPTIONS to ourselves: only a user agent that works answers it."""

from dataclasses import dataclass
from typing import Final, override

import pjsua2

from ...protocol.config import Transport
from ...protocol.errors import CommandError, RegistrationTimeoutError, SipStackError
from ...protocol.sip_uri import SipUri, parse_or_none
from ..chance import random_token
from ..phone import TrialListener
from ..request import Request
from .guard import guarded
from .line import Answered, Line, no_call
from .timers import Timer, Timers
from .transports import Listeners

_OK: Final = 200
_PATIENCE: Final = 3.0  # seconds
_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class HealthCheck:
    """Sends itself requests that nobody else can know."""

    def __init__(self, listeners: Listeners, timers: Timers) -> None:
        """Check nothing yet."""
        self._listeners = listeners
        self._timers = timers
        self._checks: dict[str, _Check] = {}

    def start(self, done: TrialListener) -> None:
        """Ask, and tell within 3 s; without a listener there is nobody to ask."""
        token = random_token(16)
        target = self._target(token)
        if target is None:
            self._timers.soon(lambda: done(None))
            return
        timer = self._timers.after(
            _PATIENCE,
            lambda: self._finish(token, RegistrationTimeoutError("no answer")),
        )
        line = _AskingLine(lambda status: self._answered(token, status))
        self._checks[token] = _Check(done=done, timer=timer, line=line)
        try:
            line.ask(str(target))
        except CommandError as err:
            self._finish_soon(token, err)

    def owns(self, request: Request) -> bool:
        """Tell whether a request is one that we have sent to ourselves."""
        if request.method != "OPTIONS" or not self._checks:
            return False
        uri = parse_or_none(request.uri)
        return uri is not None and uri.user in self._checks

    def clear(self) -> None:
        """Forget all checks."""
        self._checks.clear()

    def _target(self, token: str) -> SipUri | None:
        """Return ourselves as we can be reached."""
        for ipv6 in (False, True):
            for transport in (Transport.UDP, Transport.TCP):
                where = self._listeners.address_of(transport, ipv6=ipv6)
                if where:
                    return SipUri(
                        user=token,
                        host=_LOOPBACK.get(where[0], where[0]),
                        port=where[1],
                        transport=None if transport is Transport.UDP else transport,
                    )
        return None

    def _answered(self, token: str, status: int) -> None:
        error = None if status == _OK else SipStackError(f"answered with {status}")
        self._finish_soon(token, error)

    def _finish_soon(self, token: str, error: CommandError | None) -> None:
        """Finish outside PJSIP's callback: the account goes with the check."""
        self._timers.soon(lambda: self._finish(token, error))

    def _finish(self, token: str, error: CommandError | None) -> None:
        check = self._checks.pop(token, None)
        if check:
            check.timer.cancel()
            check.done(error)


class _AskingLine(Line):
    """An account that asks once; nothing ever comes in over it."""

    def __init__(self, answered: Answered) -> None:
        super().__init__(no_call)
        self._answered = answered
        settings = pjsua2.AccountConfig()
        settings.idUri = "sip:health@localhost"
        settings.regConfig.registerOnAdd = False
        settings.natConfig.contactUseSrcPort = False
        self.open(settings)

    def ask(self, uri: str) -> None:
        """Send an OPTIONS; SipStackError."""
        parameters = pjsua2.SendRequestParam()
        parameters.method = "OPTIONS"
        parameters.txOption.targetUri = uri
        try:
            self.sendRequest(parameters)
        except pjsua2.Error as err:
            raise SipStackError(err.reason) from None

    @override
    @guarded(None)
    def onSendRequest(self, prm: pjsua2.OnSendRequestParam) -> None:
        self._answered(prm.e.body.tsxState.tsx.statusCode)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Check:
    """A request that is on its way."""

    done: TrialListener
    timer: Timer
    line: _AskingLine
