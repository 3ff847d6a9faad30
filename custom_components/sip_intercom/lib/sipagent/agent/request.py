"""Requests as the SIP stack shows them, and what may be done with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ..protocol.calls import Proof
from ..protocol.config import DigestAlgorithm, MediaEncryption, Transport

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


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
class Request:
    """The facts of a request that arrived, before PJSIP has answered anything.

    `connection` identifies a TCP or TLS connection for the life of the
    process, 0 over UDP; `outgoing` says that we opened it. `transaction`
    means that it belongs to a server transaction that exists, `dialog` that
    its tags are those of a dialog that exists. `defect` is what the shield
    found wrong with it. Absent header fields are empty. `event_package` is the
    Event of a SUBSCRIBE, with its parameters. `routed` says that a Record-Route leads
    elsewhere what we ask within the dialog. `text` is the body of a MESSAGE. `headers`
    are those that devices are told apart by, by their names in small letters.
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
    routed: bool = False
    text: str = ""
    call_info: str = ""
    alert_info: str = ""
    answer_mode: str = ""
    headers: Mapping[str, str] = NO_HEADERS


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
