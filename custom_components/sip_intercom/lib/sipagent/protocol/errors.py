"""Errors that cross the wire by code, and those of the wire itself."""

from typing import ClassVar


class SipAgentError(Exception):
    """Base of every error of the agent and its client."""


class AgentTransportError(SipAgentError):
    """The agent process cannot be talked to."""


class NativeLibraryMissingError(AgentTransportError):
    """No native library exists for this platform."""


class NativeLibraryDamagedError(AgentTransportError):
    """A file of the native library is not as it was released."""


class AgentStartError(AgentTransportError):
    """The agent process did not start."""


class AgentGoneError(AgentTransportError):
    """The agent process ended before it answered."""


class AgentTimeoutError(AgentTransportError):
    """The agent process did not answer in time."""


class ProtocolError(SipAgentError):
    """A line on the wire cannot be used."""


class SchemaMismatchError(ProtocolError):
    """The agent, or its library, is of another version than this side."""


class CommandError(SipAgentError):
    """A command failed in the agent; `code` names the class on the wire."""

    code: ClassVar[str] = "command_failed"
    by_code: ClassVar[dict[str, type[CommandError]]] = {}

    def __init_subclass__(cls) -> None:
        """Register the class under its wire code."""
        CommandError.by_code[cls.code] = cls


class MalformedMessageError(CommandError, ProtocolError):
    """The line is not a message: no JSON object, wrong or missing field."""

    code = "malformed_message"


class UnknownMessageError(CommandError, ProtocolError):
    """The message type does not exist in this schema."""

    code = "unknown_message"


class LineTooLongError(CommandError, ProtocolError):
    """The line is longer than the protocol allows."""

    code = "line_too_long"


class NoSuchCallError(CommandError):
    """There is no such call."""

    code = "no_such_call"


class NoSuchAccountError(CommandError):
    """There is no such account."""

    code = "no_such_account"


class NoSuchDeviceError(CommandError):
    """There is no such device."""

    code = "no_such_device"


class InvalidStateError(CommandError):
    """The call is not in a state that allows the command."""

    code = "invalid_state"


class DeviceBusyError(CommandError):
    """The device has a call already."""

    code = "device_busy"


class InvalidTargetError(CommandError):
    """The target cannot be dialled: no number, name or SIP URI."""

    code = "invalid_target"


class NotRegisteredError(CommandError):
    """The account is not registered, so nothing can be dialled over it."""

    code = "not_registered"


class DeviceNotRegisteredError(CommandError):
    """The device has not registered, so that nobody knows where it is."""

    code = "device_not_registered"


class TooManyCallsError(CommandError):
    """Every call slot is taken."""

    code = "too_many_calls"


class BusyError(CommandError):
    """The change has to wait until no call is up."""

    code = "busy"


class InvalidTonesError(CommandError):
    """The tones hold something other than 0-9, *, #, A-D and comma."""

    code = "invalid_tones"


class NoTonesError(CommandError):
    """The peer takes no tones by RFC 4733."""

    code = "no_tones"


class TonesRefusedError(CommandError):
    """The peer refuses the tones; the text is its status."""

    code = "tones_refused"


class CallEndedError(CommandError):
    """The call ended before it was done."""

    code = "call_ended"


class SoundFileError(CommandError):
    """A sound file cannot be played or written; the text is PJSIP's own."""

    code = "sound_file"


class TransferFailedError(CommandError):
    """The peer did not transfer the call; the text is its status."""

    code = "transfer_failed"


class MessageFailedError(CommandError):
    """A message was not taken; the text is the status."""

    code = "message_failed"


class InvalidOfferError(CommandError):
    """A browser offers no audio with Opus, ICE and DTLS; the text says what is wrong."""

    code = "invalid_offer"


class TooManyViewersError(CommandError):
    """So many browsers are connected that one more would disturb the calls."""

    code = "too_many_viewers"


class NoSuchDoorError(CommandError):
    """The device has no such door."""

    code = "no_such_door"


class DoorCallFailedError(CommandError):
    """The device could not be called to open a door; the text is the CallReason."""

    code = "door_call_failed"


class UnprovenCallError(CommandError):
    """The call cannot be told to be the device's, so that no code is sent in it."""

    code = "unproven_call"


class PortInUseError(CommandError):
    """The port is taken by another program."""

    code = "port_in_use"


class PortNotPermittedError(CommandError):
    """The system keeps the port for privileged programs."""

    code = "port_not_permitted"


class InvalidAddressError(CommandError):
    """The bind address does not belong to this machine."""

    code = "invalid_address"


class InvalidCertificateError(CommandError):
    """A certificate is not trusted, does not fit its name or cannot be read."""

    code = "invalid_certificate"


class InvalidAuthError(CommandError):
    """The registrar refuses user name or password."""

    code = "invalid_auth"


class CannotConnectError(CommandError):
    """The server cannot be reached or refuses the registration."""

    code = "cannot_connect"


class RegistrationTimeoutError(CommandError):
    """The registrar does not answer."""

    code = "timed_out"


class SipStackError(CommandError):
    """PJSIP refuses an operation; the text is PJSIP's own."""

    code = "sip_stack"
