"""What the user agent needs of a SIP stack, and what it hears from it.

A leg is one SIP dialog, or an INVITE on its way to one. One call of the
household has one leg or, when a press arrives twice, several.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..protocol.calls import RegistrationState
from ..protocol.config import (
    AccountConfig,
    HostConfig,
    IceServer,
    MediaEncryption,
    TransportsConfig,
)
from ..protocol.errors import CommandError
from ..protocol.messages import TransportStatus
from ..protocol.tones import ToneStyle
from .request import Credentials, Hop, Pass, Request, Verdict
from .webrtc_sdp import Offer

type LegId = int
type ViewerId = str
type Done = Callable[[CommandError | None], None]
"""Takes how something ended; None is success."""
type PlayDone = Callable[[bool], None]
"""Takes whether a file was played to its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A URI to call; one that is registered is reached by its hop."""

    uri: str
    hop: Hop | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IncomingLeg:
    """An INVITE that passed; nothing but 100 has been sent."""

    leg: LegId
    request: Request
    verdict: Pass


@dataclass(frozen=True, kw_only=True, slots=True)
class LegEnd:
    """How a leg ended.

    `status` is the final status code, 200 after BYE, 487 when the caller
    cancelled. `elsewhere` tells that the CANCEL's Reason (RFC 3326) carries
    cause 200. `remote` tells who ended it.
    """

    leg: LegId
    status: int
    text: str
    remote: bool
    elsewhere: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrationReport:
    """The outcome of one registration attempt or refresh of an account.

    `connection` is the TCP or TLS connection that carried it, 0 over UDP;
    `tls_verified` says whether its server certificate was verified.
    """

    account: str
    state: RegistrationState
    status: int
    text: str
    expires: int
    connection: int = 0
    tls_verified: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LegMedia:
    """A leg's media: seconds since the last RTP packet arrived; on hold or not.

    `held_by_us` tells who put it on hold.
    """

    silence: float
    on_hold: bool
    held_by_us: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LegPeer:
    """Where what we send to a leg's peer goes: numeric addresses, empty if unknown."""

    target: str
    media: str


class PhoneListener(Protocol):
    """What the SIP stack tells the user agent, always in the agent's thread."""

    def on_request(self, request: Request) -> Verdict:
        """Judge a request before PJSIP sees it."""

    def on_incoming_leg(self, leg: IncomingLeg) -> None:
        """Hear of an INVITE that passed."""

    def on_leg_progress(self, leg: LegId, status: int, early_media: bool) -> None:
        """Hear of a provisional response to our INVITE, or of media before an answer."""

    def on_leg_answered(self, leg: LegId) -> None:
        """Hear that a leg is confirmed (ACK received or sent)."""

    def on_leg_hold(self, leg: LegId, media: LegMedia) -> None:
        """Hear that a confirmed leg was put on hold by one side, or taken back."""

    def on_leg_ended(self, end: LegEnd) -> None:
        """Hear that a leg is over and its slot free."""

    def on_tone(self, leg: LegId, tone: str) -> None:
        """Hear a tone of the peer, once."""

    def on_leg_video(self, leg: LegId, *, shown: bool) -> None:
        """Hear that a leg shows video, or does not any more."""

    def on_viewer_answer(self, viewer: ViewerId, sdp: str) -> None:
        """Hear what is to be answered to a browser's offer."""

    def on_viewer_candidate(
        self, viewer: ViewerId, mid: str, index: int, candidate: str
    ) -> None:
        """Hear of one more way to us, for a line; empty after the last."""

    def on_viewer_connected(self, viewer: ViewerId) -> None:
        """Hear that a browser and we hear each other."""

    def on_viewer_failed(self, viewer: ViewerId) -> None:
        """Hear that there is no way to a browser."""

    def on_registration(self, report: RegistrationReport) -> None:
        """Hear how an account's registration stands."""

    def on_transport(self, status: TransportStatus) -> None:
        """Hear that a listening transport was lost or is back."""

    def on_name_wanted(self, name: str) -> None:
        """Hear that PJSIP needs the addresses of a name."""

    def on_connection_lost(self, connection: int) -> None:
        """Hear that a TCP or TLS connection is gone."""


class TrialListener(Protocol):
    """Hears how a trial registration or a health check ended."""

    def __call__(self, error: CommandError | None) -> None:
        """Take the outcome; None is success."""


class Phone(Protocol):
    """A SIP stack with one thread, driven by poll()."""

    def start(self, username: str, listener: PhoneListener) -> None:
        """Create the endpoint; no transport yet."""

    def stop(self) -> None:
        """Hang up, unregister (at most 1 s) and destroy the endpoint."""

    def build(self) -> Mapping[str, str | int | bool | tuple[str, ...]]:
        """Return what the SIP stack runs on; `pjsip` is its version."""

    def poll(self, seconds: float) -> None:
        """Handle what arrives; return at once after wake()."""

    def wake(self) -> None:
        """Make a poll return; the only method that any thread may call."""

    def set_username(self, username: str) -> None:
        """Change the user part that direct devices dial."""

    def open_transports(self, config: TransportsConfig) -> tuple[TransportStatus, ...]:
        """Bring the listening transports to this configuration.

        What cannot be bound keeps the old transport and says so.
        """

    def set_trace(self, enabled: bool) -> None:
        """Log every SIP message, credentials redacted, or not."""

    def set_host(self, host: HostConfig) -> None:
        """Tell the addresses of a name."""

    def forget_host(self, name: str) -> None:
        """Forget the addresses of a name; it is wanted again when it is met."""

    def set_ice_servers(self, servers: tuple[IceServer, ...]) -> None:
        """Use these servers for accounts with ICE."""

    def put_account(self, account: AccountConfig) -> None:
        """Add an account or apply its changes, without registering.

        The Contact carries the account's token as `;line=<token>`.
        """

    def remove_account(self, account: str) -> None:
        """Unregister and forget an account."""

    def register(self, account: str) -> None:
        """Register now, with a transport made anew where the old one is dead."""

    def address_changed(self) -> None:
        """Re-register and re-bind after the machine's address changed."""

    def try_account(self, account: AccountConfig, done: TrialListener) -> None:
        """Register once with an account and report; at most 10 s."""

    def check_health(self, done: TrialListener) -> None:
        """Send an OPTIONS to ourselves and report; at most 3 s.

        The listener is not asked about this request.
        """

    def credentials(self, realm: str) -> Credentials | None:
        """Return the credentials for a realm that the judged request shows, if any."""

    def verify(self, username: str, realm: str, ha1: str) -> bool:
        """Tell whether the request that is being judged shows the right credentials.

        `ha1` is of the algorithm that the request uses. Only on_request may ask
        this, and for credentials().
        """

    def same_uri(self, one: str, other: str) -> bool:
        """Tell whether two URIs are the same (RFC 3261 section 19.1.4)."""

    def keep_connection(self, connection: int, kept: bool) -> None:
        """Keep a TCP or TLS connection open although nothing comes over it, or not."""

    def show_headers(self, names: frozenset[str]) -> None:
        """Show these header fields of INVITEs, by their names in small letters."""

    def set_codecs(self, codecs: tuple[str, ...]) -> None:
        """Offer and take these codecs only, best first; none means our own order."""

    def find_phones(self, enabled: bool) -> None:
        """Hear phones that look for a server (SIP PnP), or not."""

    def ring(self, leg: LegId) -> None:
        """Send 180."""

    def take_video(self, leg: LegId) -> None:
        """Take the video that an INVITE offers, with the next SDP that is sent."""

    def start_early_media(self, leg: LegId) -> None:
        """Send 183 with SDP; on_leg_progress tells when there is media."""

    def answer(self, leg: LegId) -> None:
        """Send 200 with SDP."""

    def end(self, leg: LegId, status: int = 486, *, elsewhere: bool = False) -> None:
        """Decline, cancel or hang up a leg, whatever state it is in.

        `elsewhere` tells who is not to ring any more that somebody else answered.
        """

    def dial(
        self,
        uri: str,
        *,
        account: str | None,
        encryption: MediaEncryption,
        hop: Hop | None = None,
        video: bool = False,
    ) -> LegId:
        """Call a SIP URI over an account, or directly.

        With `hop` every request of the call goes there, whatever its URI says; with
        `video` the peer is asked for H.264.
        """

    def send_message(
        self,
        uri: str,
        text: str,
        done: Done,
        *,
        account: str | None,
        hop: Hop | None = None,
    ) -> None:
        """Send a text over an account, or directly; MessageFailedError."""

    def connect(self, leg: LegId, other: LegId) -> None:
        """Let the peers of two confirmed legs hear each other, until one ends."""

    def call_id(self, leg: LegId) -> str:
        """Return the Call-ID of a leg."""

    def send_tones(self, leg: LegId, tones: str, style: ToneStyle, done: Done) -> None:
        """Send tones in a call that has audio, after those that are being sent.

        `done` hears when the last one has been sent, or why not: NoTonesError,
        TonesRefusedError, CallEndedError.
        """

    def play(self, leg: LegId, path: str, done: PlayDone, *, loop: bool) -> None:
        """Let a leg's peer hear a WAV file, instead of the one before; SoundFileError.

        `done` hears when that is over; a loop has to be stopped.
        """

    def stop_playing(self, leg: LegId) -> None:
        """Stop what a leg's peer hears of a file, if it does."""

    def set_volume(self, leg: LegId, volume: float) -> None:
        """Play files to a leg's peer with a volume; 1 is that of the file."""

    def record(self, leg: LegId, heard: str, sent: str, done: Done) -> None:
        """Write WAV files of what a leg's peer says and of what it is sent.

        `done` hears when they are complete, after stop_recording() or with the leg.
        """

    def stop_recording(self, leg: LegId) -> None:
        """Complete the files of a recording."""

    def mute(self, leg: LegId, *, muted: bool) -> None:
        """Let a leg's peer not hear the leg that it is connected with, or do."""

    def hold(self, leg: LegId, *, held: bool) -> None:
        """Put a leg on hold by a re-INVITE, or take it back."""

    def transfer(self, leg: LegId, uri: str, done: Done) -> None:
        """Have a leg's peer call a URI instead (REFER); TransferFailedError."""

    def open_viewer(
        self, viewer: ViewerId, offer: Offer, servers: Sequence[IceServer]
    ) -> None:
        """Connect a browser; on_viewer_answer tells what to answer."""

    def add_candidates(
        self, viewer: ViewerId, line: int, candidates: Sequence[str]
    ) -> None:
        """Take ways to a browser for a line of its offer; none: these were all."""

    def close_viewer(self, viewer: ViewerId) -> None:
        """Let go of a browser."""

    def viewer_silence(self, viewer: ViewerId) -> float:
        """Return the seconds since a connected browser has sent anything."""

    def join(self, viewer: ViewerId, leg: LegId, *, talks: bool) -> None:
        """Let a browser hear a leg's peer and, if it talks, be heard by it."""

    def part(self, viewer: ViewerId) -> None:
        """Let a browser hear nobody, and be heard by nobody."""

    def open_video(self, name: str) -> int:
        """Take video of another process, and return the port for it."""

    def close_video(self, name: str) -> None:
        """Take no more video of another process."""

    def show_video(self, viewer: ViewerId, source: str | LegId | None) -> None:
        """Show a browser the video of another process or of a leg, or none."""

    def watch_video(self, leg: LegId, port: int, *, watched: bool) -> None:
        """Copy the video of a leg to a UDP port of this machine, or no more."""

    def leg_peer(self, leg: LegId) -> LegPeer:
        """Return where what we send to a leg goes."""

    def leg_media(self, leg: LegId) -> LegMedia:
        """Return how a confirmed leg's media does."""

    def leg_alive(self, leg: LegId) -> bool:
        """Tell whether PJSIP still holds the leg (a lost DISCONNECTED)."""

    def forget(self, leg: LegId) -> None:
        """Let go of a leg that PJSIP does not hold any more."""
