"""One registration with a PBX, router or provider."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

import pjsua2

from ...protocol.calls import RegistrationState
from ...protocol.config import AccountConfig, TlsVerify, Transport
from ...protocol.errors import SipStackError
from ..phone import RegistrationReport
from .guard import guarded
from .headers import is_of_register, is_stale_challenge
from .line import IncomingCall, Line

_NO_CREDENTIAL: Final = 171101  # PJSIP_ENOCREDENTIAL
_BUSY: Final = 171001  # PJSIP_EBUSY
_CERTIFICATE: Final = 171173  # PJSIP_TLS_ECERTVERIF
_FORBIDDEN: Final = 403
_UNANSWERED: Final = frozenset({408, 504})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What PJSIP says about one attempt; `answered` by the registrar itself."""

    code: int
    error: int
    text: str
    expires: int
    answered: bool
    challenged: bool = False
    stale: bool = False
    certificate: bool = False


def state_of(outcome: Outcome) -> RegistrationState:
    """Return what an outcome means for the account.

    PJSIP has answered every new nonce once before it gives up with 401 or
    407, so that is a wrong password, unless it was told that the nonce is
    stale, or that nobody asked for our kind of credential. It sends no
    password unasked, so that only a challenge makes 403 an answer to it.
    """
    match outcome.code:
        case code if 200 <= code < 300:
            if outcome.expires > 0:
                return RegistrationState.REGISTERED
            return RegistrationState.UNREGISTERED
        case 401 | 407:
            if outcome.stale or outcome.error == _NO_CREDENTIAL:
                return RegistrationState.REJECTED
            return RegistrationState.AUTH_FAILED
        case code if code == _FORBIDDEN and outcome.challenged:
            return RegistrationState.AUTH_FAILED
        case code if code in _UNANSWERED:
            return RegistrationState.TIMED_OUT
        case code if outcome.certificate and not outcome.answered:
            return RegistrationState.CERTIFICATE
        case code if not outcome.answered or code == 503:
            return RegistrationState.UNREACHABLE
        case _:
            return RegistrationState.REJECTED


def _outcome(code: int, text: str, *, certificate: bool = False) -> Outcome:
    """Return an outcome that is ours, not a registrar's."""
    return Outcome(
        code=code,
        error=0,
        text=text,
        expires=0,
        answered=False,
        certificate=certificate,
    )


class Registration(Line):
    """An account that registers, and tells how every attempt ended.

    `applied_for` is the server's address that the settings were made for,
    `tried` the one that the last attempt began with, and
    `local_address` ours on the way to where the account is registered. PJSIP
    forgets the Contact, and the attempt that it is at, when settings of
    another `generation` are applied.
    """

    def __init__(
        self,
        config: AccountConfig,
        incoming: IncomingCall,
        report: Callable[[Registration, RegistrationReport], None],
        connection_of: Callable[[pjsua2.SipRxData], int],
    ) -> None:
        """Prepare the account; open() creates it."""
        super().__init__(incoming)
        self.config = config
        self.generation = 0
        self.attempt = 0
        self.applied_for = ""
        self.tried = ""
        self.local_address = ""
        self.connection = 0
        self.state: RegistrationState | None = None
        self._report = report
        self._connection_of = connection_of
        self._opened = False
        self._under_way = False
        self._busy = False
        self._challenged = False
        self._stale = False
        self._certificate_text = pjsua2.Endpoint.instance().utilStrError(_CERTIFICATE)

    @property
    def under_way(self) -> bool:
        """Tell whether the outcome of a try is waited for."""
        return self._under_way

    @property
    def stuck(self) -> bool:
        """Tell whether PJSIP is still at a try that nobody waits for any more."""
        return self._busy and not self._under_way

    @property
    def opened(self) -> bool:
        """Tell whether PJSIP knows the account."""
        return self._opened

    @property
    @override
    def has_ice(self) -> bool:
        return self.config.ice

    def apply(self, config: AccountConfig, settings: pjsua2.AccountConfig) -> None:
        """Create the account, or change it; SipStackError."""
        if not self._opened:
            self.config = config
            self.open(settings)
            self._opened = True
            return
        old, self.config = self.config, config
        if (old.server, old.username) != (config.server, config.username):
            self.withdraw()
        try:
            self.modify(settings)
        except pjsua2.Error as err:
            raise SipStackError(err.reason) from None
        self._under_way = False

    def register(self) -> None:
        """Send a REGISTER unless one is under way; SipStackError."""
        if self._under_way:
            return
        self.attempt += 1
        try:
            self.setRegistration(True)
        except pjsua2.Error as err:
            if err.status != _BUSY:
                raise SipStackError(err.reason) from None
        self._under_way = self._busy = True

    def drop_try(self) -> None:
        """Wait no longer for the outcome of the try that is under way."""
        self._under_way = False

    def give_up(self) -> None:
        """Tell that nothing has answered."""
        self._tell(_outcome(408, "no answer"))

    def take_connection(self) -> int:
        """Return the connection that the registrar was last heard on, once."""
        connection, self.connection = self.connection, 0
        return connection

    def withdraw(self) -> None:
        """Ask the registrar to forget us, if it knows us."""
        if self.state is not RegistrationState.REGISTERED:
            return
        try:
            self.setRegistration(False)
        except pjsua2.Error:
            return

    def lost(self, text: str, *, certificate: bool = False) -> None:
        """Tell that the registrar cannot be reached, or not be trusted."""
        self.connection = 0
        self._tell(_outcome(503, text, certificate=certificate))

    @override
    @guarded(None)
    def onAuthChallenge(self, prm: pjsua2.OnAuthChallengeParam) -> None:
        if not is_of_register(prm.rdata.wholeMsg):
            return
        self._challenged = True
        self._stale = is_stale_challenge(prm.rdata.wholeMsg)

    @override
    @guarded(None)
    def onRegState(self, prm: pjsua2.OnRegStateParam) -> None:
        self._busy = False
        answered = bool(prm.rdata.wholeMsg)
        if answered:
            self.connection = self._connection_of(prm.rdata)
        expires = prm.expiration if prm.expiration < 2**31 else 0
        self._tell(
            Outcome(
                code=prm.code,
                error=prm.status,
                text=prm.reason,
                expires=expires,
                answered=answered,
                challenged=self._challenged,
                stale=self._stale,
                certificate=prm.reason == self._certificate_text,
            )
        )

    def _tell(self, outcome: Outcome) -> None:
        self._under_way = self._challenged = self._stale = False
        self.state = state_of(outcome)
        registered = self.state is RegistrationState.REGISTERED
        self._report(
            self,
            RegistrationReport(
                account=self.config.id,
                state=self.state,
                status=outcome.code,
                text=outcome.text,
                expires=outcome.expires if registered else 0,
                connection=self.connection if registered else 0,
                tls_verified=registered
                and self.config.transport is Transport.TLS
                and self.config.tls_verify is not TlsVerify.OFF,
            ),
        )
