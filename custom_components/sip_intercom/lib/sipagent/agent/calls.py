"""Calls and their legs, as plain state."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..protocol.calls import Call, CallReason, CallState, Direction, Hold, Proof
from ..protocol.config import DEFAULT_TALK_LIMIT, Transport
from ..protocol.sip_uri import same_user
from .addresses import Address, parse_address
from .chance import random_token
from .phone import LegEnd, LegId
from .recent import InviteKey
from .request import Request
from .texts import is_nameless

_STRENGTH = {proof: rank for rank, proof in enumerate(Proof)}


def is_as_strong(proof: Proof | None, least: Proof) -> bool:
    """Tell whether a proof is at least as strong as another."""
    return proof is not None and _STRENGTH[proof] >= _STRENGTH[least]


@dataclass(kw_only=True, slots=True, eq=False)
class Leg:
    """One SIP dialog of a call.

    `ending` is when we began to end it, `missing` that PJSIP seemed not to
    hold it at the last look, `routed` that its peer asked for a detour (Record-Route).
    """

    id: LegId
    call_id: str
    call: ActiveCall
    inbound: bool
    addresses: frozenset[Address | None] = frozenset()
    connection: int = 0
    transport: Transport = Transport.UDP
    account: str | None = None
    proof: Proof | None = None
    key: InviteKey | None = None
    confirmed: bool = False
    ending: float | None = None
    missing: bool = False
    routed: bool = False

    @property
    def pending(self) -> bool:
        """Tell whether an INVITE waits for its final answer."""
        return self.inbound and not self.confirmed

    def is_peer(self, request: Request) -> bool:
        """Tell whether a request comes from where the leg's peer is.

        A peer may open a new TCP connection for its BYE; over TLS the
        connection itself is what was proven.
        """
        if request.connection and request.connection == self.connection:
            return True
        if self.connection and self.transport is Transport.TLS:
            return False
        return self.is_from(request)

    def is_from(self, request: Request) -> bool:
        """Tell whether a request comes from the peer's address."""
        return parse_address(request.remote_address) in self.addresses


@dataclass(kw_only=True, slots=True, eq=False)
class ActiveCall:
    """A call of the household with its legs, oldest first.

    `chosen` is the leg that is being answered or was; `cause` is why we are
    ending the call, `reason` why it has ended. `refusal` is the best reason of those that were dialled and
    will not answer.
    """

    direction: Direction
    started: float
    state: CallState
    id: str = field(default_factory=lambda: random_token(8))
    device: str | None = None
    account: str | None = None
    button: str | None = None
    caller: str = ""
    caller_name: str = ""
    called: str = ""
    connected_to: str | None = None
    talk_limit: float = DEFAULT_TALK_LIMIT
    legs: dict[LegId, Leg] = field(default_factory=dict)
    chosen: Leg | None = None
    answered: float | None = None
    held: float | None = None
    progressed: bool = False
    cause: CallReason | None = None
    reason: CallReason | None = None
    elsewhere: bool = False
    refusal: LegEnd | None = None
    status: int = 0
    hold: Hold = Hold.NONE
    muted: bool = False
    recording: bool = False
    answered_by: str = ""

    @property
    def ringing(self) -> bool:
        """Tell whether the call waits for our answer."""
        return self.state is CallState.RINGING

    @property
    def proof(self) -> Proof | None:
        """Return what vouches for the chosen leg, else for the weakest."""
        legs = [self.chosen] if self.chosen else self.legs.values()
        proofs = [leg.proof for leg in legs if leg.proof]
        return min(proofs, key=_STRENGTH.__getitem__, default=None)

    def value(self, now: float) -> Call:
        """Return the call as the other process sees it."""
        duration = 0.0 if self.answered is None else now - self.answered
        return Call(
            id=self.id,
            direction=self.direction,
            state=self.state,
            device=self.device,
            account=self.account,
            button=self.button,
            caller=self.caller,
            caller_name=self.caller_name,
            called=self.called,
            connected_to=self.connected_to,
            proof=self.proof,
            duration=round(duration, 3),
            reason=self.reason,
            status=self.status,
            hold=self.hold,
            muted=self.muted,
            recording=self.recording,
            answered_by=self.answered_by,
        )


class CallBook:
    """Every call that is up and every leg that PJSIP still holds."""

    def __init__(self) -> None:
        """Start without calls."""
        self.calls: dict[str, ActiveCall] = {}
        self.legs: dict[LegId, Leg] = {}

    @property
    def leg_count(self) -> int:
        """Return how many of PJSIP's call slots are taken."""
        return len(self.legs)

    def add(self, leg: Leg) -> None:
        """File a leg and its call."""
        self.calls[leg.call.id] = leg.call
        leg.call.legs[leg.id] = leg
        self.legs[leg.id] = leg

    def remove_leg(self, leg: Leg) -> None:
        """Forget a leg."""
        self.legs.pop(leg.id, None)
        leg.call.legs.pop(leg.id, None)

    def remove_call(self, call: ActiveCall) -> None:
        """Forget a call; legs that PJSIP still holds stay filed."""
        self.calls.pop(call.id, None)

    def legs_of(self, call_id: str) -> Iterator[Leg]:
        """Yield the legs with a Call-ID."""
        return (leg for leg in self.legs.values() if leg.call_id == call_id)

    def pending(self) -> list[Leg]:
        """Return the legs whose INVITE waits for its final answer."""
        return [leg for leg in self.legs.values() if leg.pending]

    def of_device(self, device: str) -> list[ActiveCall]:
        """Return the calls of a device."""
        return [call for call in self.calls.values() if call.device == device]

    def joinable(self, leg: Leg) -> ActiveCall | None:
        """Return the ring that a new leg is a second copy of."""
        return next(
            (call for call in self.calls.values() if _same_press(call, leg)), None
        )


def _same_press(call: ActiveCall, leg: Leg) -> bool:
    """Tell whether a leg, in a call of its own so far, is the press that rings.

    A known device is only ever joined by itself, or by what came through the
    same PBX: a name that a caller claims must not get it answered.
    """
    if not call.ringing or call.cause:
        return False
    new = leg.call
    if call.device and new.device:
        return call.device == new.device and _same_button(call, new)
    forked = any(other.key == leg.key for other in call.legs.values())
    return _same_pbx(call, leg) and (forked or _same_caller(call, new))


def _same_button(call: ActiveCall, new: ActiveCall) -> bool:
    """Tell whether two calls of a device may be of the same button."""
    return call.button == new.button or None in (call.button, new.button)


def _same_pbx(call: ActiveCall, leg: Leg) -> bool:
    """Tell whether a leg and one of a call's came over accounts of one PBX.

    A PBX of several proxies calls one account from different addresses.
    """
    return any(
        other.account == leg.account or other.addresses & leg.addresses
        for other in call.legs.values()
        if other.account and leg.account
    )


def _same_caller(call: ActiveCall, new: ActiveCall) -> bool:
    """Tell whether two calls show the same number or user."""
    caller = same_user(call.caller)
    return not is_nameless(caller) and caller == same_user(new.caller)
