"""Browsers that see, hear and talk to a device."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
import logging
from typing import Final, assert_never

from ..protocol.calls import (
    TERMINAL_EVENTS,
    CallEventType,
    CallState,
    ViewerEnd,
)
from ..protocol.commands import (
    AddCandidates,
    CloseVideo,
    CloseViewer,
    OpenViewer,
    WatchVideo,
)
from ..protocol.config import DeviceConfig, IceServer
from ..protocol.errors import (
    CallEndedError,
    CommandError,
    InvalidOfferError,
    InvalidStateError,
    NoSuchDeviceError,
    TooManyViewersError,
)
from ..protocol.messages import VideoChanged, ViewerCandidate, ViewerClosed
from .call_control import CallControl
from .calls import ActiveCall, CallBook
from .limits import Clock
from .phone import LegId, Phone, ViewerId
from .webrtc_sdp import Offer, read_offer

_LOGGER = logging.getLogger(__name__)

MAX_VIEWERS: Final = 16
VANISHED_AFTER: Final = 12.0
"""Seconds of silence; a browser that only listens sends RTCP every few seconds."""
CONNECT_LIMIT: Final = 30.0  # seconds
GRACE: Final = 8.0
"""Seconds that a call outlives who talks: the frontend closes one session before it
opens the next one."""

type Answered = Callable[[str | CommandError], None]
"""Takes the answer to an offer, or why there is none."""


@dataclass(kw_only=True, slots=True, eq=False)
class Viewer:
    """A browser that is connected with a device."""

    id: ViewerId
    device: str
    offer: Offer
    opened: float
    answered: Answered | None
    by: str = ""
    connected: bool = False


class Viewing:
    """Lets browsers see and hear calls, and those who talk answer and make them.

    A call that was answered or made for who talks ends a while after the last of
    them has gone, unless the household has it in other ways.
    """

    def __init__(
        self,
        *,
        phone: Phone,
        book: CallBook,
        control: CallControl,
        dial: Callable[[str], ActiveCall],
        emit: Callable[[ViewerCandidate | ViewerClosed | VideoChanged], None],
        clock: Clock,
    ) -> None:
        """Start without browsers."""
        self._phone = phone
        self._book = book
        self._control = control
        self._dial = dial
        self._emit = emit
        self._clock = clock
        self._viewers: dict[ViewerId, Viewer] = {}
        self._talked: dict[str, float] = {}
        self._fed: set[str] = set()
        self._watched: dict[str, set[int]] = {}
        self._shown: dict[str, LegId] = {}
        self.devices: dict[str, DeviceConfig] = {}
        self.keep: Callable[[str], None] = lambda _: None
        """Told that the household wants a call."""
        control.watchers.append(self)

    @property
    def active(self) -> bool:
        """Tell whether a browser is connected."""
        return bool(self._viewers)

    # What Home Assistant asks for.

    def open(self, command: OpenViewer, answered: Answered) -> None:
        """Connect a browser with a device, and report what to answer."""
        if command.device not in self.devices:
            raise NoSuchDeviceError("there is no such device")
        if command.viewer in self._viewers:
            raise InvalidStateError("there is such a viewer already")
        if len(self._viewers) >= MAX_VIEWERS:
            raise TooManyViewersError(f"{MAX_VIEWERS} browsers are connected")
        try:
            offer = read_offer(command.offer)
        except ValueError as err:
            raise InvalidOfferError(str(err)) from None
        viewer = Viewer(
            id=command.viewer,
            device=command.device,
            offer=offer,
            opened=self._clock(),
            answered=answered,
            by=command.by,
        )
        call = self._wanted_call(viewer) if offer.talks else self._call(viewer.device)
        self._connect(viewer, command.servers)
        if call:
            self._attach(viewer, call)
        if viewer.device in self._fed:
            self._phone.show_video(viewer.id, viewer.device)

    def add_candidates(self, command: AddCandidates) -> None:
        """Take ways to a browser; those of a browser that is gone are of no use."""
        viewer = self._viewers.get(command.viewer)
        if viewer is None:
            return
        line = viewer.offer.index_of(command.mid, command.index)
        if line is not None:
            self._phone.add_candidates(viewer.id, line, command.candidates)

    def close(self, viewer: ViewerId) -> None:
        """Let go of a browser."""
        gone = self._viewers.pop(viewer, None)
        if gone is None:
            return
        self._phone.close_viewer(viewer)
        if gone.answered:
            gone.answered(CallEndedError("the browser is gone"))

    def open_video(self, device: str) -> int:
        """Take the video of another process for the browsers of a device."""
        if device not in self.devices:
            raise NoSuchDeviceError("there is no such device")
        port = self._phone.open_video(device)
        self._fed.add(device)
        for viewer in self._of(device):
            self._phone.show_video(viewer.id, device)
        return port

    def close_video(self, device: str) -> None:
        """Take no more video of another process."""
        self._fed.discard(device)
        self._phone.close_video(device)

    def watch_video(self, device: str, port: int, *, watched: bool) -> None:
        """Copy the video of a device's calls to a port, or no more."""
        ports = self._watched.setdefault(device, set())
        if watched:
            ports.add(port)
        else:
            ports.discard(port)
        for call in self._book.calls.values():
            if call.device == device:
                for leg in call.legs:
                    self._watch(leg, port, watched=watched)

    def configure(self, devices: Iterable[DeviceConfig]) -> None:
        """Take the devices that there are; browsers of others are let go."""
        self.devices = {device.id: device for device in devices}
        for viewer in list(self._viewers.values()):
            if viewer.device not in self.devices:
                self._end(viewer, ViewerEnd.DEVICE_REMOVED)
        for device in self._fed - self.devices.keys():
            self.close_video(device)

    # What happens to calls (CallWatcher).

    def changed(self, event: CallEventType, call: ActiveCall) -> None:
        """Connect who waits for a call that is answered, and forget one that ended."""
        if event is CallEventType.ANSWERED:
            self._attach_all(call)
        elif event in TERMINAL_EVENTS:
            self._talked.pop(call.id, None)

    def early_media(self, call: ActiveCall) -> None:
        """Let browsers hear and see what comes before the answer."""
        self._attach_all(call)

    def tone(self, call: ActiveCall, tone: str) -> None:
        """Leave tones to others."""

    # What the phone tells.

    def take_answer(self, viewer_id: ViewerId, sdp: str) -> None:
        """Report what to answer."""
        viewer = self._viewers.get(viewer_id)
        if viewer and viewer.answered:
            answered, viewer.answered = viewer.answered, None
            answered(sdp)

    def take_candidate(
        self, viewer: ViewerId, mid: str, index: int, candidate: str
    ) -> None:
        """Tell one more way to us."""
        self._emit(
            ViewerCandidate(viewer=viewer, mid=mid, index=index, candidate=candidate)
        )

    def take_connected(self, viewer_id: ViewerId) -> None:
        """Take that a browser and we hear each other."""
        if viewer := self._viewers.get(viewer_id):
            viewer.connected = True

    def take_failed(self, viewer_id: ViewerId) -> None:
        """Take that there is no way to a browser."""
        if viewer := self._viewers.get(viewer_id):
            self._end(viewer, ViewerEnd.UNREACHABLE)

    def take_video(self, leg_id: LegId, *, shown: bool) -> None:
        """Take that a leg shows video, or does not any more."""
        leg = self._book.legs.get(leg_id)
        if shown and leg and leg.call.device:
            self._show(leg.call.device, leg_id)
        elif not shown:
            for device, other in list(self._shown.items()):
                if other == leg_id:
                    del self._shown[device]
                    self._emit(VideoChanged(device=device, shown=False))

    def tick(self) -> None:
        """Let go of browsers that have vanished, and of calls that nobody talks in."""
        now = self._clock()
        for viewer in list(self._viewers.values()):
            if not viewer.connected and now - viewer.opened > CONNECT_LIMIT:
                self._end(viewer, ViewerEnd.UNREACHABLE)
            elif self._phone.viewer_silence(viewer.id) > VANISHED_AFTER:
                self._end(viewer, ViewerEnd.VANISHED)
        for call_id, last in list(self._talked.items()):
            call = self._book.calls.get(call_id)
            if call is None:
                self._talked.pop(call_id)
            elif any(each.offer.talks for each in self._of(call.device)):
                self._talked[call_id] = now
            elif now - last >= GRACE:
                self._talked.pop(call_id)
                self._control.hang_up(call_id)

    # Details.

    def _wanted_call(self, viewer: Viewer) -> ActiveCall:
        """Return the call to talk in: answered or made if need be."""
        call = self._call(viewer.device)
        if call is None:
            call = self._dial(viewer.device)
        elif call.ringing and call.chosen is None:
            self._control.answer(call.id, viewer.by)
        elif call.id not in self._talked:
            return call
        self.keep(call.id)
        if call.id not in self._talked:
            call.answered_by = call.answered_by or viewer.by
        self._talked[call.id] = self._clock()
        return call

    def _connect(self, viewer: Viewer, servers: Sequence[IceServer]) -> None:
        """Have the phone answer a browser."""
        self._viewers[viewer.id] = viewer
        try:
            self._phone.open_viewer(viewer.id, viewer.offer, servers)
        except CommandError:
            del self._viewers[viewer.id]
            raise

    def _call(self, device: str | None) -> ActiveCall | None:
        """Return the call of a device that a browser joins: the answered one first."""
        calls = [
            call
            for call in self._book.calls.values()
            if call.device == device and not call.cause
        ]
        calls.sort(key=lambda call: call.state is not CallState.IN_CALL)
        return calls[0] if calls else None

    def _of(self, device: str | None) -> list[Viewer]:
        """Return the browsers of a device."""
        return [each for each in self._viewers.values() if each.device == device]

    def _attach_all(self, call: ActiveCall) -> None:
        """Connect the browsers of a call's device with it."""
        for viewer in self._of(call.device):
            self._attach(viewer, call)

    def _attach(self, viewer: Viewer, call: ActiveCall) -> None:
        """Connect a browser with a call that has media; nobody talks before the answer."""
        answered = call.state is CallState.IN_CALL
        leg = call.chosen or next(reversed(call.legs.values()), None)
        if leg is None:
            return
        try:
            self._phone.join(viewer.id, leg.id, talks=answered and viewer.offer.talks)
            if self._shown.get(viewer.device) == leg.id:
                self._phone.show_video(viewer.id, leg.id)
        except CommandError as err:
            _LOGGER.debug("A browser cannot be connected yet: %s", err)

    def _show(self, device: str, leg: LegId) -> None:
        """Show a leg's video to whoever watches its device."""
        self._shown[device] = leg
        for viewer in self._of(device):
            try:
                self._phone.show_video(viewer.id, leg)
            except CommandError as err:
                _LOGGER.warning("A browser cannot be shown a call: %s", err)
        for port in self._watched.get(device, ()):
            self._watch(leg, port, watched=True)
        self._emit(VideoChanged(device=device, shown=True))

    def _watch(self, leg: LegId, port: int, *, watched: bool) -> None:
        """Copy the video of a leg to a port, or no more, unless it is about to end."""
        try:
            self._phone.watch_video(leg, port, watched=watched)
        except CommandError as err:
            _LOGGER.debug("The video of a call cannot be watched: %s", err)

    def _end(self, viewer: Viewer, reason: ViewerEnd) -> None:
        """Let go of a browser and say why."""
        self.close(viewer.id)
        self._emit(ViewerClosed(viewer=viewer.id, reason=reason))


def act(
    viewing: Viewing,
    command: AddCandidates | CloseViewer | CloseVideo | WatchVideo,
) -> None:
    """Do what a command says, which is done at once."""
    match command:
        case AddCandidates():
            viewing.add_candidates(command)
        case CloseViewer():
            viewing.close(command.viewer)
        case CloseVideo():
            viewing.close_video(command.device)
        case WatchVideo():
            viewing.watch_video(command.device, command.port, watched=command.watched)
        case _:
            assert_never(command)
