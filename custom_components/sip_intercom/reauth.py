"""Ask for the passwords of accounts that stopped working, one after the other."""

from datetime import datetime
from typing import Final

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .const import REAUTH_SUBENTRY_ID
from .coordinator import SipConfigEntry
from .lib.sipagent.client.events import AgentReady, ClientEvent
from .lib.sipagent.protocol.calls import Registration, RegistrationState
from .lib.sipagent.protocol.messages import RegistrationChanged

RETRY: Final = 10  # seconds
BLOCKING_SOURCES: Final = {SOURCE_REAUTH, SOURCE_RECONFIGURE}


class ReauthQueue:
    """Accounts that wait, since an entry can have one reauth flow at a time."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Listen for registrations and for flows that end."""
        self._hass = hass
        self._entry = entry
        self._waiting: list[str] = []
        self._asked: str | None = None
        self._cancel_retry: CALLBACK_TYPE | None = None
        coordinator = entry.runtime_data
        entry.async_on_unload(coordinator.client.subscribe(self._handle_event))
        entry.async_on_unload(
            coordinator.async_add_subentry_listener(self._handle_subentries)
        )
        entry.async_on_unload(
            hass.config_entries.flow.async_subscribe_flow(self._handle_flow)
        )
        entry.async_on_unload(self._stop)

    @callback
    def _handle_event(self, event: ClientEvent) -> None:
        """Take in how registrations stand."""
        match event:
            case RegistrationChanged(registration=registration):
                self._handle_registration(registration)
            case AgentReady(snapshot=snapshot):
                for registration in snapshot.registrations:
                    self._handle_registration(registration)

    @callback
    def _handle_registration(self, registration: Registration) -> None:
        """Queue an account whose password fails, drop one that works again."""
        account = registration.account
        match registration.state:
            case RegistrationState.AUTH_FAILED if not self._is_queued(account):
                self._waiting.append(account)
                if self._cancel_retry is None:
                    self._start_next()
            case RegistrationState.REGISTERED:
                self._drop(account)

    @callback
    def _handle_subentries(self) -> None:
        """Drop accounts that are gone."""
        for account in (*self._waiting, self._asked):
            if account is not None and account not in self._entry.subentries:
                self._drop(account)

    @callback
    def _handle_flow(self, change: str, _flow_id: str) -> None:
        """Go on when a flow has ended, in a moment: it may be the entry's end, too."""
        if change == "removed" and not self._is_asking():
            self._asked = None
            self._hass.loop.call_soon(self._start_next)

    @callback
    def _start_next(self, _now: datetime | None = None) -> None:
        """Ask for the next account, or look again later.

        A flow that starts is not seen at once, and flows of the user end
        without a word.
        """
        self._stop_retry()
        self._waiting = [
            account for account in self._waiting if account in self._entry.subentries
        ]
        if not self._waiting:
            return
        unloading = self._entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS
        if not (unloading or self._is_asking()):
            self._ask(self._waiting.pop(0))
        job = HassJob(self._start_next, cancel_on_shutdown=True)
        self._cancel_retry = async_call_later(self._hass, RETRY, job)

    @callback
    def _ask(self, account: str) -> None:
        """Start the flow for an account."""
        self._asked = account
        self._entry.async_start_reauth(
            self._hass,
            context={
                "title_placeholders": {"name": self._entry.subentries[account].title}
            },
            data={REAUTH_SUBENTRY_ID: account},
        )

    @callback
    def _drop(self, account: str) -> None:
        """Forget an account, and close the flow that asks about it."""
        if account in self._waiting:
            self._waiting.remove(account)
        if account != self._asked:
            return
        self._asked = None
        for flow in tuple(
            self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})
        ):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])

    def _is_asking(self) -> bool:
        """Tell whether the user is being asked about the entry."""
        return any(self._entry.async_get_active_flows(self._hass, BLOCKING_SOURCES))

    def _is_queued(self, account: str) -> bool:
        """Tell whether the user is or will be asked about an account."""
        if account not in self._entry.subentries:
            return True
        return account in self._waiting or (
            account == self._asked
            and (self._cancel_retry is not None or self._is_asking())
        )

    @callback
    def _stop(self) -> None:
        """Ask for nothing any more."""
        self._waiting.clear()
        self._stop_retry()

    @callback
    def _stop_retry(self) -> None:
        """Do not look again."""
        if self._cancel_retry is not None:
            self._cancel_retry()
            self._cancel_retry = None
