"""What the agent is configured with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import re
from typing import Final

from .calls import Proof
from .doors import DoorConfig


class Transport(StrEnum):
    """A SIP transport (RFC 3261 section 18)."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class MediaEncryption(StrEnum):
    """How the audio of a call is encrypted; required never falls back."""

    NONE = "none"
    SDES_OPTIONAL = "sdes_optional"
    SDES_REQUIRED = "sdes_required"
    DTLS = "dtls"


class DigestAlgorithm(StrEnum):
    """A hash of SIP's digest authentication (RFC 3261, RFC 8760)."""

    MD5 = "md5"
    SHA_256 = "sha_256"
    SHA_512_256 = "sha_512_256"


class TlsVerify(StrEnum):
    """Which certificates a TLS server of an account may show."""

    SYSTEM = "system"
    OWN_CA = "own_ca"
    OFF = "off"


DEFAULT_PORT: Final = 5060
DEFAULT_TLS_PORT: Final = 5061
DEFAULT_RTP_FIRST: Final = 16384
DEFAULT_RTP_LAST: Final = 16583
DEFAULT_EXPIRY: Final = 300  # seconds
DEFAULT_TALK_LIMIT: Final = 300  # seconds
DEFAULT_REALM: Final = "sip-intercom"
SHORTEST_BINDING: Final = 60  # seconds
LONGEST_BINDING: Final = 3600  # seconds
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_HEX: Final = re.compile(r"[0-9a-f]+")
_HASH_LENGTHS: Final = {
    DigestAlgorithm.MD5: 32,
    DigestAlgorithm.SHA_256: 64,
    DigestAlgorithm.SHA_512_256: 64,
}


def is_token(text: str) -> bool:
    """Tell whether a text is the token of an account."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class TransportsConfig:
    """Where the user agent listens.

    An empty bind address means every IPv4 and IPv6 address. TLS is listened
    for only with port, certificate and key (paths of PEM files).
    """

    bind_address: str = ""
    port: int = DEFAULT_PORT
    tls_port: int | None = None
    tls_certificate: str = ""
    tls_key: str = ""
    rtp_first: int = DEFAULT_RTP_FIRST
    rtp_last: int = DEFAULT_RTP_LAST


@dataclass(frozen=True, kw_only=True, slots=True)
class IceServer:
    """A STUN server or, with a user, a TURN server over UDP; the address is numeric."""

    address: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountConfig:
    """A registration with a PBX, router or provider.

    The Contact that it registers carries `token`; calls that echo it are from
    the PBX. Whoever keeps the account keeps it, or each start of an agent is
    another Contact for the registrar. With `ice` its calls find their way through NAT
    (RFC 8445).
    """

    id: str
    server: str
    username: str
    password: str
    token: str = field(repr=False)
    transport: Transport = Transport.UDP
    port: int | None = None
    auth_username: str = ""
    outbound_proxy: str = ""
    display_name: str = ""
    expiry: int = DEFAULT_EXPIRY
    tls_verify: TlsVerify = TlsVerify.SYSTEM
    ca_file: str = ""
    media_encryption: MediaEncryption = MediaEncryption.SDES_OPTIONAL
    trusted_networks: tuple[str, ...] = ()
    ice: bool = False

    def __post_init__(self) -> None:
        """Refuse a token that could be guessed or break a header; ValueError."""
        if not is_token(self.token):
            raise ValueError("the token must be 32 hexadecimal digits")


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonConfig:
    """A bell button of a device and the number or user that it dials."""

    id: str
    number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialsConfig:
    """What a device registers with us by.

    The hashes are HA1 = H(username:realm:password) in hexadecimal, by their
    DigestAlgorithm (RFC 7616 section 3.4.2), empty for one that may not be used.
    The password itself is nowhere.
    """

    username: str
    md5: str = field(default="", repr=False)
    sha_256: str = field(default="", repr=False)
    sha_512_256: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse hashes that are none; ValueError."""
        for algorithm, value in self.hashes.items():
            if not _HEX.fullmatch(value) or len(value) != _HASH_LENGTHS[algorithm]:
                raise ValueError("the hashes must be hexadecimal and whole")

    @property
    def hashes(self) -> Mapping[DigestAlgorithm, str]:
        """Return the hashes that there are."""
        every = {
            DigestAlgorithm.MD5: self.md5,
            DigestAlgorithm.SHA_256: self.sha_256,
            DigestAlgorithm.SHA_512_256: self.sha_512_256,
        }
        return {algorithm: value for algorithm, value in every.items() if value}


@dataclass(frozen=True, kw_only=True, slots=True)
class ModesConfig:
    """What becomes of the calls of a device, or of all.

    With `busy` a call is turned away while another one is up, with `do_not_disturb`
    always. `auto_answer` answers at once, `answer_as_asked` when the caller asks for it
    (Call-Info or Alert-Info, RFC 5373).
    """

    busy: bool = False
    do_not_disturb: bool = False
    auto_answer: bool = False
    answer_as_asked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ForwardConfig:
    """Whom the call of a device rings too, `after` seconds: the first to answer wins.

    A device, or a target over an account.
    """

    device: str | None = None
    target: str | None = None
    account: str | None = None
    after: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderConfig:
    """A header field by which a device is told from others over the same account."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceConfig:
    """A doorbell, intercom, camera or phone.

    `account` is None for a device that calls directly or registers with us, which
    it does by `credentials`. `addresses` are the numeric addresses of a direct
    device (its host name already resolved), `user` and `callers` the users or
    numbers it calls as; an empty `user` means any. `uri` is what is dialled to
    call it; a device that registers is called at its bindings. A code is sent in a call
    of the device only if that has at least `min_proof`. `video` asks for H.264 in its
    calls; with `early_media` it is taken, and heard, while the device rings.
    """

    id: str
    account: str | None = None
    credentials: CredentialsConfig | None = None
    addresses: tuple[str, ...] = ()
    user: str = ""
    callers: tuple[str, ...] = ()
    uri: str = ""
    media_encryption: MediaEncryption = MediaEncryption.SDES_OPTIONAL
    buttons: tuple[ButtonConfig, ...] = ()
    talk_limit: int = DEFAULT_TALK_LIMIT
    doors: tuple[DoorConfig, ...] = ()
    modes: ModesConfig = ModesConfig()
    forwards: tuple[ForwardConfig, ...] = ()
    header: HeaderConfig | None = None
    min_proof: Proof = Proof.ADDRESS
    video: bool = False
    early_media: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class HostConfig:
    """The numeric addresses of a name, best first, as `address` or `address:port`."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberConfig:
    """A number that registered devices may dial.

    A `number` that ends in `*` is any that begins so. `devices` ring together,
    and Home Assistant with them if `home`. With `account` the call goes outwards:
    `target` is dialled over it, where `*` stands for what followed the beginning.
    Only `callers` may dial it; none means every registered device.
    """

    number: str
    home: bool = False
    devices: tuple[str, ...] = ()
    account: str | None = None
    target: str = ""
    callers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrarConfig:
    """How devices register with us; there is a registrar if a device has credentials.

    `algorithms` are offered in this order. Expiries are in seconds. `find_phones`
    listens for phones that look for a server (SIP PnP, 224.0.1.75).
    """

    realm: str = DEFAULT_REALM
    algorithms: tuple[DigestAlgorithm, ...] = (DigestAlgorithm.MD5,)
    min_expiry: int = SHORTEST_BINDING
    max_expiry: int = LONGEST_BINDING
    numbers: tuple[NumberConfig, ...] = ()
    find_phones: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UserAgentConfig:
    """The whole configuration; the agent applies the difference.

    `codecs` are those that may be used, best first; none means our own order.
    `ice_servers` are for accounts with ICE.
    """

    username: str = "homeassistant"
    transports: TransportsConfig = TransportsConfig()
    accounts: tuple[AccountConfig, ...] = ()
    devices: tuple[DeviceConfig, ...] = ()
    registrar: RegistrarConfig = RegistrarConfig()
    hosts: tuple[HostConfig, ...] = ()
    modes: ModesConfig = ModesConfig()
    codecs: tuple[str, ...] = ()
    ice_servers: tuple[IceServer, ...] = ()
    sip_trace: bool = False
