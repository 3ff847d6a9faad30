"""Accounts that are tried before they are saved."""

from typing import Final

from ...protocol.calls import RegistrationState
from ...protocol.config import AccountConfig
from ...protocol.errors import (
    CannotConnectError,
    CommandError,
    InvalidAuthError,
    InvalidCertificateError,
    RegistrationTimeoutError,
)
from ..chance import random_token
from ..phone import RegistrationReport, TrialListener
from .accounts import Accounts
from .registration import Registration
from .timers import Timer, Timers

_PATIENCE: Final = 10.0  # seconds

_ERRORS: Final[dict[RegistrationState, type[CommandError]]] = {
    RegistrationState.AUTH_FAILED: InvalidAuthError,
    RegistrationState.CERTIFICATE: InvalidCertificateError,
    RegistrationState.TIMED_OUT: RegistrationTimeoutError,
}


class Trials:
    """Registers once with each account, then forgets it, which unregisters."""

    def __init__(self, accounts: Accounts, timers: Timers) -> None:
        """Try nothing yet."""
        self._accounts = accounts
        self._timers = timers
        self._running: dict[Registration, tuple[TrialListener, Timer]] = {}

    def start(self, config: AccountConfig, done: TrialListener) -> None:
        """Try an account, and tell within 10 s."""
        try:
            settings = self._accounts.settings_for_trial(config, random_token(16))
            registration = self._accounts.make(config, self._told)
            registration.apply(config, settings)
            registration.register()
        except CommandError as err:
            error = err
            self._timers.soon(lambda: done(error))
            return
        timer = self._timers.after(
            _PATIENCE,
            lambda: self._finish(registration, RegistrationTimeoutError("no answer")),
        )
        self._running[registration] = done, timer

    def clear(self) -> None:
        """Forget all trials."""
        self._running.clear()

    def _told(self, registration: Registration, report: RegistrationReport) -> None:
        error: CommandError | None = None
        if report.state is not RegistrationState.REGISTERED:
            kind = _ERRORS.get(report.state, CannotConnectError)
            error = kind(f"{report.status} {report.text}".strip())
        # Not in PJSIP's own callback: the account goes with its last reference.
        self._timers.soon(lambda: self._finish(registration, error))

    def _finish(self, registration: Registration, error: CommandError | None) -> None:
        running = self._running.pop(registration, None)
        if running:
            done, timer = running
            timer.cancel()
            done(error)
