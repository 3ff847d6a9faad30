"""Every message on the wire: commands down, results and events up."""

from collections.abc import Mapping
from dataclasses import dataclass

from .bindings import Binding, Guesser
from .calls import Call, CallEventType, Registration
from .config import AccountConfig, HostConfig, Transport, UserAgentConfig
from .tones import RFC_4733, ToneStyle

# Commands: Home Assistant to agent. Each is answered by one Result or Failure.


@dataclass(frozen=True, kw_only=True, slots=True)
class Configure:
    """Apply the difference to this configuration; answered with TransportStatuses."""

    config: UserAgentConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class SetHost:
    """Tell the addresses of a name; none means that it does not exist."""

    host: HostConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class Restore:
    """Take bindings that an agent before this one has told.

    Those that have expired, or are older than what a device has registered
    since, are left out.
    """

    bindings: tuple[Binding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TryAccount:
    """Register once with this account and unregister again.

    Raises InvalidAuthError, CannotConnectError, RegistrationTimeoutError or
    InvalidCertificateError.
    """

    account: AccountConfig
    hosts: tuple[HostConfig, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckHealth:
    """Have the user agent answer an OPTIONS that it sends to itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListState:
    """Return the agent's Snapshot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Answer a ringing call."""

    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decline:
    """Decline a ringing call with a status code, 486 or 603."""

    call: str
    status: int = 486


@dataclass(frozen=True, kw_only=True, slots=True)
class HangUp:
    """End a call in any state."""

    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dial:
    """Call a device, or a number or SIP URI over an account; answered with Dialled.

    Exactly one of `device` and `target` is given. A target without account
    is a SIP URI that is called directly.
    """

    device: str | None = None
    target: str | None = None
    account: str | None = None
    hosts: tuple[HostConfig, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SendTones:
    """Send tones in a call: 0-9, *, #, A-D; a comma pauses half a second.

    Answered when the last one has been sent.
    """

    call: str
    tones: str
    style: ToneStyle = RFC_4733


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDoor:
    """Send the code of a door; answered with Opened when that has been sent.

    It is sent in a call of the device's if there is one, which is answered for it
    when it rings; else the device is called and hung up afterwards. Raises
    DoorCallFailedError, UnprovenCallError, or what SendTones raises.
    """

    device: str
    door: str


# Values of results.


@dataclass(frozen=True, kw_only=True, slots=True)
class TransportStatus:
    """Whether a transport listens, where, and if not why."""

    transport: Transport
    address: str
    port: int
    listening: bool
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Configured:
    """The transports after a Configure; a failed bind keeps the old one."""

    transports: tuple[TransportStatus, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialled:
    """The call that a Dial started."""

    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """The call in which the code of a door was sent."""

    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """Everything that lasts in the agent."""

    registrations: tuple[Registration, ...]
    calls: tuple[Call, ...]
    transports: tuple[TransportStatus, ...]
    refused: int
    bindings: tuple[Binding, ...] = ()
    guessers: tuple[Guesser, ...] = ()


# Events: agent to Home Assistant.


@dataclass(frozen=True, kw_only=True, slots=True)
class Hello:
    """First line of an agent: what it is and what it runs on."""

    schema: int
    pjsip: str
    build: Mapping[str, str | int | bool | tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """The agent's loop turns; sent every second or two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallChanged:
    """Something happened to a call."""

    event: CallEventType
    call: Call


@dataclass(frozen=True, kw_only=True, slots=True)
class ToneReceived:
    """The peer of a call sent a tone."""

    call: str
    tone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrationChanged:
    """A registration changed its state."""

    registration: Registration


@dataclass(frozen=True, kw_only=True, slots=True)
class BindingsChanged:
    """A device registered, refreshed, or lost bindings; these are all it has."""

    device: str
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialsRefused:
    """Wrong credentials were shown; at most one a second and source."""

    guesser: Guesser
    transport: Transport
    user_agent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSought:
    """A phone looks for a server (SIP PnP); what it says of itself is its own."""

    address: str
    port: int
    mac: str
    vendor: str
    model: str
    version: str
    user_agent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TransportChanged:
    """A transport was lost, failed to bind, or listens again."""

    status: TransportStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerRefused:
    """Callers without proof were refused; at most one a second per source.

    Both count since the agent started: `attempts` the calls of this source,
    `total` the refused requests of all, each without its repetitions.
    """

    source: str
    transport: Transport
    caller: str
    caller_name: str
    called: str
    user_agent: str
    attempts: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestsRefused:
    """Refused requests that no CallerRefused told of; at most one in ten seconds."""

    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NameWanted:
    """PJSIP needs the addresses of a name; answer with SetHost within 5 s."""

    name: str


# Envelopes.


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A command with the id that its answer carries."""

    id: int
    command: Command


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A command succeeded."""

    id: int
    value: ResultValue | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A command failed; id None answers a line that could not be read."""

    id: int | None
    code: str
    text: str = ""


type Command = (
    Configure
    | Restore
    | SetHost
    | TryAccount
    | CheckHealth
    | ListState
    | Answer
    | Decline
    | HangUp
    | Dial
    | SendTones
    | OpenDoor
)
type ResultValue = Configured | Dialled | Opened | Snapshot
type Event = (
    Hello
    | Heartbeat
    | CallChanged
    | ToneReceived
    | RegistrationChanged
    | BindingsChanged
    | CredentialsRefused
    | ServerSought
    | TransportChanged
    | CallerRefused
    | RequestsRefused
    | NameWanted
)
type AgentMessage = Event | Result | Failure
