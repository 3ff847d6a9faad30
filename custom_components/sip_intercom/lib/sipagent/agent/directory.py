"""The configured accounts and devices, found by what a caller shows."""

from collections.abc import Iterable, Mapping
from typing import Final

from ..protocol.config import (
    AccountConfig,
    DeviceConfig,
    HeaderConfig,
    Transport,
    UserAgentConfig,
)
from ..protocol.sip_uri import parse_or_none, same_user
from .addresses import Address, Network, parse_address, parse_endpoint, parse_networks

type HostTable = Mapping[str, tuple[str, ...]]

_CARRIES: Final = {
    Transport.UDP: frozenset(Transport),
    Transport.TCP: frozenset({Transport.TCP, Transport.TLS}),
    Transport.TLS: frozenset({Transport.TLS}),
}
"""What may carry a call that is proven by address alone: the transport that it is
configured for, or one that is harder to forge."""


class Directory:
    """Who is known, indexed once per configuration."""

    def __init__(self, config: UserAgentConfig, hosts: HostTable) -> None:
        """Index a configuration and the addresses of its names."""
        self.accounts = {account.id: account for account in config.accounts}
        self.devices = {device.id: device for device in config.devices}
        self._networks = {
            account.id: parse_networks(account.trusted_networks)
            for account in config.accounts
        }
        self._servers = {
            account.id: frozenset(_server_addresses(account, hosts))
            for account in config.accounts
        }
        self._direct: dict[Address | None, list[DeviceConfig]] = {}
        self._over: dict[str, list[DeviceConfig]] = {}
        for device in config.devices:
            self._index(device)

    def direct_device(
        self, address: str, transport: Transport, users: Iterable[str]
    ) -> DeviceConfig | None:
        """Return the direct device of an address: by user, else if it is alone."""
        at_address = self._direct_at(address, transport)
        return _by_user(at_address, users) or _alone(at_address)

    def account_device(
        self, account: str, users: Iterable[str], headers: Mapping[str, str]
    ) -> DeviceConfig | None:
        """Return the device that calls over an account: by a header, else its user."""
        devices = self._over.get(account, ())
        for device in devices:
            if device.header and _shows(device.header, headers):
                return device
        return _by_user([each for each in devices if each.header is None], users)

    def accounts_at(self, address: str, transport: Transport) -> list[AccountConfig]:
        """Return the accounts whose PBX has this address, over its transport."""
        known = parse_address(address)
        return [
            account
            for account in self.accounts.values()
            if transport in _CARRIES[account.transport]
            and self._vouches(account.id, known)
        ]

    def is_server(self, account: AccountConfig, host: str) -> bool:
        """Tell whether a host is an account's server, by its name or an address."""
        return (
            host == host_of(account.server)
            or parse_address(host) in self._servers[account.id]
        )

    def has_direct(self, address: str, transport: Transport) -> bool:
        """Tell whether a direct device calls from this address over this transport."""
        return bool(self._direct_at(address, transport))

    def is_too_weak(self, address: str, transport: Transport) -> bool:
        """Tell whether direct devices at an address use better transports only."""
        known = self._direct.get(parse_address(address))
        return bool(known) and not self._direct_at(address, transport)

    def _direct_at(self, address: str, transport: Transport) -> list[DeviceConfig]:
        """Return the direct devices that call from an address over a transport."""
        return [
            device
            for device in self._direct.get(parse_address(address), ())
            if transport in _CARRIES[_transport(device)]
        ]

    def _index(self, device: DeviceConfig) -> None:
        """File a device under its account or its addresses."""
        if device.account is not None:
            self._over.setdefault(device.account, []).append(device)
            return
        if device.credentials is not None:
            return
        for address in {parse_endpoint(text) for text in device.addresses} - {None}:
            self._direct.setdefault(address, []).append(device)

    def _vouches(self, account: str, address: Address | None) -> bool:
        """Tell whether an address is an account's server or a trusted network's."""
        if address is None:
            return False
        return address in self._servers[account] or _within(
            address, self._networks[account]
        )


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    """Tell whether one of the networks holds the address."""
    return any(
        address.version == network.version and address in network
        for network in networks
    )


def _server_addresses(account: AccountConfig, hosts: HostTable) -> Iterable[Address]:
    """Yield the addresses of an account's server and outbound proxy."""
    for text in (account.server, account.outbound_proxy):
        host = host_of(text)
        for endpoint in (host, *hosts.get(host, ())):
            if address := parse_endpoint(endpoint):
                yield address


def _transport(device: DeviceConfig) -> Transport:
    """Return the least transport that a direct device's address asks for."""
    uri = parse_or_none(device.uri)
    if uri is None:
        return Transport.UDP
    return uri.transport or (Transport.TLS if uri.secure else Transport.UDP)


def host_of(text: str) -> str:
    """Return the host of `host`, `host:port` or a SIP URI."""
    uri = parse_or_none(text) or parse_or_none(f"sip:{text}")
    return uri.host if uri else text


def _by_user(
    devices: Iterable[DeviceConfig], users: Iterable[str]
) -> DeviceConfig | None:
    """Return the device that calls as one of the users, best user first."""
    names = [(device, _names(device)) for device in devices]
    for user in users:
        for device, known in names:
            if same_user(user) in known:
                return device
    return _alone([device for device, known in names if not known])


def _names(device: DeviceConfig) -> set[str]:
    """Return the users that a device calls as; none means any."""
    return {same_user(user) for user in (device.user, *device.callers) if user}


def _alone(devices: list[DeviceConfig]) -> DeviceConfig | None:
    """Return the only device."""
    return devices[0] if len(devices) == 1 else None


def _shows(header: HeaderConfig, headers: Mapping[str, str]) -> bool:
    """Tell whether a header field holds what a device is known by."""
    value = headers.get(header.name.lower(), "")
    return bool(header.value) and header.value.casefold() in value.casefold()
