"""Keep the state of the user agent and hand on what happens to it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final, assert_never

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .agent_configuration import AgentConfiguration
from .configuration import has_ice, wanted_names
from .data import (
    TURNED_AWAY,
    DoorMoment,
    Listeners,
    Moment,
    PinMoment,
    SipData,
    ended_by,
    listener_of,
)
from .deaths import async_deaths
from .ice_servers import async_ice_servers
from .lib.sipagent.client.client import AgentClient
from .lib.sipagent.client.events import AgentLost, AgentReady, ClientEvent
from .lib.sipagent.protocol.bindings import Binding, by_device
from .lib.sipagent.protocol.calls import (
    FIRST_EVENTS,
    TERMINAL_EVENTS,
    Call,
    CallEventType,
    CallReason,
    Registration,
)
from .lib.sipagent.protocol.messages import (
    BindingsChanged,
    CallChanged,
    CallerRefused,
    CredentialsRefused,
    MessageReceived,
    RegistrationChanged,
    RequestsRefused,
    ServerSought,
    ToneReceived,
    TransportChanged,
    TransportStatus,
    VideoChanged,
    ViewerCandidate,
    ViewerClosed,
)
from .moments import Moments
from .pacing import Pace
from .phonebook import Phonebook
from .resolver import SipResolver
from .stored_bindings import StoredBindings
from .stored_modes import StoredModes
from .tokens import AccountTokens

REFUSED_INTERVAL: Final = timedelta(seconds=10)
"""Time between two new counts of refused requests."""

AVAILABILITY: Final = "availability"
"""Owner of the listeners that only want to know whether the agent runs."""

type SipConfigEntry = ConfigEntry[SipCoordinator]


class SipCoordinator:
    """The state of one user agent.

    State and moments are two channels, because a ring is not a state. Moments
    wait while nobody could hear them: before the platforms are loaded, and
    between the loss of the agent and its return.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SipConfigEntry,
        tokens: AccountTokens,
        stored_bindings: StoredBindings,
        modes: StoredModes,
    ) -> None:
        """Prepare the client and listen to it from its first event on."""
        self.hass = hass
        self.config_entry = entry
        self.resolver = SipResolver(hass)
        self.resolver.want(wanted_names(entry))
        self.modes = modes
        self._configuration = AgentConfiguration(
            hass, entry, self.resolver, tokens, modes
        )
        deaths = async_deaths(hass, entry)
        self._stored_bindings = stored_bindings
        self.client = AgentClient(
            self._configuration.current,
            self.resolver,
            bindings=stored_bindings.bindings,
            deaths=deaths,
        )
        self.data = SipData(restarts=deaths.total)
        self._subentry_listeners = Listeners[()]()
        self._state_listeners = Listeners[()]()
        self._reset_listeners = Listeners[()]()
        self.start_recording: Callable[[Call], None] | None = None
        self.wait_sound: Callable[[Call], None] | None = None
        self.names = Phonebook(hass, entry)
        self._moments = Moments(self._moment_owners, self._is_heard)
        self._platforms_loaded = False
        self._answered_at: dict[str, float] = {}
        self._refused = Pace(hass, REFUSED_INTERVAL, self._tell_refused)
        entry.async_on_unload(self.client.subscribe(self._handle_event))
        entry.async_on_unload(self._refused.async_stop)

    @callback
    def async_add_listener(
        self, owner: str, listener: Callable[[], None]
    ) -> CALLBACK_TYPE:
        """Hear of changed state of a subentry, or of the entry itself."""
        return self._state_listeners.async_add(owner, listener)

    @callback
    def async_add_moment_listener(
        self, owner: str, listener: Callable[[Moment], None]
    ) -> CALLBACK_TYPE:
        """Hear of calls and tones of a subentry; the entry's id hears of all."""
        return self._moments.async_add(owner, listener)

    @callback
    def async_add_subentry_listener(
        self, listener: Callable[[], None]
    ) -> CALLBACK_TYPE:
        """Hear that subentries, or the addresses of their names, have changed."""
        return self._subentry_listeners.async_add(self.config_entry.entry_id, listener)

    @callback
    def async_platforms_loaded(self) -> None:
        """Hand on what happened while the platforms were loading."""
        self._platforms_loaded = True
        self._moments.async_release()

    @callback
    def async_update_subentries(self) -> None:
        """Bring the state and the entities in step with the subentries."""
        registrations = self._of_accounts(self.data.registrations.values())
        self.data = replace(self.data, registrations=registrations)
        self._subentry_listeners.async_call_all()
        self._state_listeners.async_call_all()

    def device_calls(self, device: str) -> list[Call]:
        """Return the calls of a device, the oldest first."""
        return [call for call in self.data.calls.values() if call.device == device]

    @callback
    def async_update_device(self, device: str) -> None:
        """Have the entities of a device write their state."""
        self._state_listeners.async_call(device)

    @callback
    def async_add_reset_listener(
        self, device: str, listener: Callable[[], None]
    ) -> CALLBACK_TYPE:
        """Hear that the missed calls of a device have been seen."""
        return self._reset_listeners.async_add(device, listener)

    @callback
    def async_reset(self, device: str) -> None:
        """Tell that the missed calls of a device have been seen."""
        self._reset_listeners.async_call(device)

    @callback
    def async_tell(self, moment: Moment) -> None:
        """Tell what has happened on this side."""
        self._moments.async_hand_on(moment)

    @callback
    def async_end_calls(self, reason: CallReason = CallReason.STOPPED) -> None:
        """Tell the end of every call that is up."""
        now = self.hass.loop.time()
        for call in tuple(self.data.calls.values()):
            talked = now - self._answered_at.get(call.id, now)
            self._handle_call(ended_by(reason, call, talked))

    async def async_stop(self) -> None:
        """Stop the agent; also calls that begin meanwhile are told to end."""
        self.async_end_calls()
        await self.client.stop()
        self.async_end_calls()
        await self._stored_bindings.async_save()
        await self.resolver.async_close()

    async def async_resolve_names(self) -> None:
        """Look up every name of the configuration, and apply each new answer."""
        names = wanted_names(self.config_entry)
        await self.resolver.async_refresh(names, self._async_take_addresses)
        if has_ice(self.config_entry):
            await async_ice_servers(self.hass, self.resolver).async_get()
            await self.async_configure()

    async def _async_take_addresses(self) -> None:
        """Apply new addresses of names."""
        self._subentry_listeners.async_call_all()
        await self.async_configure()

    async def async_configure(self) -> None:
        """Apply the difference between the entry and what the agent has."""
        if transports := await self._configuration.async_apply(self.client):
            self._set_transports(transports)

    @callback
    def _handle_event(self, event: ClientEvent) -> None:
        """Handle an event of the client."""
        match event:
            case CallChanged():
                self._handle_call(event)
            case ToneReceived() | MessageReceived():
                self._moments.async_hand_on(event)
            case RegistrationChanged(registration=registration):
                self._handle_registration(registration)
            case BindingsChanged(device=device, bindings=bindings):
                self._handle_bindings({**self.data.bindings, device: bindings}, device)
            case (
                CredentialsRefused()
                | ServerSought()
                | ViewerCandidate()
                | ViewerClosed()
                | VideoChanged()
            ):
                pass  # of those who subscribe to the client
            case TransportChanged(status=status):
                self._handle_transport(status)
            case CallerRefused(total=total) | RequestsRefused(total=total):
                # One that was held back is older than the snapshot.
                refused = max(total, self.data.refused)
                self.data = replace(self.data, refused=refused)
                self._refused.async_ask()
            case AgentReady():
                self._handle_ready(event)
            case AgentLost():
                self._handle_lost(event)
            case _:
                assert_never(event)

    @callback
    def _handle_call(self, event: CallChanged) -> None:
        """Handle a change of a call: its event first, then the states.

        The agent may have more to tell of a call whose end we have told.
        """
        call = self.names.named(event.call)
        event = replace(event, call=call)
        calls = dict(self.data.calls)
        turned_away = call.reason in TURNED_AWAY and call.duration == 0
        if call.id not in calls and event.event not in FIRST_EVENTS and not turned_away:
            return
        if event.event in TERMINAL_EVENTS:
            calls.pop(call.id, None)
            self._answered_at.pop(call.id, None)
        else:
            calls[call.id] = call
        if event.event is CallEventType.ANSWERED:
            self._answered_at[call.id] = self.hass.loop.time()
        self.data = replace(self.data, calls=calls)
        self._moments.async_hand_on(event)
        for owner in self._owners(call):
            self._state_listeners.async_call(owner)

    @callback
    def _handle_registration(self, registration: Registration) -> None:
        """Handle a change of an account's registration."""
        registrations = self._of_accounts(
            (*self.data.registrations.values(), registration)
        )
        self.data = replace(self.data, registrations=registrations)
        self._state_listeners.async_call(registration.account)

    @callback
    def _handle_bindings(
        self, bindings: Mapping[str, tuple[Binding, ...]], device: str
    ) -> None:
        """Handle that a device has registered, or is no more."""
        self.data = replace(self.data, bindings=bindings)
        self._stored_bindings.async_keep(bindings)
        self._state_listeners.async_call(device)

    @callback
    def _handle_transport(self, status: TransportStatus) -> None:
        """Handle a transport that was lost or is back."""
        kept = (
            other
            for other in self.data.transports
            if listener_of(other) != listener_of(status)
        )
        self._set_transports((*kept, status))

    @callback
    def _set_transports(self, transports: tuple[TransportStatus, ...]) -> None:
        """Take over where the user agent listens."""
        self.data = replace(self.data, transports=transports)
        self._state_listeners.async_call(self.config_entry.entry_id)

    @callback
    def _tell_refused(self) -> None:
        """Tell how many were refused; a flood must not flood the recorder."""
        self._state_listeners.async_call(self.config_entry.entry_id)

    @callback
    def _handle_ready(self, event: AgentReady) -> None:
        """Take over the state of a new agent, then hand on what waited.

        Every state is written before any ring, since triggers ignore an
        event entity that leaves unavailable. A call of the snapshot has its
        own event, which comes later.
        """
        snapshot = event.snapshot
        self.data = replace(
            self.data,
            available=True,
            calls={call.id: self.names.named(call) for call in snapshot.calls},
            registrations=self._of_accounts(snapshot.registrations),
            transports=snapshot.transports,
            refused=snapshot.refused,
            bindings=by_device(snapshot.bindings),
            hello=event.hello,
        )
        self._stored_bindings.async_keep(self.data.bindings)
        self._state_listeners.async_call_all()
        self._moments.async_release()

    @callback
    def _handle_lost(self, event: AgentLost) -> None:
        """End every call, then make everything unavailable."""
        self.async_end_calls(CallReason.AGENT_LOST)
        self.data = replace(
            self.data,
            available=False,
            restarts=event.deaths,
        )
        self._state_listeners.async_call_all()

    def _is_heard(self) -> bool:
        """Tell whether there are entities that can tell of a moment."""
        return self._platforms_loaded and self.data.available

    def _of_accounts(
        self, registrations: Iterable[Registration]
    ) -> dict[str, Registration]:
        """Return the registrations of the accounts that there are."""
        accounts = self.config_entry.subentries
        return {
            item.account: item for item in registrations if item.account in accounts
        }

    def _moment_owners(self, moment: Moment) -> Iterable[str]:
        """Return whose moment it is."""
        match moment:
            case CallChanged(call=call):
                return self._owners(call)
            case ToneReceived(call=call_id):
                tone_call = self.data.calls.get(call_id)
                return self._owners(tone_call) if tone_call else ()
            case DoorMoment(device=device) | PinMoment(device=device):
                return (device, self.config_entry.entry_id)
            case MessageReceived(device=device, account=account):
                owners = (device, account, self.config_entry.entry_id)
                return (owner for owner in owners if owner is not None)
            case _:
                assert_never(moment)

    def _owners(self, call: Call) -> Iterable[str]:
        """Return the ids of who is concerned by a call, its device first."""
        owners = (call.device, call.account, self.config_entry.entry_id)
        return (owner for owner in owners if owner is not None)
