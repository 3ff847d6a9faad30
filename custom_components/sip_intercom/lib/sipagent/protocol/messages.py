"""Every message on the wire but the commands: results and events, and envelopes."""

from collections.abc import Mapping
from dataclasses import dataclass

from .bindings import Binding, Guesser
from .calls import Call, CallEventType, Proof, Registration, ViewerEnd
from .commands import Command
from .config import Transport

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
class Played:
    """Whether a file was played to its end."""

    finished: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """The call in which the code of a door was sent."""

    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewerAnswer:
    """What we answer to a browser's offer."""

    sdp: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoOpened:
    """The port that takes the video."""

    port: int


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
class MessageReceived:
    """A device, or somebody over an account, sent a text (RFC 3428)."""

    device: str | None
    account: str | None
    caller: str
    caller_name: str
    text: str
    proof: Proof


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
class ViewerCandidate:
    """One more way to us, for a line of a browser's offer; empty after the last."""

    viewer: str
    mid: str
    index: int
    candidate: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewerClosed:
    """A browser is gone, or could not be reached; its viewer is forgotten."""

    viewer: str
    reason: ViewerEnd


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoChanged:
    """A device's call shows video now, or no more."""

    device: str
    shown: bool


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


type ResultValue = (
    Configured | Dialled | Opened | Played | Snapshot | ViewerAnswer | VideoOpened
)
type Event = (
    Hello
    | Heartbeat
    | CallChanged
    | ToneReceived
    | MessageReceived
    | RegistrationChanged
    | BindingsChanged
    | CredentialsRefused
    | ServerSought
    | TransportChanged
    | CallerRefused
    | RequestsRefused
    | ViewerCandidate
    | ViewerClosed
    | VideoChanged
    | NameWanted
)
type AgentMessage = Event | Result | Failure
