"""What the end of a leg means for its call."""

from typing import Final

from ..protocol.calls import CallEventType, CallReason, Direction
from .calls import ActiveCall
from .phone import LegEnd

_DIAL_REASONS: Final = {
    404: CallReason.NOT_FOUND,
    410: CallReason.NOT_FOUND,
    484: CallReason.NOT_FOUND,
    604: CallReason.NOT_FOUND,
    486: CallReason.BUSY,
    600: CallReason.BUSY,
    603: CallReason.DECLINED,
    480: CallReason.NO_ANSWER,
    487: CallReason.CANCELLED,
    408: CallReason.UNREACHABLE,
    502: CallReason.UNREACHABLE,
    503: CallReason.UNREACHABLE,
    504: CallReason.UNREACHABLE,
    415: CallReason.MEDIA_FAILED,
    488: CallReason.MEDIA_FAILED,
    606: CallReason.MEDIA_FAILED,
}
_MEDIA_STATUSES: Final = frozenset({415, 488, 606})
_CANCELLED: Final = frozenset({0, 200, 487})
"""How a ring ends that its caller gave up; 0 where PJSIP lost the end."""

_CAUSE_EVENTS: Final = {
    CallReason.DECLINED: CallEventType.DECLINED,
    CallReason.BUSY: CallEventType.DECLINED,
    CallReason.DO_NOT_DISTURB: CallEventType.DECLINED,
    CallReason.LOCAL_HANGUP: CallEventType.DECLINED,
    CallReason.RING_TIMEOUT: CallEventType.MISSED,
}


_REFUSALS: Final = (603, 600, 486, 480, 488, 404)
"""What tells most about why nobody answered, of several that were dialled."""


def better_refusal(one: LegEnd | None, other: LegEnd) -> LegEnd:
    """Return the end that tells more about why nobody answered."""

    def rank(end: LegEnd) -> int:
        known = end.status in _REFUSALS
        return _REFUSALS.index(end.status) if known else len(_REFUSALS)

    return other if one is None or rank(other) < rank(one) else one


def ending_of(call: ActiveCall, end: LegEnd) -> tuple[CallEventType, CallReason]:
    """Return the terminal event of a call and its reason."""
    if call.answered is not None:
        return CallEventType.ENDED, call.cause or _hangup_reason(end)
    if call.direction is Direction.OUTBOUND:
        return CallEventType.FAILED, call.cause or _dial_reason(call, end)
    if call.cause:
        return _CAUSE_EVENTS.get(call.cause, CallEventType.FAILED), call.cause
    return _ring_ending(call, end)


def _hangup_reason(end: LegEnd) -> CallReason:
    """Return why an answered call ended by itself."""
    if end.remote and end.status < 300:
        return CallReason.REMOTE_HANGUP
    return _failure(end)


def _dial_reason(call: ActiveCall, end: LegEnd) -> CallReason:
    """Return why our INVITE failed."""
    if end.status == 408 and call.progressed:
        return CallReason.NO_ANSWER
    if reason := _DIAL_REASONS.get(end.status):
        return reason
    return CallReason.REJECTED if end.status >= 300 else CallReason.ERROR


def _ring_ending(call: ActiveCall, end: LegEnd) -> tuple[CallEventType, CallReason]:
    """Return how a ring ended by itself."""
    if call.elsewhere:
        return CallEventType.ANSWERED_ELSEWHERE, CallReason.ANSWERED_ELSEWHERE
    if end.remote and end.status in _CANCELLED:
        return CallEventType.MISSED, CallReason.CANCELLED
    return CallEventType.FAILED, _failure(end)


def _failure(end: LegEnd) -> CallReason:
    """Return the reason of an end that nobody asked for."""
    if end.status in _MEDIA_STATUSES:
        return CallReason.MEDIA_FAILED
    if end.status in (408, 502, 503, 504):
        return CallReason.UNREACHABLE
    return CallReason.ERROR
