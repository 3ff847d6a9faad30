"""What the user agent needs of a SIP stack, and what it hears from it.

A leg is one SIP dialog, or an INVITE on its way to one. One call of the
household has one leg or, when a press arrives twice, several.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ..protocol.calls import Proof, RegistrationState
from ..protocol.config import (
    AccountConfig,
    DigestAlgorithm,
    HostConfig,
    MediaEncryption,
    Transport,
    TransportsConfig,
)
from ..protocol.errors import CommandError
from ..protocol.messages import TransportStatus

type LegId = int


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A digest response in an Authorization or Proxy-Authorization.

    `algorithm` is None where it is none that we know. `nc` is 0 and `qop` empty
    in the older form without them (RFC 7616 section 3.4).
    """

    username: str
    nonce: str
    algorithm: DigestAlgorithm | None
    qop: str
    nc: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterContact:
    """A contact in a REGISTER; `expires` is None where it has no parameter of its own.

    `instance` and `reg_id` are those of RFC 5626.
    """

    uri: str
    expires: int | None
    q: float
    instance: str
    reg_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterFacts:
    """What only a REGISTER has; `star` is the contact `*`.

    `supported` and `required` are option tags.
    """

    contacts: tuple[RegisterContact, ...]
    star: bool
    expires: int | None
    path: tuple[str, ...]
    supported: frozenset[str]
    required: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hop:
    """Where a registered contact is reached: the address that it registered from.

    `connection` is the TCP or TLS connection that it holds open, 0 without one.
    `path` becomes the Route of what is sent there (RFC 3327).
    """

    transport: Transport
    address: str
    port: int
    connection: int = 0
    path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A URI to call; one that is registered is reached by its hop."""

    uri: str
    hop: Hop | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """The facts of a request that arrived, before PJSIP has answered anything.

    `connection` identifies a TCP or TLS connection for the life of the
    process, 0 over UDP; `outgoing` says that we opened it. `transaction`
    means that it belongs to a server transaction that exists, `dialog` that
    its tags are those of a dialog that exists. `defect` is what the shield
    found wrong with it. Absent header fields are empty. `event_package` is the
    Event of a SUBSCRIBE, with its parameters.
    """

    method: str
    uri: str
    transport: Transport
    connection: int
    outgoing: bool
    tls_verified: bool
    local_address: str
    local_port: int
    remote_address: str
    remote_port: int
    from_uri: str
    from_name: str
    from_tag: str
    to_uri: str
    to_tag: str
    call_id: str
    cseq: int
    asserted_identity: str
    called_party: str
    user_agent: str
    has_replaces: bool
    transaction: bool
    dialog: bool
    defect: str
    event_package: str = ""
    register: RegisterFacts | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """Let the request through.

    An INVITE goes to `account`, or without one to the direct endpoint with
    `encryption`. `proof` is kept with the leg. What we ask within the call goes
    to `hop`, where it is given.
    """

    proof: Proof
    account: str | None = None
    encryption: MediaEncryption = MediaEncryption.SDES_OPTIONAL
    hop: Hop | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refuse:
    """Answer statelessly with this status, nothing else.

    A stranger's connection is closed; a known peer's may carry its calls.
    """

    status: int = 403
    stranger: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop:
    """Answer nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenge:
    """Ask for credentials: a stateless 401 with one challenge per algorithm."""

    realm: str
    nonce: str
    algorithms: tuple[DigestAlgorithm, ...]
    stale: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """Answer in a server transaction, so that repetitions hear the same."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


type Verdict = Pass | Refuse | Drop | Challenge | Reply


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
    """A leg's media: seconds since the last RTP packet arrived; on hold or not."""

    silence: float
    on_hold: bool


class PhoneListener(Protocol):
    """What the SIP stack tells the user agent, always in the agent's thread."""

    def on_request(self, request: Request) -> Verdict:
        """Judge a request before PJSIP sees it."""

    def on_incoming_leg(self, leg: IncomingLeg) -> None:
        """Hear of an INVITE that passed."""

    def on_leg_progress(self, leg: LegId, status: int, early_media: bool) -> None:
        """Hear of a provisional response to our INVITE."""

    def on_leg_answered(self, leg: LegId) -> None:
        """Hear that a leg is confirmed (ACK received or sent)."""

    def on_leg_ended(self, end: LegEnd) -> None:
        """Hear that a leg is over and its slot free."""

    def on_tone(self, leg: LegId, tone: str) -> None:
        """Hear a tone of the peer, once."""

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

    def find_phones(self, enabled: bool) -> None:
        """Hear phones that look for a server (SIP PnP), or not."""

    def ring(self, leg: LegId) -> None:
        """Send 180."""

    def answer(self, leg: LegId) -> None:
        """Send 200 with SDP."""

    def end(self, leg: LegId, status: int = 486) -> None:
        """Decline, cancel or hang up a leg, whatever state it is in."""

    def dial(
        self,
        uri: str,
        *,
        account: str | None,
        encryption: MediaEncryption,
        hop: Hop | None = None,
    ) -> LegId:
        """Call a SIP URI over an account, or directly.

        With `hop` every request of the call goes there, whatever its URI says.
        """

    def connect(self, leg: LegId, other: LegId) -> None:
        """Let the peers of two confirmed legs hear each other, until one ends."""

    def call_id(self, leg: LegId) -> str:
        """Return the Call-ID of a leg."""

    def send_tones(self, leg: LegId, tones: str) -> None:
        """Send tones by RFC 4733; a comma pauses half a second."""

    def leg_media(self, leg: LegId) -> LegMedia:
        """Return how a confirmed leg's media does."""

    def leg_alive(self, leg: LegId) -> bool:
        """Tell whether PJSIP still holds the leg (a lost DISCONNECTED)."""

    def forget(self, leg: LegId) -> None:
        """Let go of a leg that PJSIP does not hold any more."""
