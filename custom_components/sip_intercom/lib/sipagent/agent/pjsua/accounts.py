"""The accounts of PJSIP's that we keep: registrations, and those for direct calls."""

from collections.abc import Callable, Collection
import logging
from typing import Final

import pjsua2

from ...protocol.calls import RegistrationState
from ...protocol.config import (
    AccountConfig,
    IceServer,
    MediaEncryption,
    Transport,
    TransportsConfig,
)
from ...protocol.errors import (
    CommandError,
    InvalidCertificateError,
    NoSuchAccountError,
    SipStackError,
)
from ..phone import RegistrationReport
from ..request import Pass
from .hosts import Hosts
from .line import IncomingCall, Line
from .registration import Registration
from .requests import RequestGate
from .settings import (
    Registrar,
    account_settings,
    direct_settings,
    next_hop,
    stun_servers,
)
from .timers import Timers
from .tls_clients import TlsClients

_LOGGER = logging.getLogger(__name__)

_SWITCH_LIMIT: Final = 8.0
"""Seconds until another address of the server is tried."""

_DEAD: Final = frozenset({RegistrationState.TIMED_OUT, RegistrationState.UNREACHABLE})


class Accounts:
    """Creates, changes and drops accounts of PJSIP's."""

    def __init__(
        self,
        *,
        endpoint: pjsua2.Endpoint,
        gate: RequestGate,
        hosts: Hosts,
        timers: Timers,
        incoming: IncomingCall,
        report: Callable[[RegistrationReport], None],
    ) -> None:
        """Start without accounts."""
        self._gate = gate
        self._hosts = hosts
        self._timers = timers
        self._incoming = incoming
        self._report = report
        self._username = ""
        self._transports = TransportsConfig()
        self._registrations: dict[str, Registration] = {}
        self._direct: dict[tuple[MediaEncryption, bool], Line] = {}
        self._tls_clients = TlsClients(endpoint)
        self._endpoint = endpoint
        self._ice_servers: tuple[IceServer, ...] = ()

    def set_username(self, username: str) -> None:
        """Change the user part of direct calls."""
        self._username = username
        self._apply_direct()

    def set_transports(self, transports: TransportsConfig) -> None:
        """Take over where media is sent from."""
        if transports == self._transports:
            return
        self._transports = transports
        self._apply_direct()
        for registration in self._registrations.values():
            self._apply(registration, registration.config)

    def put(self, config: AccountConfig) -> None:
        """Add an account or change it; what is wrong with it is told by register()."""
        registration = self._registrations.get(config.id)
        if registration is None:
            registration = self.make(config, self._told)
            self._registrations[config.id] = registration
        self._apply(registration, config)

    def make(
        self,
        config: AccountConfig,
        report: Callable[[Registration, RegistrationReport], None],
    ) -> Registration:
        """Return a new registration that PJSIP does not know yet."""
        return Registration(config, self._incoming, report, self._gate.connection)

    def remove(self, name: str) -> None:
        """Forget an account; PJSIP unregisters it when its last call has ended."""
        self._registrations.pop(name, None)

    def register(self, name: str) -> None:
        """Register; what cannot even be sent is told as an attempt that failed."""
        registration = self._get(name)
        if registration.state in _DEAD:
            self._gate.closeConnection(registration.take_connection())
        if registration.stuck:
            registration.generation += 1
        problem = self._refresh(registration)
        if problem is None and not registration.under_way:
            try:
                registration.register()
            except CommandError as err:
                problem = err
            else:
                self._switch_later(registration)
        if problem is not None:
            text = str(problem)
            certificate = isinstance(problem, InvalidCertificateError)
            self._timers.soon(lambda: registration.lost(text, certificate=certificate))

    def forget_contacts(self, transports: Collection[Transport]) -> None:
        """Register anew, over these transports, from the address that is ours now."""
        for name, registration in self._registrations.items():
            if registration.config.transport not in transports:
                continue
            if registration.local_address != self._local_address(registration.config):
                self._gate.closeConnection(registration.take_connection())
            registration.generation += 1
            self._apply(registration, registration.config)
            self.register(name)

    def host_changed(self, name: str) -> None:
        """Wait no longer for an address that is not the name's best any more."""
        for registration in self._registrations.values():
            if next_hop(registration.config) != name or not registration.under_way:
                continue
            if not registration.tried:
                self._switch_later(registration)
            elif registration.tried != self._hosts.first(name):
                registration.drop_try()

    def connection_lost(self, connection: int) -> None:
        """Tell the accounts whose connection is gone."""
        for registration in self._registrations.values():
            if registration.connection == connection:
                registration.lost("the connection was closed")

    def for_call(self, verdict: Pass) -> int | None:
        """Return PJSIP's number of the account that takes a call."""
        if verdict.account is None:
            return self.direct(verdict.encryption).getId()
        registration = self._registrations.get(verdict.account)
        if registration is None or not registration.opened:
            return None
        return registration.getId()

    def registration(self, name: str) -> Registration:
        """Return an account that PJSIP knows; NoSuchAccountError, SipStackError."""
        registration = self._get(name)
        if not registration.opened:
            raise SipStackError("the account could not be set up")
        return registration

    def direct(self, encryption: MediaEncryption, *, ipv6: bool = False) -> Line:
        """Return the account for direct calls with this encryption.

        Which IP version it offers media over matters only where we call.
        """
        key = encryption, ipv6
        line = self._direct.get(key)
        if line is None:
            line = Line(self._incoming)
            line.open(self._direct_settings(*key))
            self._direct[key] = line
        return line

    def withdraw_all(self) -> None:
        """Unregister everywhere."""
        for registration in self._registrations.values():
            if registration.state is RegistrationState.REGISTERED:
                registration.withdraw()

    @property
    def registered(self) -> bool:
        """Tell whether any account still is registered."""
        return any(
            registration.state is RegistrationState.REGISTERED
            for registration in self._registrations.values()
        )

    def set_ice_servers(self, servers: tuple[IceServer, ...]) -> None:
        """Use these servers in the calls of accounts with ICE."""
        self._ice_servers = servers
        try:
            names = pjsua2.StringVector(stun_servers(servers))
            self._endpoint.natUpdateStunServers(names, False)
        except pjsua2.Error as err:
            _LOGGER.warning("The STUN servers cannot be used: %s", err.reason)
        for registration in self._registrations.values():
            if registration.config.ice:
                self._apply(registration, registration.config)

    def clear(self) -> None:
        """Drop all accounts."""
        self._registrations.clear()
        self._direct.clear()

    def settings_for_trial(
        self, config: AccountConfig, token: str
    ) -> pjsua2.AccountConfig:
        """Return the settings of an account that is only tried."""
        registrar = Registrar(token=token, transport_id=self._tls_client(config))
        return self._account_settings(config, registrar)

    def _get(self, name: str) -> Registration:
        registration = self._registrations.get(name)
        if registration is None:
            raise NoSuchAccountError(f"there is no account {name}")
        return registration

    def _told(self, registration: Registration, report: RegistrationReport) -> None:
        """Pass a report on unless the account has been removed."""
        if self._registrations.get(report.account) is not registration:
            return
        if report.state is RegistrationState.REGISTERED:
            registration.local_address = self._local_address(registration.config)
            self._timers.soon(lambda: self._update(registration))
        elif report.state in _DEAD:
            self._timers.soon(lambda: self._demote(registration))
        self._report(report)

    def _switch_later(self, registration: Registration) -> None:
        """Give an address up early where there is another one to try."""
        name = next_hop(registration.config)
        registration.tried = self._hosts.first(name)
        if not self._hosts.has_more(name):
            return
        attempt = registration.attempt

        def switch() -> None:
            if registration.under_way and registration.attempt == attempt:
                registration.give_up()

        self._timers.after(_SWITCH_LIMIT, switch)

    def _demote(self, registration: Registration) -> None:
        """Have another address tried before the one that failed."""
        name = next_hop(registration.config)
        if addresses := self._hosts.demote(name, registration.tried):
            self._gate.setHost(name, pjsua2.StringVector(list(addresses)))

    def _refresh(self, registration: Registration) -> CommandError | None:
        """Apply the configuration anew where what it was made from may have changed."""
        config = registration.config
        if (
            registration.stuck
            or not registration.opened
            or config.transport is Transport.TLS
            or self._is_outdated(registration)
        ):
            return self._apply(registration, config)
        return None

    def _update(self, registration: Registration) -> None:
        """Let calls of an account use what is known of its server by now."""
        if self._is_outdated(registration):
            self._apply(registration, registration.config)

    def _is_outdated(self, registration: Registration) -> bool:
        """Tell whether the server's address was another one when this was applied."""
        first = self._hosts.first(next_hop(registration.config))
        return registration.applied_for != first

    def _local_address(self, config: AccountConfig) -> str:
        """Return our address on the way to an account's server."""
        return self._hosts.local_address(next_hop(config))

    def _apply(
        self, registration: Registration, config: AccountConfig
    ) -> CommandError | None:
        """Give PJSIP a configuration; returns what it does not like."""
        try:
            registration.apply(config, self._settings(registration, config))
            registration.applied_for = self._hosts.first(next_hop(config))
        except CommandError as err:
            _LOGGER.warning("An account cannot be set up: %s", err)
            return err
        return None

    def _settings(
        self, registration: Registration, config: AccountConfig
    ) -> pjsua2.AccountConfig:
        registrar = Registrar(
            token=config.token,
            transport_id=self._tls_client(config),
            generation=registration.generation,
        )
        return self._account_settings(config, registrar)

    def _apply_direct(self) -> None:
        for key, line in self._direct.items():
            line.modify(self._direct_settings(*key))

    def _account_settings(
        self, config: AccountConfig, registrar: Registrar
    ) -> pjsua2.AccountConfig:
        ipv6 = ":" in self._local_address(config)
        return account_settings(
            config, registrar, self._transports, self._ice_servers, ipv6=ipv6
        )

    def _direct_settings(
        self, encryption: MediaEncryption, ipv6: bool
    ) -> pjsua2.AccountConfig:
        return direct_settings(self._username, encryption, self._transports, ipv6=ipv6)

    def _tls_client(self, config: AccountConfig) -> int | None:
        """Return the TLS transport that trusts what an account trusts."""
        if config.transport is not Transport.TLS:
            return None
        ipv6 = self._hosts.is_ipv6(next_hop(config))
        return self._tls_clients.get(config, ipv6=ipv6)
