"""Accounts of PJSIP's: where calls come in and go out."""

from collections import deque
from collections.abc import Callable
import logging
from typing import override

import pjsua2

from ...protocol.errors import SipStackError
from .guard import guarded

_LOGGER = logging.getLogger(__name__)

type IncomingCall = Callable[[Line, int], None]
type Answered = Callable[[int], None]
"""Takes the final status of a request."""


def no_call(account: Line, call: int) -> None:
    """Leave a call that cannot be: no verdict names this account."""
    _LOGGER.error("Call %d came in over account %d", call, account.getId())


class Line(pjsua2.Account):
    """An account of PJSIP's; whoever drops the object removes the account.

    There is no other way to remove one: the object would end the account that
    has got its number since.
    """

    def __init__(self, incoming: IncomingCall) -> None:
        """Hand incoming calls over."""
        super().__init__()
        self._incoming = incoming
        self._texts: deque[tuple[str, str, Answered]] = deque()

    @property
    def has_ice(self) -> bool:
        """Tell whether its calls find their way by ICE."""
        return False

    def open(self, settings: pjsua2.AccountConfig) -> None:
        """Create the account; SipStackError."""
        try:
            self.create(settings)
        except pjsua2.Error as err:
            raise SipStackError(err.reason) from None

    def send_text(self, uri: str, text: str, answered: Answered) -> None:
        """Send a MESSAGE after those before it; SipStackError if it is the first."""
        self._texts.append((uri, text, answered))
        if len(self._texts) == 1:
            self._send_next()

    def _send_next(self) -> None:
        """Send the text that is first in the queue."""
        uri, text, _ = self._texts[0]
        options = pjsua2.SendRequestParam()
        options.method = "MESSAGE"
        options.txOption.targetUri = uri
        options.txOption.contentType, options.txOption.msgBody = "text/plain", text
        try:
            self.sendRequest(options)
        except pjsua2.Error as err:
            self._texts.popleft()
            raise SipStackError(err.reason) from None

    @override
    @guarded(None)
    def onSendRequest(self, prm: pjsua2.OnSendRequestParam) -> None:
        _, _, answered = self._texts.popleft()
        answered(prm.e.body.tsxState.tsx.statusCode)
        while self._texts:
            try:
                self._send_next()
                break
            except SipStackError:
                continue

    @override
    @guarded(None)
    def onIncomingCall(self, prm: pjsua2.OnIncomingCallParam) -> None:
        self._incoming(self, prm.callId)

    @override
    @guarded(None)
    def onIncomingSubscribe(self, prm: pjsua2.OnIncomingSubscribeParam) -> None:
        prm.code = 489
