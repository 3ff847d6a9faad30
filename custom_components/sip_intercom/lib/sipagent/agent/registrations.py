"""Registrations: kept alive, tried again, given up only with proof."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ..protocol.calls import Registration, RegistrationState
from ..protocol.config import AccountConfig
from ..protocol.errors import CommandError, InvalidCertificateError
from ..protocol.messages import RegistrationChanged
from .chance import random_share
from .limits import Clock
from .matching import Flow
from .phone import Phone, RegistrationReport
from .texts import clean

RETRY_DELAY: Final = 5.0  # seconds, so that a PBX that returns is found within 10
RETRY_JITTER: Final = 1.0  # seconds at most on top, so that accounts spread out
LASTING: Final = 10.0  # seconds; what was up so long is tried again at once
FORBIDDEN_DELAYS: Final = (10.0, 30.0, 60.0)  # seconds; PBXs ban who insists
AUTH_DELAY: Final = 120.0  # seconds between tries with a refused password
REPORT_LIMIT: Final = 45.0  # seconds, longer than an unanswered REGISTER lasts
REJECTIONS_TO_FAIL: Final = 2
FORBIDDEN_TO_FAIL: Final = 300.0  # seconds of nothing else, unlike a restarting PBX
MAX_REASON_LENGTH: Final = 255  # characters
_FORBIDDEN: Final = 403


@dataclass(kw_only=True, slots=True)
class AccountRegistration:
    """An account's registration, since when, and when it is tried next."""

    value: Registration
    since: float = 0.0
    next_try: float | None = None
    rejections: int = 0
    forbidden: int = 0
    denied_since: float | None = None

    def forget_refusals(self) -> None:
        """Take that the password is another one, or right."""
        self.rejections = self.forbidden = 0
        self.denied_since = None


class Registrations:
    """Registers accounts and tells what changed."""

    def __init__(
        self,
        phone: Phone,
        emit: Callable[[RegistrationChanged], None],
        clock: Clock,
        jitter: Callable[[], float] = random_share,
    ) -> None:
        """Start without accounts."""
        self._phone = phone
        self._emit = emit
        self._clock = clock
        self._jitter = jitter
        self._accounts: dict[str, AccountRegistration] = {}
        self.flows: dict[str, Flow] = {}
        """The connections that carry registrations over TCP and TLS."""

    def values(self) -> tuple[Registration, ...]:
        """Return every account's registration."""
        return tuple(each.value for each in self._accounts.values())

    def is_registered(self, account: str) -> bool:
        """Tell whether an account is registered."""
        known = self._accounts.get(account)
        return known is not None and known.value.state is RegistrationState.REGISTERED

    def put(self, account: AccountConfig) -> None:
        """Take a new account, or a changed one, and register."""
        known = self._accounts.setdefault(
            account.id, AccountRegistration(value=_unregistered(account.id))
        )
        known.forget_refusals()
        self.flows.pop(account.id, None)
        self._change(known, _registering(account.id))
        try:
            self._phone.put_account(account)
        except CommandError as err:
            self._failed_locally(known, err)
            return
        self._register(known)

    def remove(self, account: str) -> None:
        """Unregister and forget an account."""
        self.flows.pop(account, None)
        if self._accounts.pop(account, None):
            self._phone.remove_account(account)

    def hasten(self, accounts: Iterable[str]) -> None:
        """Try accounts at once that are not registered: their address changed."""
        for account in accounts:
            if not self.is_registered(account) and account in self._accounts:
                self._accounts[account].next_try = self._clock()

    def renew(self, account: str) -> None:
        """Try an account as if it were new, unless it is registered."""
        if not self.is_registered(account):
            known = self._accounts[account]
            known.forget_refusals()
            known.next_try = self._clock()
            self._change(known, _registering(account))

    def report(self, report: RegistrationReport) -> None:
        """Take the outcome of a try or a refresh."""
        known = self._accounts.get(report.account)
        if known is None:
            return
        self.flows.pop(report.account, None)
        if report.state is RegistrationState.REGISTERED:
            self._registered(known, report)
        elif report.state is not RegistrationState.REGISTERING:
            self._count(known, report)
            known.next_try = self._clock() + self._delay(known)
        self._change(known, self._shown(known, report))

    def tick(self) -> None:
        """Register what is due."""
        now = self._clock()
        for known in self._accounts.values():
            if known.next_try is not None and now >= known.next_try:
                self._register(known)

    def _registered(
        self, known: AccountRegistration, report: RegistrationReport
    ) -> None:
        """Take a success; PJSIP refreshes it, and if it does not, we do."""
        known.forget_refusals()
        known.next_try = self._clock() + max(report.expires, REPORT_LIMIT)
        if report.connection:
            self.flows[report.account] = Flow(
                connection=report.connection, tls_verified=report.tls_verified
            )

    def _register(self, known: AccountRegistration) -> None:
        """Try once; if no outcome is ever reported, try again."""
        known.next_try = self._clock() + REPORT_LIMIT
        try:
            self._phone.register(known.value.account)
        except CommandError as err:
            self._failed_locally(known, err)

    def _failed_locally(self, known: AccountRegistration, err: CommandError) -> None:
        """Take that no REGISTER could be sent."""
        certificate = isinstance(err, InvalidCertificateError)
        self.report(
            RegistrationReport(
                account=known.value.account,
                state=RegistrationState.CERTIFICATE
                if certificate
                else RegistrationState.UNREACHABLE,
                status=0,
                text=str(err),
                expires=0,
            )
        )

    def _count(self, known: AccountRegistration, report: RegistrationReport) -> None:
        """Count how often in a row the password, or all of us, were refused."""
        refused = report.state is RegistrationState.AUTH_FAILED
        forbidden = report.status == _FORBIDDEN
        known.rejections = known.rejections + 1 if refused and not forbidden else 0
        known.forbidden = known.forbidden + 1 if forbidden else 0
        if not (refused and forbidden):
            known.denied_since = None
        elif known.denied_since is None:
            known.denied_since = self._clock()

    def _is_wrong(self, known: AccountRegistration) -> bool:
        """Tell whether there is proof that the password is wrong."""
        if known.rejections >= REJECTIONS_TO_FAIL:
            return True
        since = known.denied_since
        return since is not None and self._clock() - since >= FORBIDDEN_TO_FAIL

    def _delay(self, known: AccountRegistration) -> float:
        """Return the seconds until the next try."""
        if self._is_wrong(known):
            return AUTH_DELAY
        if known.value.state is RegistrationState.REGISTERED and self._lasted(known):
            return RETRY_JITTER * self._jitter()
        if known.forbidden:
            return FORBIDDEN_DELAYS[min(known.forbidden, len(FORBIDDEN_DELAYS)) - 1]
        return RETRY_DELAY + RETRY_JITTER * self._jitter()

    def _shown(
        self, known: AccountRegistration, report: RegistrationReport
    ) -> Registration:
        """Return what a report means: one refusal alone is no wrong password."""
        state = report.state
        if state is RegistrationState.AUTH_FAILED and not self._is_wrong(known):
            state = RegistrationState.REJECTED
        return Registration(
            account=report.account,
            state=state,
            status=report.status,
            text=clean(report.text, MAX_REASON_LENGTH),
            expires=report.expires,
        )

    def _lasted(self, known: AccountRegistration) -> bool:
        """Tell whether a registration was up for a while before it was lost."""
        return self._clock() - known.since >= LASTING

    def _change(self, known: AccountRegistration, value: Registration) -> None:
        """Keep a registration and tell if a person would see a difference."""
        old, known.value = known.value, value
        if old.state is not value.state:
            known.since = self._clock()
        if (old.state, old.status, old.text) != (value.state, value.status, value.text):
            self._emit(RegistrationChanged(registration=value))


def _unregistered(account: str) -> Registration:
    """Return the state of an account that is new."""
    return Registration(account=account, state=RegistrationState.UNREGISTERED)


def _registering(account: str) -> Registration:
    """Return the state before the first outcome."""
    return Registration(account=account, state=RegistrationState.REGISTERING)
