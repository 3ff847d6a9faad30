"""Doors: a code sent in a call of their device, and nowhere else."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import logging
from typing import Final

from ..protocol.calls import (
    TERMINAL_EVENTS,
    CallEventType,
    CallReason,
    CallState,
    Direction,
)
from ..protocol.config import DeviceConfig
from ..protocol.doors import DoorConfig
from ..protocol.errors import (
    CallEndedError,
    CommandError,
    DeviceBusyError,
    DoorCallFailedError,
    NoSuchDeviceError,
    NoSuchDoorError,
    UnprovenCallError,
)
from ..protocol.tones import checked_tones
from .call_control import CallControl
from .calls import ActiveCall, CallBook, Leg
from .limits import Clock
from .phone import Phone
from .proving import is_devices

_LOGGER = logging.getLogger(__name__)

MAX_WAITING: Final = 8
ANSWER_LIMIT: Final = 30.0  # seconds

type OpeningDone = Callable[[str | CommandError], None]
"""Takes the call in which the code was sent, or why it was not."""


@dataclass(kw_only=True, slots=True, eq=False)
class Opening:
    """A door that is being opened.

    `ours` says that the call is there, or was answered, for this only; `alone` that
    no call of the device's is of use, so that it has to be called.
    """

    device: DeviceConfig
    door: DoorConfig
    done: OpeningDone
    began: float | None = None
    call: ActiveCall | None = None
    ours: bool = False
    alone: bool = False
    sending: bool = False


class Doors:
    """Opens doors, one at a time on each device."""

    def __init__(
        self,
        phone: Phone,
        book: CallBook,
        control: CallControl,
        dial: Callable[[str], ActiveCall],
        clock: Clock,
    ) -> None:
        """Watch the calls that a control drives; `dial` calls a device."""
        self._phone = phone
        self._book = book
        self._control = control
        self._dial = dial
        self._clock = clock
        self._queues: dict[str, deque[Opening]] = {}
        self.devices: Mapping[str, DeviceConfig] = {}
        control.watchers.append(self)

    def open(self, device: str, door: str, done: OpeningDone) -> None:
        """Open a door when those before it on its device are done.

        Raises NoSuchDeviceError, NoSuchDoorError, InvalidTonesError or DeviceBusyError.
        """
        config = self.devices.get(device)
        if config is None:
            raise NoSuchDeviceError("there is no such device")
        opening = Opening(device=config, door=_door(config, door), done=done)
        queue = self._queues.setdefault(device, deque())
        if len(queue) >= MAX_WAITING:
            raise DeviceBusyError("too many doors of the device are being opened")
        queue.append(opening)
        self.proceed()

    def keep(self, call: str) -> None:
        """Leave a call up that somebody has answered to talk."""
        for queue in self._queues.values():
            if queue[0].call and queue[0].call.id == call:
                queue[0].ours = False

    def proceed(self) -> None:
        """Begin what waits; not from a callback of the phone's, since it may dial."""
        for queue in list(self._queues.values()):
            opening = queue[0]
            if opening.began is None:
                self._begin(opening)
            elif opening.alone and opening.call is None:
                self._call(opening)

    def tick(self) -> None:
        """Give up what was not answered in time."""
        for queue in list(self._queues.values()):
            opening = queue[0]
            if opening.began is None or opening.sending:
                continue
            if self._clock() - opening.began >= ANSWER_LIMIT:
                self._finish(opening, _failed(CallReason.NO_ANSWER))

    def changed(self, event: CallEventType, call: ActiveCall) -> None:
        """Send the code once the call is up; fail with its call."""
        opening = self._in(call)
        if opening is None:
            return
        if event is CallEventType.ANSWERED:
            self._send(opening)
        elif event in TERMINAL_EVENTS and opening.sending:
            opening.call = None
            self._finish(opening, CallEndedError("the call has ended"))
        elif event in TERMINAL_EVENTS:
            opening.call = None
            self._finish(opening, _failed(_reason(call)))

    def early_media(self, call: ActiveCall) -> None:
        """Send a code that may be sent before the call is answered."""
        opening = self._in(call)
        if opening and opening.door.early_media and _leg(call):
            self._send(opening)

    def tone(self, call: ActiveCall, tone: str) -> None:
        """Leave the device's own tones to others."""

    def _in(self, call: ActiveCall) -> Opening | None:
        """Return the opening that waits for something of a call."""
        queue = self._queues.get(call.device or "")
        return queue[0] if queue and queue[0].call is call else None

    def _begin(self, opening: Opening) -> None:
        """Find or make the call for an opening; answer it if it rings."""
        opening.began = self._clock()
        calls = [
            call for call in self._book.of_device(opening.device.id) if not call.cause
        ]
        for use in (self._use_talk, self._use_ring, self._use_dialled):
            if any(use(opening, call) for call in reversed(calls)):
                return
        self._call(opening)

    def _use_talk(self, opening: Opening, call: ActiveCall) -> bool:
        """Send the code in a call that is up, if it is the device's."""
        if call.state is not CallState.IN_CALL or not self._is_devices(opening, call):
            return False
        opening.call = call
        self._send(opening)
        return True

    def _use_ring(self, opening: Opening, call: ActiveCall) -> bool:
        """Answer a ring, or have media without an answer, to send the code then."""
        if not call.ringing or call.chosen:
            return False
        opening.call, opening.ours = call, not opening.door.early_media
        try:
            if opening.ours:
                self._control.answer(call.id)
            else:
                self._phone.start_early_media(list(call.legs)[-1])
        except CommandError as err:
            _LOGGER.info("A ring could not be used to open a door: %s", err)
            opening.call, opening.ours = None, False
            return False
        return True

    def _use_dialled(self, opening: Opening, call: ActiveCall) -> bool:
        """Wait for the answer of a device that is being called, or being answered."""
        waiting = call.direction is Direction.OUTBOUND or call.chosen is not None
        if call.answered is not None or not waiting:
            return False
        opening.call = call
        return True

    def _call(self, opening: Opening) -> None:
        """Call the device."""
        opening.ours, opening.alone = True, False
        try:
            opening.call = self._dial(opening.device.id)
        except CommandError as err:
            self._finish(opening, err)

    def _send(self, opening: Opening) -> None:
        """Send the code in the opening's call, or call the device if it is another's."""
        call = opening.call
        if call is None or opening.sending:
            return
        if not self._is_devices(opening, call):
            self._distrust(opening, call)
            return
        leg = _leg(call)
        if leg is None:
            return
        opening.sending = True
        door = opening.door
        code = checked_tones(door.code, door.style)

        def sent(error: CommandError | None) -> None:
            self._finish(opening, error or call.id)

        try:
            self._phone.send_tones(leg.id, code, door.style, sent)
        except CommandError as err:
            self._finish(opening, err)

    def _distrust(self, opening: Opening, call: ActiveCall) -> None:
        """Call the device itself when a call only claims to be from it."""
        _LOGGER.warning(
            "No code is sent in a call that cannot be told to be from its device"
        )
        was_ours, opening.ours, opening.call = opening.ours, False, None
        if was_ours:
            self._control.end(call, CallReason.LOCAL_HANGUP)
        if call.direction is Direction.OUTBOUND:
            self._finish(opening, UnprovenCallError("the call is not the device's"))
        else:
            opening.alone = True

    def _is_devices(self, opening: Opening, call: ActiveCall) -> bool:
        """Tell whether what is sent in a call reaches the device and nobody else."""
        leg = _leg(call)
        if leg is None:
            return False
        try:
            peer = self._phone.leg_peer(leg.id)
        except CommandError:
            return False
        return is_devices(leg, opening.device, peer)

    def _finish(self, opening: Opening, outcome: str | CommandError) -> None:
        """Report, hang up what was there for this only, and go on with the next."""
        queue = self._queues.get(opening.device.id)
        if not queue or queue[0] is not opening:
            return
        queue.popleft()
        if opening.ours and opening.call:
            self._control.end(opening.call, CallReason.LOCAL_HANGUP)
        if not queue:
            del self._queues[opening.device.id]
        opening.done(outcome)


def _door(device: DeviceConfig, door: str) -> DoorConfig:
    """Return a door whose code can be sent; NoSuchDoorError, InvalidTonesError."""
    for each in device.doors:
        if each.id == door:
            checked_tones(each.code, each.style)
            return each
    raise NoSuchDoorError("the device has no such door")


def _leg(call: ActiveCall) -> Leg | None:
    """Return the leg that a code is sent in: answered, or the newest that rings.

    Of several that are dialled nobody knows which one has media.
    """
    if call.chosen or not call.legs:
        return call.chosen
    return list(call.legs.values())[-1] if call.ringing else None


def _failed(reason: CallReason) -> DoorCallFailedError:
    """Return the error for a device that could not be called."""
    return DoorCallFailedError(reason.value)


def _reason(call: ActiveCall) -> CallReason:
    """Return why a call that was not answered has ended."""
    return call.reason or CallReason.ERROR
