"""Pick the call that a command means, and describe it to people."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from .const import (
    ATTR_ACCOUNT,
    ATTR_ANSWERED_BY,
    ATTR_CALL_ID,
    ATTR_CALLED,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    ATTR_CONNECTED_TO,
    ATTR_DIRECTION,
    ATTR_DURATION,
    ATTR_HOLD,
    ATTR_MUTED,
    ATTR_PROOF,
    ATTR_REASON,
    ATTR_RECORDING,
)
from .lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    CallState,
    Direction,
    Hold,
)


def ringing_call(calls: Iterable[Call]) -> Call | None:
    """Return the newest call that rings here."""
    return _newest(
        call
        for call in calls
        if call.direction is Direction.INBOUND and call.state is CallState.RINGING
    )


def talking_call(calls: Iterable[Call]) -> Call | None:
    """Return the newest call that was answered."""
    return _newest(call for call in calls if call.state is CallState.IN_CALL)


def endable_call(calls: Iterable[Call]) -> Call | None:
    """Return the newest call that was answered, else the newest one."""
    calls = tuple(calls)
    return talking_call(calls) or _newest(calls)


def joinable_call(calls: Iterable[Call]) -> Call | None:
    """Return the newest call that can be joined with a phone."""
    calls = tuple(calls)
    return talking_call(calls) or ringing_call(calls)


def call_attributes(
    call: Call, account: str | None, event: CallEventType | None = None
) -> dict[str, Any]:
    """Return what applies of a call as attributes; `account` is its name."""
    attributes = {
        ATTR_CALL_ID: call.id,
        ATTR_DIRECTION: call.direction.value,
        ATTR_CALLER: call.caller,
        ATTR_CALLER_NAME: call.caller_name,
        ATTR_CALLED: call.called,
        ATTR_ACCOUNT: account,
        ATTR_PROOF: call.proof and call.proof.value,
        ATTR_DURATION: call.duration if event is CallEventType.ENDED else None,
        ATTR_REASON: call.reason and call.reason.value,
        ATTR_HOLD: None if call.hold is Hold.NONE else call.hold.value,
        ATTR_MUTED: call.muted or None,
        ATTR_RECORDING: call.recording or None,
        ATTR_CONNECTED_TO: call.connected_to,
        ATTR_ANSWERED_BY: call.answered_by,
    }
    return {
        name: value for name, value in attributes.items() if value not in (None, "")
    }


def _newest(calls: Iterable[Call]) -> Call | None:
    """Return the last one, since calls are kept in the order they began."""
    return next(iter(deque(calls, maxlen=1)), None)
