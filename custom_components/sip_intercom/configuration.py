"""Build the agent's configuration from the config entry."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import (
    CONF_ID,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_USERNAME,
)

from .address import device_uri, without_port
from .const import (
    ACCOUNT_DIRECT,
    CAMERA_CALL,
    CODECS,
    CONF_ACCOUNT,
    CONF_AUTH_USERNAME,
    CONF_BIND_ADDRESS,
    CONF_BUTTONS,
    CONF_CA_FILE,
    CONF_CALLERS,
    CONF_CAMERA_SOURCE,
    CONF_CODECS,
    CONF_DISPLAY_NAME,
    CONF_EARLY_MEDIA,
    CONF_EXPIRY,
    CONF_HEADER_NAME,
    CONF_HEADER_VALUE,
    CONF_ICE,
    CONF_MEDIA_ENCRYPTION,
    CONF_MIN_PROOF,
    CONF_NUMBER,
    CONF_OUTBOUND_PROXY,
    CONF_RTP_FIRST,
    CONF_RTP_LAST,
    CONF_SERVER,
    CONF_SIP_TRACE,
    CONF_TALK_LIMIT,
    CONF_TLS_CERTIFICATE,
    CONF_TLS_KEY,
    CONF_TLS_PORT,
    CONF_TLS_VERIFY,
    CONF_TRANSPORT,
    CONF_TRUSTED_NETWORKS,
    DEFAULT_USERNAME,
    LOGGER,
    SUBENTRY_ACCOUNT,
    SUBENTRY_DEVICE,
)
from .doors import doors_of
from .forwards import forwards_of
from .lib.sipagent.protocol.calls import Proof
from .lib.sipagent.protocol.config import (
    DEFAULT_EXPIRY,
    DEFAULT_PORT,
    DEFAULT_RTP_FIRST,
    DEFAULT_RTP_LAST,
    DEFAULT_TALK_LIMIT,
    DEFAULT_TLS_PORT,
    AccountConfig,
    ButtonConfig,
    DeviceConfig,
    HeaderConfig,
    HostConfig,
    IceServer,
    MediaEncryption,
    ModesConfig,
    TlsVerify,
    Transport,
    TransportsConfig,
    UserAgentConfig,
)
from .lib.sipagent.protocol.errors import InvalidTargetError
from .lib.sipagent.protocol.sip_uri import (
    SipUri,
    is_numeric_address,
    numeric_address,
    parse_target,
)
from .registering import credentials_config, registers, registrar_config
from .tokens import new_token

type Hosts = Mapping[str, tuple[str, ...]]


def user_agent_config(
    entry: ConfigEntry,
    hosts: Hosts,
    tokens: Mapping[str, str],
    modes: Callable[[str], ModesConfig] = lambda _: ModesConfig(),
    ice_servers: tuple[IceServer, ...] = (),
) -> UserAgentConfig:
    """Return the agent's configuration, with the addresses known by now."""
    wanted = wanted_names(entry)
    return UserAgentConfig(
        username=entry.data.get(CONF_USERNAME) or DEFAULT_USERNAME,
        transports=_transports(entry),
        accounts=tuple(
            account_config(
                subentry.subentry_id, subentry.data, tokens[subentry.subentry_id]
            )
            for subentry in entry.get_subentries_of_type(SUBENTRY_ACCOUNT)
        ),
        devices=tuple(
            replace(device, modes=modes(device.id)) for device in _devices(entry, hosts)
        ),
        registrar=registrar_config(entry),
        hosts=tuple(
            HostConfig(name=name, addresses=hosts[name])
            for name in sorted(wanted)
            if name in hosts
        ),
        modes=modes(entry.entry_id),
        codecs=tuple(
            CODECS[name]
            for name in entry.options.get(CONF_CODECS, ())
            if name in CODECS
        ),
        ice_servers=ice_servers if has_ice(entry) else (),
        sip_trace=entry.options.get(CONF_SIP_TRACE, False),
    )


def has_ice(entry: ConfigEntry) -> bool:
    """Tell whether any account finds its way by ICE."""
    accounts = entry.get_subentries_of_type(SUBENTRY_ACCOUNT)
    return any(account.data.get(CONF_ICE) for account in accounts)


def wanted_names(entry: ConfigEntry) -> dict[str, Transport | None]:
    """Return the host names of the configuration.

    A name that is looked up without a port has the transport whose SRV
    records tell the port.
    """
    wanted: dict[str, Transport | None] = {}
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEVICE):
        if _is_direct(subentry) and (uri := _uri(entry, subentry)):
            _want(wanted, uri.host, None)
    for subentry in entry.get_subentries_of_type(SUBENTRY_ACCOUNT):
        for name, transport in account_names(subentry.data):
            _want(wanted, name, transport)
    return wanted


def account_names(
    data: Mapping[str, Any],
) -> Iterable[tuple[str, Transport | None]]:
    """Return the host names that an account needs, numeric addresses included."""
    transport = Transport(data.get(CONF_TRANSPORT, Transport.UDP))
    with suppress(InvalidTargetError):
        server = parse_target(data[CONF_SERVER])
        has_port = server.port or data.get(CONF_PORT)
        yield server.host, None if has_port else transport
    if proxy_text := data.get(CONF_OUTBOUND_PROXY):
        with suppress(InvalidTargetError):
            proxy = parse_target(proxy_text)
            yield proxy.host, None if proxy.port else proxy.transport or transport


def account_config(
    account_id: str, data: Mapping[str, Any], token: str | None = None
) -> AccountConfig:
    """Return the agent's configuration of an account from its subentry's data.

    An account without a token, which is only tried, has a new one.
    """
    return AccountConfig(
        id=account_id,
        server=data[CONF_SERVER],
        username=data[CONF_USERNAME],
        password=data[CONF_PASSWORD],
        token=token or new_token(),
        transport=Transport(data.get(CONF_TRANSPORT, Transport.UDP)),
        port=_whole(data.get(CONF_PORT)),
        auth_username=data.get(CONF_AUTH_USERNAME, ""),
        outbound_proxy=data.get(CONF_OUTBOUND_PROXY, ""),
        display_name=data.get(CONF_DISPLAY_NAME, ""),
        expiry=int(data.get(CONF_EXPIRY, DEFAULT_EXPIRY)),
        tls_verify=TlsVerify(data.get(CONF_TLS_VERIFY, TlsVerify.SYSTEM)),
        ca_file=data.get(CONF_CA_FILE, ""),
        media_encryption=_encryption(data),
        trusted_networks=tuple(data.get(CONF_TRUSTED_NETWORKS, ())),
        ice=data.get(CONF_ICE, False),
    )


def _transports(entry: ConfigEntry) -> TransportsConfig:
    """Return where the user agent listens; for TLS only with a certificate."""
    options = entry.options
    certificate = options.get(CONF_TLS_CERTIFICATE, "")
    tls_port = options.get(CONF_TLS_PORT) or DEFAULT_TLS_PORT
    return TransportsConfig(
        bind_address=options.get(CONF_BIND_ADDRESS, ""),
        port=int(entry.data.get(CONF_PORT, DEFAULT_PORT)),
        tls_port=int(tls_port) if certificate else None,
        tls_certificate=certificate,
        tls_key=options.get(CONF_TLS_KEY, ""),
        rtp_first=int(options.get(CONF_RTP_FIRST, DEFAULT_RTP_FIRST)),
        rtp_last=int(options.get(CONF_RTP_LAST, DEFAULT_RTP_LAST)),
    )


def _devices(entry: ConfigEntry, hosts: Hosts) -> Iterable[DeviceConfig]:
    """Return the devices; one whose account is gone has no way to call."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEVICE):
        if (uri := _uri(entry, subentry)) is None:
            LOGGER.warning("The device %s cannot be called or call", subentry.title)
            continue
        yield _device_config(subentry, uri, hosts)


def _device_config(subentry: ConfigSubentry, uri: SipUri, hosts: Hosts) -> DeviceConfig:
    """Return the agent's configuration of one device."""
    data = subentry.data
    direct = _is_direct(subentry)
    credentials = credentials_config(data)
    return DeviceConfig(
        id=subentry.subentry_id,
        account=None if direct or credentials else data[CONF_ACCOUNT],
        credentials=credentials,
        addresses=_addresses(uri.host, hosts) if direct else (),
        user=uri.user,
        callers=tuple(data.get(CONF_CALLERS, ())),
        uri=str(uri),
        media_encryption=_encryption(data),
        buttons=tuple(
            ButtonConfig(id=button[CONF_ID], number=button[CONF_NUMBER])
            for button in data.get(CONF_BUTTONS, ())
        ),
        talk_limit=int(data.get(CONF_TALK_LIMIT, DEFAULT_TALK_LIMIT)),
        forwards=tuple(forwards_of(subentry)),
        header=_header(data),
        doors=tuple(door.config() for door in doors_of(subentry)),
        min_proof=Proof(data.get(CONF_MIN_PROOF, Proof.ADDRESS)),
        video=data.get(CONF_CAMERA_SOURCE) == CAMERA_CALL,
        early_media=data.get(CONF_EARLY_MEDIA, False),
    )


def _uri(entry: ConfigEntry, subentry: ConfigSubentry) -> SipUri | None:
    """Return the URI that calls a device, if there is one.

    What registers is called where it has registered; its URI only names it.
    """
    if registers(subentry.data):
        return SipUri(user=subentry.data[CONF_USERNAME], host="localhost")
    account = None
    if not _is_direct(subentry):
        account_entry = entry.subentries.get(subentry.data[CONF_ACCOUNT])
        if account_entry is None:
            return None
        account = account_entry.data
    try:
        uri = device_uri(subentry.data, account)
    except InvalidTargetError:
        return None
    return uri if uri.host else None


def _addresses(host: str, hosts: Hosts) -> tuple[str, ...]:
    """Return the numeric addresses of a host, as far as they are known."""
    if address := numeric_address(host):
        return (address,)
    return tuple(dict.fromkeys(map(without_port, hosts.get(host, ()))))


def _want(
    wanted: dict[str, Transport | None], name: str, transport: Transport | None
) -> None:
    """Add a name that is no numeric address; its SRV records win."""
    if name and not is_numeric_address(name):
        wanted[name] = transport or wanted.get(name)


def _is_direct(subentry: ConfigSubentry) -> bool:
    """Tell whether a device calls directly."""
    return bool(subentry.data.get(CONF_ACCOUNT, ACCOUNT_DIRECT) == ACCOUNT_DIRECT)


def _encryption(data: Mapping[str, Any]) -> MediaEncryption:
    """Return the media encryption of an account or a device."""
    return MediaEncryption(
        data.get(CONF_MEDIA_ENCRYPTION, MediaEncryption.SDES_OPTIONAL)
    )


def _header(data: Mapping[str, Any]) -> HeaderConfig | None:
    """Return the header field that a device is known by, if it is."""
    if not data.get(CONF_HEADER_NAME):
        return None
    return HeaderConfig(name=data[CONF_HEADER_NAME], value=data[CONF_HEADER_VALUE])


def _whole(number: float | None) -> int | None:
    """Return a number of a form as a whole one."""
    return None if number is None else int(number)
