"""The user agent: policy and state above the SIP stack, no SDK type."""

from collections.abc import Callable, Iterable
import logging
import time
from typing import Final

from ..protocol.bindings import Binding
from ..protocol.calls import CallState
from ..protocol.commands import Callee, Dial
from ..protocol.config import (
    DEFAULT_TALK_LIMIT,
    AccountConfig,
    HostConfig,
    UserAgentConfig,
)
from ..protocol.errors import (
    CommandError,
    DeviceBusyError,
    NotRegisteredError,
)
from ..protocol.messages import Configured, Event, NameWanted, Snapshot, TransportStatus
from ..protocol.tones import ToneStyle
from .admission import Admission
from .call_control import CallControl
from .calls import ActiveCall, CallBook
from .chance import random_share
from .configuring import Configuring
from .deadlines import Deadlines
from .dialling import Destination, destination
from .doors import Doors, OpeningDone
from .limits import Clock
from .matching import Caller
from .messaging import Messaging
from .modes import Modes
from .network import NetworkWatch
from .phone import (
    Done,
    IncomingLeg,
    LegEnd,
    LegId,
    LegMedia,
    Phone,
    RegistrationReport,
    TrialListener,
    ViewerId,
)
from .recent import RecentInvites
from .refusals import Refusals
from .registrar.registrar import Registrar
from .registrations import Registrations
from .request import Request, Verdict
from .routing import NumberPlan, Routing
from .talking import Talking
from .transports import Transports
from .viewing import Viewing

_LOGGER = logging.getLogger(__name__)

TICK: Final = 0.5  # seconds between looks at the clock


class UserAgent:
    """Ties policy to a phone; hears it, commands it, and emits events."""

    def __init__(
        self,
        phone: Phone,
        emit: Callable[[Event], None],
        *,
        clock: Clock = time.monotonic,
        jitter: Callable[[], float] = random_share,
        network: NetworkWatch | None = None,
    ) -> None:
        """Create the user agent; start() brings up the phone."""
        self._phone = phone
        self._emit = emit
        self._clock = clock
        self._network = network or NetworkWatch(clock)
        self._next_tick = clock()
        self._book = CallBook()
        self._recent = RecentInvites(clock)
        self._refusals = Refusals(clock)
        self._control = CallControl(phone, self._book, self._recent, emit, clock)
        self._deadlines = Deadlines(phone, self._book, self._control, clock)
        self._registrations = Registrations(phone, emit, clock, jitter)
        self._routing = Routing(phone, self._control, self._dial, clock)
        self._registrar = Registrar(phone, emit, clock)
        self._doors = Doors(phone, self._book, self._control, self._dial_device, clock)
        self._transports = Transports(phone, self._book, emit, clock)
        self._modes = Modes(self._book, self._control, clock)
        self.talking = Talking(phone, self._book, self._control)
        self.viewing = Viewing(
            phone=phone,
            book=self._book,
            control=self._control,
            dial=self._dial_device,
            emit=emit,
            clock=clock,
        )
        self.viewing.keep = self._doors.keep
        self._configuring = Configuring(
            phone=phone,
            book=self._book,
            control=self._control,
            registrations=self._registrations,
            transports=self._transports,
            clock=clock,
        )
        self._admission = Admission(
            matching=lambda: self._configuring.matching,
            book=self._book,
            recent=self._recent,
            refusals=self._refusals,
            registrar=self._registrar,
            clock=clock,
        )
        self._admission.messaging = Messaging(emit, clock)
        self._admission.transferring = self.talking.is_transferring
        self._admission.forbids = self._routing.forbids

    def start(self) -> None:
        """Bring up the phone, without transports."""
        self._phone.start(self._configuring.config.username, self)

    @property
    def has_media(self) -> bool:
        """Tell whether audio flows or is about to."""
        return self.viewing.active or any(
            call.chosen is not None or call.state is CallState.EARLY_MEDIA
            for call in self._book.calls.values()
        )

    @property
    def is_idle(self) -> bool:
        """Tell whether no call is up."""
        return not (self._book.legs or self.viewing.active)

    def tick(self) -> None:
        """Do what the time asks for; called after every poll."""
        self._doors.proceed()
        self._modes.proceed()
        self._routing.proceed()
        now = self._clock()
        if now < self._next_tick:
            return
        self._next_tick = now + TICK
        self._deadlines.check()
        self._doors.tick()
        self.viewing.tick()
        self._configuring.tick()
        self._transports.tick()
        if self._network.changed():
            _LOGGER.info("The machine's addresses changed")
            self._phone.address_changed()
        self._registrations.tick()
        self._registrar.tick()
        for event in self._refusals.events():
            self._emit(event)

    # Commands.

    def configure(self, config: UserAgentConfig) -> Configured:
        """Apply the difference to a configuration."""
        self._registrar.configure(config)
        self._routing.plan = NumberPlan(config)
        self._doors.devices = {device.id: device for device in config.devices}
        self._modes.config = config
        self.viewing.configure(config.devices)
        self._configuring.apply(config)
        return Configured(transports=self._transports.statuses())

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Take over the bindings that an earlier agent told."""
        self._registrar.restore(bindings)

    def set_host(self, host: HostConfig) -> None:
        """Take the addresses of a name."""
        self._configuring.set_hosts([host])

    def try_account(
        self, account: AccountConfig, hosts: tuple[HostConfig, ...], done: TrialListener
    ) -> None:
        """Register once and report; accounts like it use what works."""

        def tried(error: CommandError | None) -> None:
            if error is None:
                self._configuring.take_proof(account)
            done(error)

        self._configuring.set_hosts(hosts)
        self._phone.try_account(account, tried)

    def check_health(self, done: TrialListener) -> None:
        """Have our own OPTIONS answered and report."""
        self._phone.check_health(done)

    def list_state(self) -> Snapshot:
        """Return everything that lasts."""
        now = self._clock()
        return Snapshot(
            registrations=self._registrations.values(),
            calls=tuple(call.value(now) for call in self._book.calls.values()),
            transports=self._transports.statuses(),
            refused=self._refusals.total,
            bindings=self._registrar.values(),
            guessers=self._registrar.guessers(),
        )

    def answer(self, call: str, by: str = "") -> None:
        """Answer a ringing call."""
        self._doors.keep(call)
        self._control.answer(call, by)

    def decline(self, call: str, status: int) -> None:
        """Decline a ringing call with 486 or 603."""
        self._control.decline(call, status)

    def hang_up(self, call: str) -> None:
        """End a call in any state."""
        self._control.hang_up(call)

    def dial(self, dial: Dial) -> str:
        """Call a device or target and return the call's id."""
        self._configuring.set_hosts(dial.hosts)
        return self._dial(dial).id

    def _meant(self, callee: Callee) -> Dial:
        """Return how a callee is dialled."""
        self._configuring.set_hosts(callee.hosts)
        return Dial(device=callee.device, target=callee.target, account=callee.account)

    def _dial(self, dial: Dial, for_call: str | None = None) -> ActiveCall:
        """Call a device or target, for Home Assistant or for another call."""
        where = self._destination(dial)
        if where.device and self._book.of_device(where.device):
            raise DeviceBusyError("the device has a call already")
        return self._control.dial(where, for_call=for_call)

    def _dial_device(self, device: str) -> ActiveCall:
        """Call a device, also when somebody claims to be it in a call already."""
        return self._control.dial(self._destination(Dial(device=device)))

    def _destination(self, dial: Dial) -> Destination:
        """Return where a Dial goes, if there is a way at present."""
        configuring = self._configuring
        where = destination(
            dial, configuring.directory, configuring.hosts, self._registrar.targets
        )
        if where.account and not self._registrations.is_registered(where.account):
            raise NotRegisteredError("the account is not registered")
        return where

    def send_tones(self, call: str, tones: str, style: ToneStyle, done: Done) -> None:
        """Send tones in an answered call and report; InvalidTonesError."""
        self._control.send_tones(call, tones, style, done)

    def connect(self, call: str, callees: Iterable[Callee]) -> None:
        """Call others for a call; the first to answer is connected with it."""
        self._doors.keep(call)
        self._routing.connect(self._control.call(call), map(self._meant, callees))

    def transfer(self, call: str, target: str, done: Done) -> None:
        """Have a call's peer call somebody else, over the call's account."""
        account = self._control.call(call).account
        where = self._destination(Dial(target=target, account=account))
        self.talking.transfer(call, where.targets[0].uri, done)

    def send_message(self, to: Callee, text: str, done: Done) -> None:
        """Send a text and report."""
        where = self._destination(self._meant(to))
        target = where.targets[0]
        self._phone.send_message(
            target.uri, text, done, account=where.account, hop=target.hop
        )

    def open_door(self, device: str, door: str, done: OpeningDone) -> None:
        """Open a door of a device and report; what the phone refuses is raised."""
        self._doors.open(device, door, done)

    # What the phone tells (PhoneListener).

    def on_request(self, request: Request) -> Verdict:
        """Judge a request before PJSIP sees it."""
        return self._admission.judge(request)

    def on_incoming_leg(self, leg: IncomingLeg) -> None:
        """Ring."""
        caller = self._admission.caller(leg.request)
        caller = caller or Caller(proof=leg.verdict.proof)
        device = caller.device
        talk_limit = device.talk_limit if device else DEFAULT_TALK_LIMIT
        away = self._modes.turns_away(caller)
        if call := self._control.incoming(leg, caller, talk_limit, away):
            self._routing.begin(call, caller)
            self._modes.begin(call, caller, leg.request)

    def on_leg_progress(self, leg: LegId, status: int, early_media: bool) -> None:
        """Take a provisional response to our INVITE."""
        self._control.progress(leg, status, early_media=early_media)

    def on_leg_answered(self, leg: LegId) -> None:
        """Take that a leg is confirmed."""
        self._control.answered(leg)

    def on_leg_hold(self, leg: LegId, media: LegMedia) -> None:
        """Take that a leg was put on hold by one side, or taken back."""
        self.talking.held(leg, media)

    def on_leg_ended(self, end: LegEnd) -> None:
        """Take that a leg is over."""
        self._control.ended(end)

    def on_tone(self, leg: LegId, tone: str) -> None:
        """Take a tone of the peer."""
        self._control.tone(leg, tone)

    def on_leg_video(self, leg: LegId, *, shown: bool) -> None:
        """Take that a leg shows video, or does not any more."""
        self.viewing.take_video(leg, shown=shown)

    def on_viewer_answer(self, viewer: ViewerId, sdp: str) -> None:
        """Take what to answer to a browser."""
        self.viewing.take_answer(viewer, sdp)

    def on_viewer_candidate(
        self, viewer: ViewerId, mid: str, index: int, candidate: str
    ) -> None:
        """Take one more way to us."""
        self.viewing.take_candidate(viewer, mid, index, candidate)

    def on_viewer_connected(self, viewer: ViewerId) -> None:
        """Take that a browser and we hear each other."""
        self.viewing.take_connected(viewer)

    def on_viewer_failed(self, viewer: ViewerId) -> None:
        """Take that there is no way to a browser."""
        self.viewing.take_failed(viewer)

    def on_registration(self, report: RegistrationReport) -> None:
        """Take how an account's registration stands."""
        self._registrations.report(report)

    def on_transport(self, status: TransportStatus) -> None:
        """Take that a listening transport was lost or is back."""
        self._transports.report(status)

    def on_name_wanted(self, name: str) -> None:
        """Ask for the addresses of a name."""
        self._emit(NameWanted(name=name))

    def on_connection_lost(self, connection: int) -> None:
        """Take that a TCP or TLS connection is gone."""
        self._registrar.connection_lost(connection)
