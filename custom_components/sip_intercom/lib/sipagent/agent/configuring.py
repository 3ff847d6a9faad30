"""Applies the difference between two configurations."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ..protocol.calls import CallReason
from ..protocol.config import (
    AccountConfig,
    HostConfig,
    MediaEncryption,
    UserAgentConfig,
)
from .call_control import CallControl
from .calls import CallBook
from .directory import Directory, host_of
from .limits import Clock
from .matching import Matching
from .phone import Phone
from .registrations import Registrations
from .transports import Transports

MAX_PASSING_HOSTS: Final = 64
"""Names kept that peers put into their messages, or that were dialled once."""
PASSING_LIFE: Final = 60.0  # seconds that such a name's addresses count
EMPTY_LIFE: Final = 5.0  # seconds that a name without an address is not asked for


class Configuring:
    """Holds the configuration and brings the phone to it, touching no more."""

    def __init__(
        self,
        *,
        phone: Phone,
        book: CallBook,
        control: CallControl,
        registrations: Registrations,
        transports: Transports,
        clock: Clock,
    ) -> None:
        """Start with an empty configuration."""
        self._phone = phone
        self._book = book
        self._control = control
        self._registrations = registrations
        self._transports = transports
        self._clock = clock
        self._heard: dict[str, float] = {}
        self.config = UserAgentConfig()
        self.hosts: dict[str, tuple[str, ...]] = {}
        self._index()

    def apply(self, config: UserAgentConfig) -> None:
        """Bring everything to a configuration."""
        old, self.config = self.config, config
        if config.username != old.username:
            self._phone.set_username(config.username)
        if config.sip_trace != old.sip_trace:
            self._phone.set_trace(config.sip_trace)
        if config.codecs != old.codecs:
            self._phone.set_codecs(config.codecs)
        if config.ice_servers != old.ice_servers:
            self._phone.set_ice_servers(config.ice_servers)
        headers = [
            device.header.name.lower() for device in config.devices if device.header
        ]
        self._phone.show_headers(frozenset(headers))
        self.set_hosts(config.hosts)
        self._remove(old)
        self._index()
        self._limit_calls()
        try:
            self._transports.want(config.transports)
        finally:
            self._put_accounts(old)

    def set_hosts(self, hosts: Iterable[HostConfig]) -> None:
        """Take the addresses of names; those that changed reach the phone."""
        hosts = tuple(hosts)
        self._heard |= dict.fromkeys((host.name for host in hosts), self._clock())
        changed = {
            host.name: host
            for host in hosts
            if self.hosts.get(host.name) != host.addresses
        }
        for name, host in changed.items():
            self.hosts[name] = host.addresses
            self._phone.set_host(host)
        if not changed:
            return
        self._forget_hosts()
        self._index()
        self._registrations.hasten(
            account.id
            for account in self.config.accounts
            if any(
                name in changed and changed[name].addresses for name in _names(account)
            )
        )

    def take_proof(self, tried: AccountConfig) -> None:
        """Register accounts that are as the one whose trial went well.

        They wait for the next tick, when the trial has been unregistered: many
        routers keep one registration only.
        """
        for account in self.config.accounts:
            alike = replace(tried, id=account.id, token=account.token)
            if _registered(alike) == _registered(account):
                self._registrations.renew(account.id)

    def tick(self) -> None:
        """Forget what has been known for so long that it may not be so any more."""
        kept = {host.name for host in self.config.hosts}
        lasting = kept.union(*map(_names, self.config.accounts))
        now = self._clock()
        for name, addresses in list(self.hosts.items()):
            age = now - self._heard[name]
            if (addresses and name not in lasting and age >= PASSING_LIFE) or (
                not addresses and name not in kept and age >= EMPTY_LIFE
            ):
                self._forget_host(name)

    def _forget_hosts(self) -> None:
        """Forget the oldest names that only peers or past targets used."""
        kept = {host.name for host in self.config.hosts}
        passing = [name for name in self.hosts if name not in kept]
        for name in passing[:-MAX_PASSING_HOSTS]:
            self._forget_host(name)

    def _forget_host(self, name: str) -> None:
        """Forget a name; it is wanted again when it is met."""
        del self.hosts[name], self._heard[name]
        self._phone.forget_host(name)

    def _index(self) -> None:
        """Index who is known anew."""
        self.directory = Directory(self.config, self.hosts)
        self.matching = Matching(
            self.directory,
            {account.token: account.id for account in self.config.accounts},
            self._registrations.flows,
        )

    def _remove(self, old: UserAgentConfig) -> None:
        """End what removed devices and accounts do, and forget the accounts."""
        devices = {device.id for device in old.devices} - {
            device.id for device in self.config.devices
        }
        accounts = {account.id for account in old.accounts} - {
            account.id for account in self.config.accounts
        }
        for call in list(self._book.calls.values()):
            if call.device in devices or call.account in accounts:
                self._control.end(call, CallReason.DEVICE_REMOVED)
        for account in accounts:
            self._registrations.remove(account)

    def _limit_calls(self) -> None:
        """Let calls that are up last as long as their devices say now."""
        for device in self.config.devices:
            for call in self._book.of_device(device.id):
                call.talk_limit = device.talk_limit

    def _put_accounts(self, old: UserAgentConfig) -> None:
        """Bring the accounts to the configuration; register where it matters."""
        known = {account.id: account for account in old.accounts}
        for account in self.config.accounts:
            before = known.get(account.id)
            if before is None or _registered(before) != _registered(account):
                self._registrations.put(account)
            elif _dialled(before) != _dialled(account):
                self._phone.put_account(account)


def _dialled(account: AccountConfig) -> AccountConfig:
    """Return an account without what only its callers are matched by."""
    return replace(account, trusted_networks=())


def _registered(account: AccountConfig) -> AccountConfig:
    """Return the part of an account that its registration depends on."""
    return replace(
        _dialled(account),
        display_name="",
        media_encryption=MediaEncryption.SDES_OPTIONAL,
    )


def _names(account: AccountConfig) -> set[str]:
    """Return the host names that an account depends on."""
    return {host_of(account.server), host_of(account.outbound_proxy)}
