"""Turn the agent's errors into translated ones."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .lib.sipagent.protocol.errors import (
    AgentTimeoutError,
    AgentTransportError,
    BusyError,
    CallEndedError,
    CommandError,
    DeviceBusyError,
    DeviceNotRegisteredError,
    DoorCallFailedError,
    InvalidOfferError,
    InvalidStateError,
    InvalidTargetError,
    InvalidTonesError,
    MessageFailedError,
    NoSuchAccountError,
    NoSuchCallError,
    NoSuchDeviceError,
    NoSuchDoorError,
    NoTonesError,
    NotRegisteredError,
    ProtocolError,
    SipAgentError,
    SoundFileError,
    TonesRefusedError,
    TooManyCallsError,
    TooManyViewersError,
    TransferFailedError,
    UnprovenCallError,
)

INPUT_ERRORS: Final[tuple[type[CommandError], ...]] = (
    NoSuchCallError,
    NoSuchAccountError,
    NoSuchDeviceError,
    DeviceBusyError,
    InvalidStateError,
    InvalidTargetError,
    InvalidTonesError,
    NoTonesError,
    NoSuchDoorError,
    CallEndedError,
    UnprovenCallError,
    SoundFileError,
)
STATE_ERRORS: Final[tuple[type[CommandError], ...]] = (
    NotRegisteredError,
    DeviceNotRegisteredError,
    TooManyCallsError,
    TooManyViewersError,
    BusyError,
)


DOOR_ERRORS: Final = frozenset(
    {
        "door_busy",
        "door_declined",
        "door_no_answer",
        "door_not_found",
        "door_unreachable",
    }
)
"""Errors of calls that were made to open a door, by why they failed."""


def input_error(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error for something that the user asked for and cannot have."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


def translated(err: SipAgentError) -> HomeAssistantError:
    """Return the error of Home Assistant for one of the agent."""
    match err:
        case CommandError() if isinstance(err, INPUT_ERRORS):
            return input_error(err.code)
        case CommandError() if isinstance(err, STATE_ERRORS):
            return state_error(err.code)
        case TonesRefusedError() | TransferFailedError() | MessageFailedError():
            return state_error(err.code, status=str(err))
        case InvalidOfferError():
            return input_error(err.code, reason=str(err))
        case DoorCallFailedError():
            key = f"door_{err}"
            return state_error(key if key in DOOR_ERRORS else err.code)
        case AgentTimeoutError():
            return state_error("agent_timeout")
        case AgentTransportError() | ProtocolError():
            return state_error("agent_unavailable")
        case _:
            return state_error("command_failed", error=str(err))


@contextmanager
def translated_errors() -> Generator[None]:
    """Raise what the agent raises as a translated error."""
    try:
        yield
    except SipAgentError as err:
        raise translated(err) from err


def state_error(key: str, **placeholders: str) -> HomeAssistantError:
    """Return the error for a command that failed."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )
