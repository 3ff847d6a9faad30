"""PJSIP's settings of accounts, made from ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pjsua2

from ...protocol.config import (
    AccountConfig,
    IceServer,
    MediaEncryption,
    Transport,
    TransportsConfig,
)
from ...protocol.sip_uri import SipUri, parse_target, with_port

_ALWAYS: Final = 2  # contact rewrite: also when only a private port differs
_TURN_UDP: Final = 17
_SHORTEST_EXPIRY: Final = 60  # seconds
_SDES: Final = (pjsua2.PJMEDIA_SRTP_KEYING_SDES,)
_DTLS: Final = (pjsua2.PJMEDIA_SRTP_KEYING_DTLS_SRTP,)
_ENCRYPTIONS: Final[dict[MediaEncryption, tuple[int, tuple[int, ...]]]] = {
    MediaEncryption.NONE: (pjsua2.PJMEDIA_SRTP_DISABLED, _SDES),
    MediaEncryption.SDES_OPTIONAL: (pjsua2.PJMEDIA_SRTP_OPTIONAL, _SDES),
    MediaEncryption.SDES_REQUIRED: (pjsua2.PJMEDIA_SRTP_MANDATORY, _SDES),
    MediaEncryption.DTLS: (pjsua2.PJMEDIA_SRTP_MANDATORY, _DTLS),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Registrar:
    """What an account's PJSIP settings need beyond its own configuration.

    `transport_id` is the TLS transport to use. Changing `generation` makes
    PJSIP forget the Contact that it has registered.
    """

    token: str
    transport_id: int | None = None
    generation: int = 0


def direct_settings(
    username: str,
    encryption: MediaEncryption,
    transports: TransportsConfig,
    *,
    ipv6: bool,
) -> pjsua2.AccountConfig:
    """Return the settings of the account that takes and makes direct calls."""
    settings = _base(encryption, transports, ipv6=ipv6)
    host = transports.bind_address or "localhost"
    settings.idUri = str(SipUri(user=username, host=host))
    return settings


def account_settings(
    account: AccountConfig,
    registrar: Registrar,
    transports: TransportsConfig,
    ice_servers: Sequence[IceServer],
    *,
    ipv6: bool,
) -> pjsua2.AccountConfig:
    """Return the settings of an account that registers."""
    settings = _base(account.media_encryption, transports, ipv6=ipv6)
    settings.idUri = identity(account)
    registration = settings.regConfig
    # No user part: a FRITZ!Box ignores a REGISTER whose Request-URI has one.
    registration.registrarUri = str(server_uri(account))
    registration.contactUriParams = f";line={registrar.token}"
    registration.timeoutSec = max(_SHORTEST_EXPIRY, account.expiry)
    registration.delayBeforeRefreshSec = _refresh_margin(registration.timeoutSec)
    sip = settings.sipConfig
    sip.authCreds.append(
        pjsua2.AuthCredInfo(
            "digest", "*", account.auth_username or account.username, 0,
            account.password,
        )
    )  # fmt: skip
    if account.outbound_proxy:
        sip.proxies.append(f"<{_proxy_uri(account)};lr>")
    if registrar.transport_id is not None:
        sip.transportId = registrar.transport_id
    # Without an initial authentication the algorithm means nothing, but PJSIP
    # makes a new Contact when it changes.
    sip.authInitialAlgorithm = ("", "MD5")[registrar.generation % 2]
    settings.natConfig.contactRewriteUse = _ALWAYS
    if account.ice:
        _use_ice(settings.natConfig, ice_servers)
    return settings


def stun_servers(servers: Sequence[IceServer]) -> list[str]:
    """Return the STUN servers as PJSIP wants them."""
    return [
        with_port(server.address, server.port)
        for server in servers
        if not server.username
    ]


def _use_ice(nat: pjsua2.AccountNatConfig, servers: Sequence[IceServer]) -> None:
    """Let the calls of an account find their way through NAT."""
    nat.iceEnabled = True
    nat.mediaStunUse = pjsua2.PJSUA_STUN_USE_DEFAULT
    for server in servers:
        if server.username:
            nat.turnEnabled = True
            nat.turnServer = with_port(server.address, server.port)
            nat.turnConnType = _TURN_UDP
            nat.turnUserName, nat.turnPassword = server.username, server.password
            break


def identity(account: AccountConfig) -> str:
    """Return an account's address of record with its display name."""
    uri = SipUri(user=account.username, host=server_uri(account).host)
    if not account.display_name:
        return f"<{uri}>"
    name = account.display_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{uri}>'


def server_uri(account: AccountConfig) -> SipUri:
    """Return the URI of an account's registrar."""
    server = parse_target(account.server)
    return SipUri(
        host=server.host,
        port=account.port or server.port,
        transport=_explicit(account.transport),
    )


def dialled_uri(account: AccountConfig, uri: SipUri) -> SipUri:
    """Return a URI that reaches an account's own server by its transport."""
    server = server_uri(account)
    if uri.host != server.host or uri.transport or account.outbound_proxy:
        return uri
    return SipUri(
        user=uri.user,
        host=uri.host,
        port=uri.port or server.port,
        transport=server.transport,
        params=uri.params,
    )


def next_hop(account: AccountConfig) -> str:
    """Return the host that an account's requests are sent to."""
    if account.outbound_proxy:
        return _proxy_uri(account).host
    return server_uri(account).host


def _proxy_uri(account: AccountConfig) -> SipUri:
    proxy = parse_target(account.outbound_proxy)
    return SipUri(
        host=proxy.host,
        port=proxy.port,
        transport=proxy.transport or _explicit(account.transport),
    )


def _explicit(transport: Transport) -> Transport | None:
    """Return a transport as it stands in a URI: UDP goes without saying."""
    return None if transport is Transport.UDP else transport


def _refresh_margin(expiry: int) -> int:
    """Return how long before its end a registration is refreshed, in seconds."""
    return max(5, min(30, expiry // 4))


def _base(
    encryption: MediaEncryption, transports: TransportsConfig, *, ipv6: bool
) -> pjsua2.AccountConfig:
    """Return settings that suit every account of ours."""
    settings = pjsua2.AccountConfig()
    settings.regConfig.registerOnAdd = False
    settings.regConfig.disableRegOnModify = True
    # Who retries when is decided outside PJSIP.
    settings.regConfig.retryIntervalSec = 0
    settings.regConfig.firstRetryIntervalSec = 0
    settings.sipConfig.autoRespondSipMessage = False
    settings.mwiConfig.enabled = False
    settings.natConfig.sipOutboundUse = False
    # It would look up, and even connect to, the host of a peer's Contact.
    settings.natConfig.contactUseSrcPort = False
    settings.natConfig.iceEnabled = False
    # Outside of ICE, PJSIP's STUN believes whoever answers (082948b0a).
    settings.natConfig.sipStunUse = pjsua2.PJSUA_STUN_USE_DISABLED
    settings.natConfig.mediaStunUse = pjsua2.PJSUA_STUN_USE_DISABLED
    settings.callConfig.timerUse = pjsua2.PJSUA_SIP_TIMER_OPTIONAL
    settings.callConfig.prackUse = pjsua2.PJSUA_100REL_NOT_USED
    media = settings.mediaConfig
    if ipv6 or ":" in transports.bind_address:
        # Where PJSIP calls it offers IPv4, whatever the address of the peer is.
        media.ipv6Use = pjsua2.PJSUA_IPV6_ENABLED_PREFER_IPV6
    media.srtpUse, keyings = _ENCRYPTIONS[encryption]
    for keying in keyings:
        media.srtpOpt.keyings.append(keying)
    media.srtpSecureSignaling = 0
    media.lockCodecEnabled = False
    rtp = media.transportConfig
    rtp.port = transports.rtp_first
    rtp.portRange = max(0, transports.rtp_last - transports.rtp_first)
    rtp.randomizePort = True
    rtp.boundAddress = transports.bind_address
    return settings
