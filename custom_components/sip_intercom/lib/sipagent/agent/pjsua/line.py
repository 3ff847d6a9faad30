"""Accounts of PJSIP's: where calls come in and go out."""

from collections.abc import Callable
from typing import override

import pjsua2

from ...protocol.errors import SipStackError
from .guard import guarded

type IncomingCall = Callable[[pjsua2.Account, int], None]


class Line(pjsua2.Account):
    """An account of PJSIP's; whoever drops the object removes the account.

    There is no other way to remove one: the object would end the account that
    has got its number since.
    """

    def __init__(self, incoming: IncomingCall) -> None:
        """Hand incoming calls over."""
        super().__init__()
        self._incoming = incoming

    def open(self, settings: pjsua2.AccountConfig) -> None:
        """Create the account; SipStackError."""
        try:
            self.create(settings)
        except pjsua2.Error as err:
            raise SipStackError(err.reason) from None

    @override
    @guarded(None)
    def onIncomingCall(self, prm: pjsua2.OnIncomingCallParam) -> None:
        self._incoming(self, prm.callId)

    @override
    @guarded(None)
    def onIncomingSubscribe(self, prm: pjsua2.OnIncomingSubscribeParam) -> None:
        prm.code = 489
