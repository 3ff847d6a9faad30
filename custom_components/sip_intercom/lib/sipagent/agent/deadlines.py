"""Every call ends: the time that each of its states may last."""

from typing import Final

from ..protocol.calls import CallReason, Direction
from ..protocol.errors import CommandError
from .call_control import NO_ANSWER, CallControl
from .calls import ActiveCall, CallBook, Leg
from .limits import Clock
from .phone import LegEnd, Phone

RING_LIMIT: Final = 60.0  # seconds
DIAL_LIMIT: Final = 60.0  # seconds
SILENCE_LIMIT: Final = 30.0  # seconds without RTP
HOLD_LIMIT: Final = 300.0  # seconds without RTP on hold
ENDING_LIMIT: Final = 4.0  # seconds that a BYE or a final response may take
STUCK_LIMIT: Final = 40.0
"""Seconds, longer than any SIP transaction, that an answer or an end may take."""


class Deadlines:
    """Ends what lasts too long and finds what PJSIP lost."""

    def __init__(
        self, phone: Phone, book: CallBook, control: CallControl, clock: Clock
    ) -> None:
        """Watch the calls of a book."""
        self._phone = phone
        self._book = book
        self._control = control
        self._clock = clock

    def check(self) -> None:
        """End every call and leg whose time is over."""
        for leg in list(self._book.legs.values()):
            self._check_leg(leg)
        for call in list(self._book.calls.values()):
            if not call.cause and (cause := self._overdue(call)):
                self._control.end(call, cause, NO_ANSWER)

    def _check_leg(self, leg: Leg) -> None:
        """Finish a leg that is lost or does not end."""
        missed, leg.missing = leg.missing, not self._phone.leg_alive(leg.id)
        if leg.missing and missed:
            self._phone.forget(leg.id)
            self._control.ended(LegEnd(leg=leg.id, status=0, text="", remote=True))
            return
        if leg.ending is None:
            return
        late = self._clock() - leg.ending
        if late >= ENDING_LIMIT and leg.call.id in self._book.calls:
            self._control.give_up(leg)
        if late >= STUCK_LIMIT:
            self._control.end_again(leg)

    def _overdue(self, call: ActiveCall) -> CallReason | None:
        """Return why a call has to end, if it has to."""
        now = self._clock()
        if call.answered is not None and now - call.answered >= call.talk_limit:
            return CallReason.TALK_LIMIT
        if call.answered is not None:
            return CallReason.NO_MEDIA if self._is_silent(call) else None
        if call.direction is Direction.INBOUND:
            limit = RING_LIMIT + (STUCK_LIMIT if call.chosen else 0)
            return CallReason.RING_TIMEOUT if now - call.started >= limit else None
        return CallReason.NO_ANSWER if now - call.started >= DIAL_LIMIT else None

    def _is_silent(self, call: ActiveCall) -> bool:
        """Tell whether no RTP came for too long; a hold starts the time anew."""
        if call.chosen is None or call.answered is None:
            return False
        try:
            media = self._phone.leg_media(call.chosen.id)
        except CommandError:
            return False
        now = self._clock()
        if media.on_hold:
            call.held = now
            return min(media.silence, now - call.answered) >= HOLD_LIMIT
        since = max(call.answered, call.held or call.answered)
        return min(media.silence, now - since) >= SILENCE_LIMIT
