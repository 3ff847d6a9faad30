"""Who may pass: a verdict for every request, the same for every stranger."""

from collections.abc import Callable
from typing import Final

from ..protocol.calls import Proof
from .addresses import parse_address, source_key
from .calls import CallBook, Leg
from .limits import BoundedDict, Clock, RateLimit
from .matching import Caller, Matching, device_caller
from .messaging import Messaging
from .recent import InviteKey, RecentInvites, invite_key
from .refusals import Refusals
from .registrar.registrar import Registrar
from .request import Challenge, Drop, Hop, Pass, Refuse, Request, Verdict

MAX_PENDING_PER_SOURCE: Final = 4
MAX_PENDING: Final = 16
MAX_LEGS: Final = 32
STRANGER_RATE: Final = 5.0  # answers a second to one stranger
STRANGERS_RATE: Final = 50.0  # answers a second to all strangers
STRANGER_BURST: Final = 10.0

_IN_DIALOG: Final = frozenset(
    {"ACK", "BYE", "CANCEL", "INFO", "INVITE", "OPTIONS", "PRACK", "UPDATE"}
)
_REFUSED_METHODS: Final = {
    "REFER": 603,  # RFC 3515 2.4.2: a transfer that is not wanted is declined
    "SUBSCRIBE": 489,  # RFC 6665 4.2.1: no event package is served
    "PUBLISH": 489,  # RFC 3903 6: likewise
    "NOTIFY": 481,  # RFC 6665 4.1.3: there is no subscription
    "BYE": 481,  # RFC 3261 15.1.2: there is no such dialog
    "CANCEL": 481,  # RFC 3261 9.2: there is nothing to cancel
    "PRACK": 481,
    "UPDATE": 481,
    "INFO": 481,
}
_ANSWERED_BY_US: Final = frozenset({"MESSAGE", "REGISTER"})
_NO_DIALOG: Final = 481
_NOT_ALLOWED: Final = 405

_DEFECT_STATUS: Final = {
    "size": 413,
    "sdp-size": 413,
    "body": 415,
    "multipart": 415,
    "sdp-line": 400,
    "sdp-nul": 400,
}
_BAD_REQUEST: Final = 400
_NOT_ACCEPTABLE: Final = 488


class Admission:
    """Judges requests by who sent them, then by what they ask."""

    def __init__(
        self,
        *,
        matching: Callable[[], Matching],
        book: CallBook,
        recent: RecentInvites,
        refusals: Refusals,
        registrar: Registrar,
        clock: Clock,
    ) -> None:
        """Judge with the present configuration, calls and registered devices."""
        self._matching = matching
        self._book = book
        self._recent = recent
        self._refusals = refusals
        self._registrar = registrar
        self.messaging = Messaging(lambda _: None, clock)
        """Takes texts."""
        self.transferring: Callable[[str], bool] = lambda _: False
        """Tells whether the peer with a Call-ID was asked to transfer its call."""
        self.forbids: Callable[[Caller], bool] = lambda _: False
        """Tells whether a caller dials what it may not."""
        self._passed: BoundedDict[InviteKey, Caller] = BoundedDict(MAX_LEGS)
        self._answers = RateLimit(
            clock,
            rate=STRANGER_RATE,
            burst=STRANGER_BURST,
            total_rate=STRANGERS_RATE,
        )

    def judge(self, request: Request) -> Verdict:
        """Return the verdict on a request."""
        if request.transaction and request.method in _ANSWERED_BY_US:
            # Only the gate makes one; it repeats its answer, to the same source.
            return Pass(proof=Proof.ADDRESS)
        if request.transaction or request.to_tag:
            return self._judge_known(request)
        if request.method == "INVITE":
            return self._judge_invite(request)
        if request.method == "MESSAGE":
            return self._judge_message(request)
        if request.method == "REGISTER" and self._registrar.enabled:
            return self._told(request, self._registrar.judge_register(request))
        return self._judge_other(request)

    def caller(self, request: Request) -> Caller | None:
        """Return who an INVITE that has passed is from: credentials count once."""
        return self._passed.pop(invite_key(request), None) or self._matching().identify(
            request
        )

    def _judge_known(self, request: Request) -> Verdict:
        """Judge a request of a transaction or dialog by its peer."""
        if self._from_peer(request):
            return self._judge_peer(request)
        if request.dialog or request.transaction:
            return self._stranger(request)
        if not self._is_listed(request):
            return self._stranger(request)
        return _refuse(request, _NO_DIALOG)

    def _is_listed(self, request: Request) -> bool:
        """Tell whether a request comes from a device or an account's PBX."""
        return self._matching().is_listed(request) or self._registrar.is_listed(request)

    def _judge_peer(self, request: Request) -> Verdict:
        """Judge a request from the peer of its call."""
        if not (request.transaction or request.dialog):
            return _refuse(request, _NO_DIALOG)
        if request.defect:
            return _refuse(request, _defect_status(request.defect))
        if request.method in _IN_DIALOG:
            return Pass(proof=Proof.ADDRESS)
        if request.method == "MESSAGE" and (leg := self._leg_of(request)):
            return self.messaging.take_in_call(request, leg)
        if request.method == "NOTIFY" and self.transferring(request.call_id):
            return Pass(proof=Proof.ADDRESS)
        return _refuse(request, _REFUSED_METHODS.get(request.method, _NOT_ALLOWED))

    def _from_peer(self, request: Request) -> bool:
        """Tell whether a request comes from the peer of the call it belongs to."""
        return self._recent.from_same_peer(request) or any(
            leg.is_peer(request)
            or (leg.account and self._matching().carries(leg.account, request))
            for leg in self._book.legs_of(request.call_id)
            if leg.key is None or leg.key[1] == request.from_tag
        )

    def _judge_invite(self, request: Request) -> Verdict:
        """Judge an INVITE that would start a call."""
        caller = self._matching().identify(request) or self._registered(request)
        if caller is None:
            return self._stranger(request)
        if not isinstance(caller, Caller):
            return self._told(request, caller)
        if status := self._obstacle(request):
            return Refuse(status=status)
        if self.forbids(caller):
            return Refuse(status=403)
        self._recent.remember(request)
        self._passed.put(invite_key(request), caller)
        return _pass(caller, request)

    def _judge_message(self, request: Request) -> Verdict:
        """Judge a text outside of calls: whoever may ring may write."""
        caller = self._matching().identify(request) or self._registered(request)
        if caller is None:
            return self._stranger(request)
        if not isinstance(caller, Caller):
            return self._told(request, caller)
        if request.defect:
            return Refuse(status=_defect_status(request.defect))
        return self.messaging.take(request, caller)

    def _leg_of(self, request: Request) -> Leg | None:
        """Return the leg whose peer has sent a request."""
        return next(iter(self._book.legs_of(request.call_id)), None)

    def _registered(self, request: Request) -> Caller | Challenge | Drop | None:
        """Return the registered device that calls, or what a stranger hears."""
        if not self._registrar.enabled:
            return None
        if owner := self._registrar.owner(request.connection):
            return device_caller(owner, Proof.CONNECTION, request)
        device = self._registrar.authenticate(request)
        if isinstance(device, Challenge | Drop):
            return device
        return device_caller(device, Proof.DIGEST, request)

    def _told(self, request: Request, verdict: Verdict) -> Verdict:
        """Count strangers; a device is asked for credentials as a matter of course."""
        match verdict:
            case Drop():
                self._refusals.record(request)
            case Challenge() if not self._registrar.is_named(request):
                self._refusals.record(request)
        return verdict

    def _obstacle(self, request: Request) -> int:
        """Return the status that refuses a known caller's INVITE, or 0."""
        if request.defect:
            return _defect_status(request.defect)
        if not (request.call_id and request.from_uri and request.to_uri):
            return _BAD_REQUEST
        if request.has_replaces:
            return 403
        if status := self._recent.final_status(request):
            return status
        pending = self._book.pending()
        if (
            len(pending) >= MAX_PENDING
            or sum(leg.is_from(request) for leg in pending) >= MAX_PENDING_PER_SOURCE
            or self._book.leg_count >= MAX_LEGS
        ):
            return 486
        return 0

    def _judge_other(self, request: Request) -> Verdict:
        """Judge any other request outside a dialog."""
        if request.method == "OPTIONS" and _from_ourselves(request):
            return Pass(proof=Proof.ADDRESS)
        if self._registrar.is_search(request):
            return Drop()
        if not self._is_listed(request):
            return self._stranger(request)
        if request.defect:
            return _refuse(request, _defect_status(request.defect))
        if request.method == "OPTIONS":
            return Pass(proof=Proof.ADDRESS)
        return _refuse(request, _REFUSED_METHODS.get(request.method, _NOT_ALLOWED))

    def _stranger(self, request: Request) -> Verdict:
        """Give strangers their one answer, as long as they do not flood."""
        if request.method != "ACK":
            self._refusals.record(request)
        if request.method == "INVITE" and self._answers.allow(
            source_key(request.remote_address)
        ):
            return Refuse(stranger=True)
        return Drop()


def _pass(caller: Caller, request: Request) -> Pass:
    """Return the verdict for a caller with proof."""
    registered = caller.device is not None and caller.device.credentials is not None
    return Pass(
        proof=caller.proof,
        account=caller.account.id if caller.account else None,
        encryption=caller.encryption,
        hop=_source(request) if registered else None,
    )


def _source(request: Request) -> Hop:
    """Return where a request came from, which is where its device is reached."""
    return Hop(
        transport=request.transport,
        address=request.remote_address,
        port=request.remote_port,
        connection=request.connection,
    )


def _refuse(request: Request, status: int) -> Verdict:
    """Refuse a listed peer's request; an ACK has no answer."""
    return Drop() if request.method == "ACK" else Refuse(status=status)


def _defect_status(defect: str) -> int:
    """Return the status that names a defect of the shield's."""
    sdp = defect.startswith("sdp-")
    return _DEFECT_STATUS.get(defect, _NOT_ACCEPTABLE if sdp else _BAD_REQUEST)


def _from_ourselves(request: Request) -> bool:
    """Tell whether our own socket sent a request."""
    address = parse_address(request.remote_address)
    return request.remote_port == request.local_port and (
        request.remote_address == request.local_address
        or (address is not None and address.is_loopback)
    )
