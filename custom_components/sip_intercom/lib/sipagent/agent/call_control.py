"""Calls as they go: ringing, joining, answering, ending."""

from collections.abc import Callable, Iterable
import logging
from typing import Final, Protocol

from ..protocol.calls import CallEventType, CallReason, CallState, Direction
from ..protocol.config import Transport
from ..protocol.errors import (
    CommandError,
    InvalidStateError,
    NoSuchCallError,
    TooManyCallsError,
)
from ..protocol.messages import CallChanged, ToneReceived
from ..protocol.tones import ToneStyle, checked_tones
from .addresses import Address, parse_endpoint
from .admission import MAX_LEGS
from .calls import ActiveCall, CallBook, Leg
from .dialling import Destination
from .endings import better_refusal, ending_of
from .limits import Clock
from .matching import Caller
from .phone import Done, IncomingLeg, LegEnd, LegId, Phone, Target
from .recent import RecentInvites, invite_key

_LOGGER = logging.getLogger(__name__)

BUSY_HERE: Final = 486
NO_ANSWER: Final = 480
"""What a doorbell hears when nobody came: it stops, nothing tries elsewhere."""
MERGED: Final = 482
"""What a repetition of an answered INVITE hears (RFC 3261 section 8.2.2.2)."""


class CallWatcher(Protocol):
    """Hears what happens to calls, after Home Assistant has been told."""

    def changed(self, event: CallEventType, call: ActiveCall) -> None:
        """Hear that something happened to a call."""

    def early_media(self, call: ActiveCall) -> None:
        """Hear that there is media before anybody answered."""

    def tone(self, call: ActiveCall, tone: str) -> None:
        """Hear a tone of a call's peer."""


class CallControl:
    """Drives the calls and tells what happens to them."""

    def __init__(
        self,
        phone: Phone,
        book: CallBook,
        recent: RecentInvites,
        emit: Callable[[CallChanged | ToneReceived], None],
        clock: Clock,
    ) -> None:
        """Start without calls."""
        self._phone = phone
        self._book = book
        self._recent = recent
        self._emit = emit
        self._clock = clock
        self.watchers: list[CallWatcher] = []

    # What the phone tells.

    def incoming(
        self,
        incoming: IncomingLeg,
        caller: Caller,
        talk: float,
        away: CallReason | None = None,
    ) -> ActiveCall | None:
        """Ring: a new call, which is returned, or one more leg of a ring.

        With `away` the call is turned away, for this reason. Where the device wants
        it, its video is taken, and its media before the answer.
        """
        leg = self._inbound_leg(incoming, caller, talk)
        if away:
            self._book.add(leg)
            self.end(leg.call, away, BUSY_HERE)
            return None
        ring = self._book.joinable(leg)
        if ring and leg.call.device and not (ring.device or ring.chosen):
            self._hand_over(ring, leg.call)
        elif ring:
            ring.button = ring.button or leg.call.button
            leg.call = ring
        self._book.add(leg)
        self._ring(leg, caller)
        if leg.call is ring:
            return None
        self.tell(CallEventType.INCOMING, leg.call)
        return leg.call

    def _ring(self, leg: Leg, caller: Caller) -> None:
        """Send 180, and 183 with SDP where media is wanted before the answer."""
        device = caller.device
        try:
            if device and device.video:
                self._phone.take_video(leg.id)
            self._phone.ring(leg.id)
            if device and device.early_media:
                self._phone.start_early_media(leg.id)
        except CommandError as err:
            _LOGGER.warning("180 could not be sent: %s", err)

    def progress(self, leg_id: LegId, status: int, *, early_media: bool) -> None:
        """Take a provisional response to our INVITE, or media before an answer."""
        leg = self._book.legs.get(leg_id)
        if leg is None:
            return
        call = leg.call
        if call.direction is Direction.OUTBOUND:
            self._take_progress(call, status, early_media=early_media)
        if early_media and call.answered is None:
            for watcher in self.watchers:
                watcher.early_media(call)

    def _take_progress(
        self, call: ActiveCall, status: int, *, early_media: bool
    ) -> None:
        """Tell what has become of what we dial, if that is new."""
        if call.state not in (CallState.DIALING, CallState.EARLY_MEDIA):
            return
        state = CallState.EARLY_MEDIA if early_media else call.state
        if (state, status) == (call.state, call.status):
            return
        call.state, call.status, call.progressed = state, status, True
        self.tell(CallEventType.PROGRESS, call)

    def answered(self, leg_id: LegId) -> None:
        """Take that a leg is confirmed; the other legs of its ring end."""
        leg = self._book.legs.get(leg_id)
        if leg is None or leg.confirmed:
            return
        leg.confirmed = True
        call = leg.call
        if call.cause or call.answered is not None:
            self.end_again(leg)
            return
        call.chosen, call.answered = leg, self._clock()
        call.state, call.status = CallState.IN_CALL, 200
        call.account = leg.account
        for other in list(call.legs.values()):
            self._settle(other, MERGED)
            if other is not leg:
                self._end_leg(other, BUSY_HERE)
        self.tell(CallEventType.ANSWERED, call)

    def ended(self, end: LegEnd) -> None:
        """Take that a leg is over; the call is with its last or answered leg."""
        leg = self._book.legs.get(end.leg)
        if leg is None:
            return
        call = leg.call
        self._book.remove_leg(leg)
        if call.answered is None:
            self._settle(leg, end.status)
        if call.id not in self._book.calls:
            return
        call.elsewhere = call.elsewhere or end.elsewhere
        if call.direction is Direction.OUTBOUND and call.answered is None:
            end = call.refusal = better_refusal(call.refusal, end)
        if leg is call.chosen and call.answered is None:
            call.chosen = None
            self._answer_next(call)
        if leg is call.chosen or not call.legs:
            self._finish(call, end)

    def tone(self, leg_id: LegId, tone: str) -> None:
        """Take a tone of the peer in an answered call."""
        leg = self._book.legs.get(leg_id)
        if leg and leg is leg.call.chosen and leg.call.id in self._book.calls:
            self._emit(ToneReceived(call=leg.call.id, tone=tone))
            for watcher in self.watchers:
                watcher.tone(leg.call, tone)

    # What Home Assistant asks for.

    def answer(self, call_id: str, by: str = "") -> None:
        """Answer the newest leg of a ring; the first who does has the call."""
        call = self.call(call_id)
        if not call.ringing or call.cause:
            raise InvalidStateError("the call does not ring")
        if call.chosen is None:
            call.answered_by = by
            self._choose(call, list(call.legs.values())[-1])

    def decline(self, call_id: str, status: int) -> None:
        """Decline a ring."""
        call = self.call(call_id)
        if not call.ringing:
            raise InvalidStateError("the call does not ring")
        if status not in (486, 603):
            raise InvalidStateError("a call is declined with 486 or 603")
        self.end(call, CallReason.DECLINED, status)

    def hang_up(self, call_id: str) -> None:
        """End a call in any state."""
        self.end(self.call(call_id), CallReason.LOCAL_HANGUP)

    def send_tones(
        self, call_id: str, tones: str, style: ToneStyle, done: Done
    ) -> None:
        """Send tones in an answered call; InvalidTonesError."""
        tones = checked_tones(tones, style)
        call = self.call(call_id)
        if call.chosen is None or call.state is not CallState.IN_CALL:
            raise InvalidStateError("tones can be sent once the call is answered")
        self._phone.send_tones(call.chosen.id, tones, style, done)

    def dial(self, where: Destination, *, for_call: str | None = None) -> ActiveCall:
        """Call a destination; TooManyCallsError or PJSIP's refusal.

        `for_call` is the call that it is connected to once it is answered.
        """
        call = ActiveCall(
            direction=Direction.OUTBOUND,
            started=self._clock(),
            state=CallState.DIALING,
            device=where.device,
            account=where.account,
            called=where.called,
            connected_to=for_call,
            talk_limit=where.talk_limit,
        )
        for target in where.targets:
            self._fork(call, where, target)
        if len(call.legs) == 1:
            call.chosen = next(iter(call.legs.values()))
        self.tell(CallEventType.OUTGOING, call)
        return call

    def _fork(self, call: ActiveCall, where: Destination, target: Target) -> None:
        """Call one of a destination's targets; an error if none could be so far."""
        try:
            if self._book.leg_count >= MAX_LEGS:
                raise TooManyCallsError("every call slot is taken")
            leg_id = self._phone.dial(
                target.uri,
                account=where.account,
                encryption=where.encryption,
                hop=target.hop,
                video=where.video,
            )
        except CommandError as err:
            if not call.legs and target is where.targets[-1]:
                raise
            _LOGGER.warning("One of several contacts could not be called: %s", err)
            return
        hop = target.hop
        addresses = [hop.address] if hop else where.addresses
        self._book.add(
            Leg(
                id=leg_id,
                call_id=self._phone.call_id(leg_id),
                call=call,
                inbound=False,
                addresses=_parsed(addresses),
                connection=hop.connection if hop else 0,
                transport=hop.transport if hop else Transport.UDP,
                account=where.account,
            )
        )

    def end(self, call: ActiveCall, cause: CallReason, status: int = BUSY_HERE) -> None:
        """End a call for this cause; the first cause counts."""
        if call.cause:
            return
        call.cause = cause
        if call.answered is None:
            call.status = status if call.direction is Direction.INBOUND else 0
        for leg in list(call.legs.values()):
            self._end_leg(leg, status)

    def give_up(self, leg: Leg) -> None:
        """Tell the end of a call although PJSIP still ends its leg."""
        call = leg.call
        if leg is call.chosen or all(other.ending for other in call.legs.values()):
            self._finish(call, LegEnd(leg=leg.id, status=0, text="", remote=False))

    def end_again(self, leg: Leg) -> None:
        """End a leg that did not end."""
        leg.ending = None
        self._end_leg(leg, BUSY_HERE)

    # Details.

    def call(self, call_id: str) -> ActiveCall:
        """Return a call that is up; NoSuchCallError."""
        call = self._book.calls.get(call_id)
        if call is None:
            raise NoSuchCallError("there is no such call")
        return call

    def _inbound_leg(self, incoming: IncomingLeg, caller: Caller, talk: float) -> Leg:
        """Return a leg in a call of its own."""
        request = incoming.request
        device = caller.device
        call = ActiveCall(
            direction=Direction.INBOUND,
            started=self._clock(),
            state=CallState.RINGING,
            device=device.id if device else None,
            account=incoming.verdict.account,
            button=caller.button,
            caller=caller.number,
            caller_name=caller.name,
            called=caller.called,
            talk_limit=talk,
        )
        return Leg(
            id=incoming.leg,
            call_id=request.call_id,
            call=call,
            inbound=True,
            addresses=_parsed([request.remote_address]),
            connection=request.connection,
            transport=request.transport,
            account=incoming.verdict.account,
            proof=incoming.verdict.proof,
            key=invite_key(request),
            routed=request.routed,
        )

    def _hand_over(self, ring: ActiveCall, call: ActiveCall) -> None:
        """Let a known device's call take over the ring of an unknown caller."""
        call.started = ring.started
        for leg in list(ring.legs.values()):
            ring.legs.pop(leg.id)
            leg.call = call
            self._book.add(leg)
        ring.cause = CallReason.MERGED
        self._finish(ring, LegEnd(leg=0, status=0, text="", remote=False))

    def _choose(self, call: ActiveCall, leg: Leg) -> None:
        """Answer a leg, which may end while it is being answered."""
        call.chosen = leg
        try:
            self._phone.answer(leg.id)
        except CommandError:
            if call.chosen is leg:
                call.chosen = None
            raise

    def _answer_next(self, call: ActiveCall) -> None:
        """Answer the next leg when the one that we answered fell away."""
        if call.direction is Direction.OUTBOUND or call.cause or not call.legs:
            return
        try:
            self._choose(call, list(call.legs.values())[-1])
        except CommandError as err:
            _LOGGER.warning("The next leg could not be answered: %s", err)

    def _end_leg(self, leg: Leg, status: int) -> None:
        """Decline, cancel or hang up a leg, once."""
        if leg.ending is not None:
            return
        leg.ending = self._clock()
        try:
            elsewhere = leg.call.cause is CallReason.ANSWERED_ELSEWHERE
            self._phone.end(leg.id, status, elsewhere=elsewhere)
        except CommandError as err:
            _LOGGER.warning("A leg could not be ended: %s", err)

    def _finish(self, call: ActiveCall, end: LegEnd) -> None:
        """Tell the end of a call and end what is left of it."""
        event, call.reason = ending_of(call, end)
        if call.cause is None or not call.status:
            call.status = end.status
        call.state = CallState.IDLE
        self._book.remove_call(call)
        self.tell(event, call)
        for leg in list(call.legs.values()):
            self._end_leg(leg, BUSY_HERE)

    def _settle(self, leg: Leg, status: int) -> None:
        """Keep what repetitions of a leg's INVITE hear."""
        if leg.key:
            self._recent.settle(leg.key, status if status >= 300 else MERGED)

    def tell(self, event: CallEventType, call: ActiveCall) -> None:
        """Emit an event with the call as it is now."""
        self._emit(CallChanged(event=event, call=call.value(self._clock())))
        for watcher in self.watchers:
            watcher.changed(event, call)


def _parsed(addresses: Iterable[str]) -> frozenset[Address | None]:
    """Return the addresses that are numeric."""
    return frozenset(parse_endpoint(address) for address in addresses) - {None}
