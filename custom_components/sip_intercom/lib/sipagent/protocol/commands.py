"""Every command that Home Assistant gives the agent."""

from dataclasses import dataclass, field

from .bindings import Binding
from .config import AccountConfig, HostConfig, IceServer, UserAgentConfig
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
    """Answer a ringing call; `by` is who does, for those who see it."""

    call: str
    by: str = ""


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
class Callee:
    """A device, or a target over an account or directly, as in Dial."""

    device: str | None = None
    target: str | None = None
    account: str | None = None
    hosts: tuple[HostConfig, ...] = ()


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Play:
    """Let the peer of an answered call hear a WAV file; answered with Played.

    It takes the place of the file that is played. A loop ends with StopPlaying.
    """

    call: str
    path: str
    loop: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StopPlaying:
    """Stop the file that the peer of a call hears."""

    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SetVolume:
    """Play files into a call with a volume; 1 is that of the file, at most 4."""

    call: str
    volume: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Write what the peer of an answered call says, and what it is sent, as WAV.

    Answered when both files are complete: after StopRecording, or with the call.
    """

    call: str
    heard: str
    sent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StopRecording:
    """Complete the files of a recording before the call ends."""

    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SetHold:
    """Put an answered call on hold, or take it back."""

    call: str
    held: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Mute:
    """Let the peer of a call not hear who is connected with it, or do."""

    call: str
    muted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """Have the peer of an answered call call somebody else (REFER).

    Answered when that has been answered; the call has ended then.
    """

    call: str
    target: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Connect:
    """Call others for a call; the first one who answers is connected with it.

    A call that rings is answered then.
    """

    call: str
    callees: tuple[Callee, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SendMessage:
    """Send a text to a device, or to a target over an account (RFC 3428).

    Answered when it has been taken; MessageFailedError.
    """

    to: Callee
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenViewer:
    """Connect a browser with a device by WebRTC; answered with ViewerAnswer.

    Whether it talks is in its offer. Who talks answers a call that rings, and has
    the device called that has none; `by` is who it is. Raises InvalidOfferError,
    TooManyViewersError, or what Dial raises.
    """

    viewer: str
    device: str
    offer: str = field(repr=False)
    servers: tuple[IceServer, ...] = ()
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AddCandidates:
    """Tell ways to a browser for one line of its offer; none means that these were all.

    The line is named by its `mid` or else its `index`.
    """

    viewer: str
    candidates: tuple[str, ...]
    mid: str | None = None
    index: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseViewer:
    """Let go of a browser; one that is gone already is no error."""

    viewer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenVideo:
    """Take H.264 for the browsers of a device; answered with VideoOpened.

    Another process sends it to that port of this machine, as payload type 96.
    """

    device: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseVideo:
    """Take no more video for a device from another process."""

    device: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchVideo:
    """Copy the video of a device's call to a UDP port of this machine, or no more."""

    device: str
    port: int
    watched: bool = True


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
    | Play
    | StopPlaying
    | SetVolume
    | Record
    | StopRecording
    | SetHold
    | Mute
    | Transfer
    | Connect
    | SendMessage
    | OpenViewer
    | AddCandidates
    | CloseViewer
    | OpenVideo
    | CloseVideo
    | WatchVideo
)
