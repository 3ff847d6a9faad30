"""Calls and registrations as both processes see them."""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Who called."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallState(StrEnum):
    """What a call is doing; `idle` is a device without a call."""

    IDLE = "idle"
    RINGING = "ringing"
    DIALING = "dialing"
    EARLY_MEDIA = "early_media"
    IN_CALL = "in_call"


class CallEventType(StrEnum):
    """What happened to a call.

    Inbound: incoming, then one of missed, declined, answered_elsewhere and
    failed, or answered then ended. Outbound: outgoing, any number of
    progress, then failed, or answered then ended. An answered call is updated when it
    is put on hold, muted or recorded, or no longer. A call that is turned away has only
    its end.
    """

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    PROGRESS = "progress"
    ANSWERED = "answered"
    UPDATED = "updated"
    ENDED = "ended"
    MISSED = "missed"
    DECLINED = "declined"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    FAILED = "failed"


FIRST_EVENTS = frozenset({CallEventType.INCOMING, CallEventType.OUTGOING})
TERMINAL_EVENTS = frozenset(
    {
        CallEventType.ENDED,
        CallEventType.MISSED,
        CallEventType.DECLINED,
        CallEventType.ANSWERED_ELSEWHERE,
        CallEventType.FAILED,
    }
)


class CallReason(StrEnum):
    """Why a call ended; `merged` into that of a device, which still rings."""

    LOCAL_HANGUP = "local_hangup"
    REMOTE_HANGUP = "remote_hangup"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    BUSY = "busy"
    DO_NOT_DISTURB = "do_not_disturb"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    RING_TIMEOUT = "ring_timeout"
    TALK_LIMIT = "talk_limit"
    NO_MEDIA = "no_media"
    MEDIA_FAILED = "media_failed"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    MERGED = "merged"
    TRANSFERRED = "transferred"
    UNREACHABLE = "unreachable"
    DEVICE_REMOVED = "device_removed"
    AGENT_LOST = "agent_lost"
    STOPPED = "stopped"
    ERROR = "error"


class Hold(StrEnum):
    """Who has put a call on hold."""

    NONE = "none"
    LOCAL = "local"
    REMOTE = "remote"


class ViewerEnd(StrEnum):
    """Why a browser is let go of."""

    UNREACHABLE = "unreachable"
    VANISHED = "vanished"
    DEVICE_REMOVED = "device_removed"


class Proof(StrEnum):
    """What vouches for a caller, weakest first."""

    ADDRESS = "address"
    TOKEN = "token"  # noqa: S105
    DIGEST = "digest"
    CONNECTION = "connection"
    TLS = "tls"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of the household; its SIP legs are the agent's business.

    `device` is None for a caller over an account that is no known device.
    `connected_to` is the call that it talks with through us, if it is one.
    `duration` is the time since it was answered, in seconds. `status` is
    the last SIP status code that mattered. `hold` tells who has put it on hold,
    `answered_by` who of the household has answered or made it, where that is known.
    """

    id: str
    direction: Direction
    state: CallState
    device: str | None = None
    account: str | None = None
    button: str | None = None
    caller: str = ""
    caller_name: str = ""
    called: str = ""
    connected_to: str | None = None
    proof: Proof | None = None
    duration: float = 0.0
    reason: CallReason | None = None
    status: int = 0
    hold: Hold = Hold.NONE
    muted: bool = False
    recording: bool = False
    answered_by: str = ""


class RegistrationState(StrEnum):
    """The state of an account's registration."""

    REGISTERING = "registering"
    REGISTERED = "registered"
    AUTH_FAILED = "auth_failed"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CERTIFICATE = "certificate"
    UNREGISTERED = "unregistered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """An account's registration; `expires` in seconds, `text` for a person."""

    account: str
    state: RegistrationState
    status: int = 0
    text: str = ""
    expires: int = 0
