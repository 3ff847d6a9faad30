"""What is dialled, and how, for a device or a target."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..protocol.commands import Dial
from ..protocol.config import (
    DEFAULT_TALK_LIMIT,
    AccountConfig,
    DeviceConfig,
    MediaEncryption,
    Transport,
)
from ..protocol.errors import (
    DeviceNotRegisteredError,
    InvalidTargetError,
    NoSuchAccountError,
    NoSuchDeviceError,
)
from ..protocol.sip_uri import SipUri, parse_target, parse_uri
from .directory import Directory, HostTable, host_of
from .matching import stricter_encryption
from .phone import Target

type Targets = Callable[[str], tuple[Target, ...]]
"""Where a device has registered, by its id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """What is dialled, all of it at once, and what goes with it."""

    targets: tuple[Target, ...]
    called: str
    account: str | None
    device: str | None
    encryption: MediaEncryption
    addresses: frozenset[str]
    talk_limit: int
    video: bool = False


def destination(
    dial: Dial, directory: Directory, hosts: HostTable, registered: Targets
) -> Destination:
    """Return where a Dial goes.

    Raises InvalidTargetError, NoSuchAccountError, NoSuchDeviceError or
    DeviceNotRegisteredError.
    """
    if (dial.device is None) == (dial.target is None):
        raise InvalidTargetError("either a device or a target is dialled")
    device = _device(dial, directory)
    if device and device.credentials:
        return _registered(device, device.credentials.username, registered(device.id))
    account = _account(device.account if device else dial.account, directory)
    uri = _uri(device.uri if device else dial.target or "", account)
    if account and not _leads_to(account, uri, directory):
        raise InvalidTargetError("over an account only its own server is called")
    return Destination(
        targets=(Target(uri=str(uri)),),
        called=uri.user or uri.host,
        account=account.id if account else None,
        device=device.id if device else None,
        encryption=stricter_encryption(device, account)
        if account or device
        else MediaEncryption.SDES_OPTIONAL,
        addresses=_addresses(uri, device, hosts),
        talk_limit=device.talk_limit if device else DEFAULT_TALK_LIMIT,
        video=device is not None and device.video,
    )


def _registered(
    device: DeviceConfig, username: str, targets: tuple[Target, ...]
) -> Destination:
    """Return every contact of a device that registers with us."""
    if not targets:
        raise DeviceNotRegisteredError("the device is not registered")
    return Destination(
        targets=targets,
        called=username,
        account=None,
        device=device.id,
        encryption=device.media_encryption,
        addresses=frozenset(target.hop.address for target in targets if target.hop),
        talk_limit=device.talk_limit,
        video=device.video,
    )


def _leads_to(account: AccountConfig, uri: SipUri, directory: Directory) -> bool:
    """Tell whether an INVITE goes to the account's own server or proxy.

    Anybody else could ask for the credentials, which answer every realm.
    """
    return bool(account.outbound_proxy) or directory.is_server(account, uri.host)


def _addresses(
    uri: SipUri, device: DeviceConfig | None, hosts: HostTable
) -> frozenset[str]:
    """Return where the requests of who is dialled may come from."""
    known = device.addresses if device else ()
    return frozenset({uri.host, *hosts.get(uri.host, ()), *known})


def _device(dial: Dial, directory: Directory) -> DeviceConfig | None:
    """Return the device that is dialled, if one is."""
    if dial.device is None:
        return None
    if dial.device not in directory.devices:
        raise NoSuchDeviceError("there is no such device")
    return directory.devices[dial.device]


def _account(account: str | None, directory: Directory) -> AccountConfig | None:
    """Return the account that is dialled over, if any."""
    if account is None:
        return None
    if account not in directory.accounts:
        raise NoSuchAccountError("there is no such account")
    return directory.accounts[account]


def _uri(target: str, account: AccountConfig | None) -> SipUri:
    """Return the URI of a target, over the account's server if it names none."""
    if account is None:
        return parse_uri(target)
    server = host_of(account.server)
    uri = parse_target(target, domain=server)
    if uri.host != server or uri.port or uri.transport or account.outbound_proxy:
        return uri
    transport = None if account.transport is Transport.UDP else account.transport
    return replace(uri, port=account.port, transport=transport)
