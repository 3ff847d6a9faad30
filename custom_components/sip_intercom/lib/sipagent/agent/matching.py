"""Which device, button and account an INVITE is."""

from collections.abc import Mapping
from dataclasses import dataclass
import logging
from typing import Final

from ..protocol.calls import Proof
from ..protocol.config import AccountConfig, DeviceConfig, MediaEncryption
from ..protocol.sip_uri import parse_or_none, same_user
from .directory import Directory
from .request import Request
from .texts import clean, is_nameless

_LOGGER = logging.getLogger(__name__)

LINE_PARAMETER: Final = "line"
"""The parameter of our Contact, echoed in the Request-URI, that holds a token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """The connection that carries an account's registration, 0 over UDP."""

    connection: int = 0
    tls_verified: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """A caller with proof; without device it rings its account."""

    proof: Proof
    device: DeviceConfig | None = None
    account: AccountConfig | None = None
    button: str | None = None
    number: str = ""
    name: str = ""
    called: str = ""

    @property
    def encryption(self) -> MediaEncryption:
        """Return the stricter of what device and account ask for."""
        return stricter_encryption(self.device, self.account)


def stricter_encryption(
    device: DeviceConfig | None, account: AccountConfig | None
) -> MediaEncryption:
    """Return the media encryption of a call between device and account."""
    wanted = [owner.media_encryption for owner in (account, device) if owner]
    return max(wanted, key=_STRICTNESS.__getitem__, default=MediaEncryption.NONE)


class Matching:
    """Tells who calls, from proof alone; names only choose among the proven."""

    def __init__(
        self,
        directory: Directory,
        tokens: Mapping[str, str],
        flows: Mapping[str, Flow],
    ) -> None:
        """Use the tokens of the accounts, by token, and the flows, by account."""
        self._directory = directory
        self._tokens = tokens
        self._flows = flows
        self._warned: set[str] = set()

    def identify(self, request: Request) -> Caller | None:
        """Return who an INVITE is from: account and caller before the address."""
        if proven := self._by_flow(request):
            account, proof = proven
            return self._over(account, proof, request)
        accounts = _meant(self._accounts_at(request), request)
        callers = [self._over(each, Proof.ADDRESS, request) for each in accounts]
        for caller in callers:
            if caller.device:
                return caller
        return self._direct(request) or next(iter(callers), None)

    def is_listed(self, request: Request) -> bool:
        """Tell whether a request comes from a device or an account's PBX."""
        return (
            self._by_flow(request) is not None
            or self._directory.has_direct(request.remote_address, request.transport)
            or bool(self._accounts_at(request))
        )

    def carries(self, account: str, request: Request) -> bool:
        """Tell whether a request inside a dialog comes from the account's PBX."""
        flow = self._flows.get(account)
        if flow and request.connection and request.connection == flow.connection:
            return True
        return account in {each.id for each in self._accounts_at(request)}

    def _by_flow(self, request: Request) -> tuple[AccountConfig, Proof] | None:
        """Return the account whose connection or token a request shows."""
        token = self._tokens.get(_token(request))
        on_connection = [
            account
            for account, flow in self._flows.items()
            if request.connection and flow.connection == request.connection
        ]
        if token in on_connection:
            on_connection = [token]
        if on_connection:
            account = self._named(on_connection, request)
            verified = self._flows[account.id].tls_verified
            return account, Proof.TLS if verified else Proof.CONNECTION
        if token is None:
            return None
        return self._directory.accounts[token], Proof.TOKEN

    def _accounts_at(self, request: Request) -> list[AccountConfig]:
        """Return the accounts at a request's address."""
        return self._directory.accounts_at(request.remote_address, request.transport)

    def _named(self, accounts: list[str], request: Request) -> AccountConfig:
        """Return the account that a request names among those it has proof for."""
        known = [self._directory.accounts[account] for account in accounts]
        users = _called_users(request)
        return next((each for each in known if each.username in users), known[0])

    def _over(self, account: AccountConfig, proof: Proof, request: Request) -> Caller:
        """Return the caller over an account."""
        user = _asserted_user(request)
        called = [_user(request.called_party), _user(request.to_uri)]
        device = self._directory.account_device(account.id, [user], request.headers)
        return Caller(
            proof=proof,
            device=device,
            account=account,
            button=_button(device, [*called, _user(request.uri)]),
            number=clean(user),
            name=clean(request.from_name),
            called=clean(next(filter(None, called), "")),
        )

    def _direct(self, request: Request) -> Caller | None:
        """Return the direct device that calls, if it is one."""
        users = [_user(request.from_uri), _user(request.asserted_identity)]
        device = self._directory.direct_device(
            request.remote_address, request.transport, users
        )
        if device is None:
            self._warn_if_weak(request)
            return None
        return device_caller(device, Proof.ADDRESS, request)

    def _warn_if_weak(self, request: Request) -> None:
        """Say once why a device that is known does not ring."""
        address = request.remote_address
        weak = self._directory.is_too_weak(address, request.transport)
        if weak and address not in self._warned:
            self._warned.add(address)
            _LOGGER.warning(
                "A call of %s over %s is refused: the address of that device names a "
                "transport that cannot be forged as easily",
                address,
                request.transport,
            )


def device_caller(device: DeviceConfig, proof: Proof, request: Request) -> Caller:
    """Return the caller that a device is, which calls without an account."""
    users = [_user(request.from_uri), _user(request.asserted_identity)]
    called = [_user(request.uri), _user(request.to_uri)]
    return Caller(
        proof=proof,
        device=device,
        button=_button(device, called),
        number=clean(next(filter(None, users), "")),
        name=clean(request.from_name),
        called=clean(next(filter(None, called), "")),
    )


def _meant(accounts: list[AccountConfig], request: Request) -> list[AccountConfig]:
    """Return the accounts that a request names, all of them if it names none."""
    users = _called_users(request)
    return [each for each in accounts if each.username in users] or accounts


def _token(request: Request) -> str:
    """Return the token in a Request-URI."""
    if f";{LINE_PARAMETER}=" not in request.uri:
        return ""
    uri = parse_or_none(request.uri)
    return (uri.param(LINE_PARAMETER) or "") if uri else ""


def _user(uri: str) -> str:
    """Return the user of a URI that a peer sent, whatever its parameters."""
    parsed = parse_or_none(uri) or parse_or_none(uri.partition(";")[0])
    return parsed.user if parsed else ""


def _asserted_user(request: Request) -> str:
    """Return the user that a PBX vouches for, else the one that the caller claims.

    Who calls over a PBX writes the From; only a PBX that asserts nobody leaves
    the choice of the device to it.
    """
    asserted = _user(request.asserted_identity)
    return _user(request.from_uri) if is_nameless(asserted) else asserted


def _called_users(request: Request) -> set[str]:
    """Return the users that a request may mean to call."""
    return {
        _user(uri) for uri in (request.uri, request.to_uri, request.called_party)
    } - {""}


def _button(device: DeviceConfig | None, called: list[str]) -> str | None:
    """Return the button of a device that dials one of these users."""
    buttons = device.buttons if device else ()
    numbers = {same_user(button.number): button.id for button in buttons}
    numbers.pop("", None)
    return next(
        (numbers[same_user(user)] for user in called if same_user(user) in numbers),
        None,
    )


_STRICTNESS = {
    MediaEncryption.NONE: 0,
    MediaEncryption.SDES_OPTIONAL: 1,
    MediaEncryption.DTLS: 2,
    MediaEncryption.SDES_REQUIRED: 2,
}
