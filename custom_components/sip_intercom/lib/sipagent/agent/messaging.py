"""Texts of devices and callers over accounts (SIP MESSAGE, RFC 3428)."""

from collections.abc import Callable
from typing import Final

from ..protocol.calls import Proof
from ..protocol.messages import MessageReceived
from .addresses import source_key
from .calls import Leg
from .limits import Clock, RateLimit
from .matching import Caller
from .request import Refuse, Reply, Request, Verdict
from .texts import clean

MAX_TEXT: Final = 1024  # characters
_RATE: Final = 2.0  # texts a second of one source
_TOTAL_RATE: Final = 20.0
_BURST: Final = 10.0
_BAD_REQUEST: Final = 400
_TOO_MANY: Final = 503


class Messaging:
    """Takes texts whose senders have proof, and tells them."""

    def __init__(self, emit: Callable[[MessageReceived], None], clock: Clock) -> None:
        """Tell texts by `emit`."""
        self._emit = emit
        self._limit = RateLimit(clock, rate=_RATE, burst=_BURST, total_rate=_TOTAL_RATE)

    def take(self, request: Request, caller: Caller) -> Verdict:
        """Take a text outside of calls."""
        return self._take(
            request,
            device=caller.device.id if caller.device else None,
            account=caller.account.id if caller.account else None,
            caller=caller.number,
            name=caller.name,
            proof=caller.proof,
        )

    def take_in_call(self, request: Request, leg: Leg) -> Verdict:
        """Take a text of a call's peer."""
        call = leg.call
        return self._take(
            request,
            device=call.device,
            account=leg.account,
            caller=call.caller or call.called,
            name=call.caller_name,
            proof=leg.proof or Proof.ADDRESS,
        )

    def _take(
        self,
        request: Request,
        *,
        device: str | None,
        account: str | None,
        caller: str,
        name: str,
        proof: Proof,
    ) -> Verdict:
        """Tell a text, unless there are too many, and have it answered."""
        text = clean(request.text, MAX_TEXT)
        if not text:
            return Refuse(status=_BAD_REQUEST)
        if not self._limit.allow(source_key(request.remote_address)):
            return Refuse(status=_TOO_MANY)
        self._emit(
            MessageReceived(
                device=device,
                account=account,
                caller=caller,
                caller_name=name,
                text=text,
                proof=proof,
            )
        )
        return Reply(status=200)
