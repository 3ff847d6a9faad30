"""Calls of registered devices to each other, to numbers, and outwards by rule."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
import logging
import re
from typing import Final

from ..protocol.calls import TERMINAL_EVENTS, CallEventType, CallReason, CallState
from ..protocol.commands import Dial
from ..protocol.config import (
    DeviceConfig,
    ForwardConfig,
    NumberConfig,
    UserAgentConfig,
)
from ..protocol.errors import CommandError, InvalidStateError, InvalidTargetError
from ..protocol.sip_uri import same_user
from ..protocol.tones import RFC_4733
from .call_control import BUSY_HERE, NO_ANSWER, CallControl
from .calls import ActiveCall
from .limits import Clock
from .matching import Caller
from .phone import Phone

_LOGGER = logging.getLogger(__name__)

MAX_ROUTES: Final = 8
DECLINED: Final = 603
_OUTWARD: Final = re.compile(r"[0-9*#+]{0,32}")
_STATUSES: Final = {
    CallReason.BUSY: BUSY_HERE,
    CallReason.DECLINED: DECLINED,
}

type DialFor = Callable[[Dial, str], ActiveCall]
"""Dials on behalf of the call with this id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Who rings when a device dials something; `home` is Home Assistant."""

    home: bool = True
    dials: tuple[Dial, ...] = ()
    forbidden: bool = False


@dataclass(kw_only=True, slots=True, eq=False)
class Route:
    """A device's call, those that we make for it, and the one that answered.

    `later` are those that are still to be called, with the time.
    """

    inbound: ActiveCall
    home: bool
    outbound: list[ActiveCall] = field(default_factory=list)
    connected: ActiveCall | None = None
    refusal: CallReason | None = None
    complete: bool = False
    later: list[tuple[float, Dial]] = field(default_factory=list)


class NumberPlan:
    """What registered devices may dial: each other, and the numbers made for it.

    Anything else rings Home Assistant, since stations dial what they like at a bell.
    """

    def __init__(self, config: UserAgentConfig) -> None:
        """Index a configuration."""
        self._home = same_user(config.username)
        self._users = {
            same_user(device.credentials.username): device
            for device in config.devices
            if device.credentials
        }
        self._numbers = sorted(
            config.registrar.numbers, key=lambda each: -len(each.number.rstrip("*"))
        )

    def of(self, caller: Caller) -> Plan:
        """Return who rings for a caller."""
        device = caller.device
        called = same_user(caller.called)
        if device is None or not device.credentials or caller.button:
            return Plan()
        if not called or called == self._home:
            return Plan()
        if number := self._number(called):
            return _plan(number, device, called)
        other = self._users.get(called)
        if other is None or other.id == device.id:
            return Plan()
        return Plan(home=False, dials=(Dial(device=other.id),))

    def _number(self, called: str) -> NumberConfig | None:
        """Return the number that fits best: all of it before its beginning."""
        for number in self._numbers:
            if same_user(number.number) == called:
                return number
        for number in self._numbers:
            beginning = number.number[:-1]
            if number.number.endswith("*") and called.startswith(beginning):
                return number
        return None


def _plan(number: NumberConfig, device: DeviceConfig, called: str) -> Plan:
    """Return who rings when a device dials a number; outwards only who is named."""
    allowed = device.id in number.callers or (
        not number.callers and number.account is None
    )
    rest = called[len(number.number) - 1 :] if number.number.endswith("*") else ""
    if not allowed or not _OUTWARD.fullmatch(rest):
        return Plan(home=False, forbidden=True)
    dials = [Dial(device=each) for each in number.devices if each != device.id]
    if number.account is not None:
        target = number.target.replace("*", rest) if rest else number.target
        dials.append(Dial(target=target, account=number.account))
    return Plan(home=number.home, dials=tuple(dials))


class Routing:
    """A back-to-back user agent: two calls of which each hears the other."""

    def __init__(
        self, phone: Phone, control: CallControl, dial: DialFor, clock: Clock
    ) -> None:
        """Watch the calls that a control drives."""
        self._clock = clock
        self._phone = phone
        self._control = control
        self._dial = dial
        self._routes: dict[str, Route] = {}
        self.plan = NumberPlan(UserAgentConfig())
        control.watchers.append(self)

    def forbids(self, caller: Caller) -> bool:
        """Tell whether a device dials what it may not."""
        return self.plan.of(caller).forbidden

    def begin(self, call: ActiveCall, caller: Caller) -> None:
        """Call whom a device has dialled."""
        plan = self.plan.of(caller)
        forwards = caller.device.forwards if plan.home and caller.device else ()
        if plan.home and not plan.dials and not forwards:
            return
        if self._is_too_much(call) and not plan.home:
            self._control.end(call, CallReason.BUSY, BUSY_HERE)
            return
        route = Route(inbound=call, home=plan.home)
        now = self._clock()
        route.later = [(now + each.after, _dial(each)) for each in forwards]
        self._routes[call.id] = route
        for dial in plan.dials:
            self._call_one(route, dial)
        route.complete = True
        self._give_up_if_alone(route)

    def connect(self, call: ActiveCall, dials: Iterable[Dial]) -> None:
        """Call others for a call that rings or is up; InvalidStateError.

        The error of the last one is raised if none could be called.
        """
        route = self._routes.get(call.id) or Route(inbound=call, home=True)
        up = call.ringing or call.state is CallState.IN_CALL
        if call.cause or not up or route.inbound is not call or route.connected:
            raise InvalidStateError("the call cannot be connected with another")
        problem: CommandError = InvalidTargetError("nobody is to be called")
        route.complete = True
        self._routes[call.id] = route
        for dial in dials:
            try:
                self._take_in(route, self._dial(dial, call.id))
            except CommandError as err:
                problem = err
        if not route.outbound:
            self._routes.pop(call.id, None)
            raise problem

    def proceed(self) -> None:
        """Call those whose time has come; not from a callback of the phone's."""
        now = self._clock()
        for route in list(self._routes.values()):
            if not route.later:
                continue
            due = [dial for at, dial in route.later if at <= now]
            route.later = [each for each in route.later if each[0] > now]
            call = route.inbound
            if call.ringing and not call.cause and not call.chosen:
                for dial in due:
                    self._call_one(route, dial)

    def changed(self, event: CallEventType, call: ActiveCall) -> None:
        """Keep the two sides of a route together."""
        route = self._routes.get(call.id)
        if route is None:
            return
        if call is route.inbound:
            self._inbound_changed(route, event)
        else:
            self._outbound_changed(route, event, call)

    def early_media(self, call: ActiveCall) -> None:
        """Leave media before the answer alone: nobody is connected yet."""

    def tone(self, call: ActiveCall, tone: str) -> None:
        """Pass a tone on: it may open a door."""
        route = self._routes.get(call.id)
        if route is None or route.connected is None:
            return
        other = route.connected if call is route.inbound else route.inbound
        if other.chosen is None:
            return
        try:
            self._phone.send_tones(other.chosen.id, tone, RFC_4733, _passed_on)
        except CommandError as err:
            _passed_on(err)

    def _is_too_much(self, call: ActiveCall) -> bool:
        """Tell whether a device, or all of them, call too many others at once."""
        inbound = {route.inbound for route in self._routes.values()}
        same = any(other.device == call.device for other in inbound)
        return same or len(inbound) >= MAX_ROUTES

    def _call_one(self, route: Route, dial: Dial) -> None:
        """Call one of those that a device wants."""
        try:
            call = self._dial(dial, route.inbound.id)
        except CommandError as err:
            _LOGGER.info("Not called for a device: %s", err)
            return
        self._take_in(route, call)

    def _take_in(self, route: Route, call: ActiveCall) -> None:
        """Follow a call that was made for a route."""
        route.outbound.append(call)
        self._routes[call.id] = route

    def _inbound_changed(self, route: Route, event: CallEventType) -> None:
        """Follow the device that has called."""
        if event is CallEventType.ANSWERED:
            if route.connected:
                self._connect(route)
            else:
                self._end_outbound(route, CallReason.ANSWERED_ELSEWHERE)
        elif event in TERMINAL_EVENTS:
            route.later = []
            self._routes.pop(route.inbound.id)
            reason = CallReason.REMOTE_HANGUP if route.connected else None
            self._end_outbound(route, reason or CallReason.CANCELLED)

    def _outbound_changed(
        self, route: Route, event: CallEventType, call: ActiveCall
    ) -> None:
        """Follow one that was called."""
        if event is CallEventType.ANSWERED:
            self._take(route, call)
        elif event in TERMINAL_EVENTS:
            self._routes.pop(call.id)
            if call in route.outbound:
                route.outbound.remove(call)
            if call is route.connected:
                self._control.end(route.inbound, CallReason.REMOTE_HANGUP)
            elif call.refusal:
                route.refusal = _refusal(call)
            self._give_up_if_alone(route)

    def _take(self, route: Route, call: ActiveCall) -> None:
        """Answer the device with the first one who answers."""
        inbound = route.inbound
        talking = inbound.state is CallState.IN_CALL
        free = talking or (inbound.ringing and inbound.chosen is None)
        if route.connected or inbound.cause or not free:
            self._control.end(call, CallReason.ANSWERED_ELSEWHERE)
            return
        route.connected = call
        inbound.connected_to = call.id
        self._end_outbound(route, CallReason.ANSWERED_ELSEWHERE)
        if talking:
            self._connect(route)
            self._control.tell(CallEventType.UPDATED, inbound)
            return
        try:
            self._control.answer(inbound.id)
        except CommandError as err:
            _LOGGER.warning("A device could not be connected: %s", err)
            self._control.end(inbound, CallReason.ERROR)
            self._control.end(call, CallReason.ERROR)

    def _connect(self, route: Route) -> None:
        """Let both hear each other."""
        call, other = route.inbound, route.connected
        if other is None or call.chosen is None or other.chosen is None:
            return
        try:
            self._phone.connect(call.chosen.id, other.chosen.id)
        except CommandError as err:
            _LOGGER.warning("Two calls could not be connected: %s", err)
            self._control.end(call, CallReason.MEDIA_FAILED)

    def _end_outbound(self, route: Route, cause: CallReason) -> None:
        """End what is still dialled; what is connected ends only with its device."""
        for call in list(route.outbound):
            if call is not route.connected or route.inbound.id not in self._routes:
                self._control.end(call, cause)

    def _give_up_if_alone(self, route: Route) -> None:
        """Tell the device when nobody is left who could answer."""
        inbound = route.inbound
        if route.home or route.outbound or not route.complete or not inbound.ringing:
            return
        if not inbound.cause and inbound.chosen is None:
            reason = route.refusal or CallReason.NO_ANSWER
            self._control.end(inbound, reason, _STATUSES.get(reason, NO_ANSWER))


def _passed_on(error: CommandError | None) -> None:
    """Say that a tone did not arrive."""
    if error:
        _LOGGER.warning("A tone could not be passed on: %s", error)


def _dial(forward: ForwardConfig) -> Dial:
    """Return whom to call for a forward."""
    return Dial(device=forward.device, target=forward.target, account=forward.account)


def _refusal(call: ActiveCall) -> CallReason:
    """Return why one that was called will not answer, as its caller hears it."""
    status = call.refusal.status if call.refusal else 0
    if status == BUSY_HERE:
        return CallReason.BUSY
    return CallReason.DECLINED if status == DECLINED else CallReason.NO_ANSWER
