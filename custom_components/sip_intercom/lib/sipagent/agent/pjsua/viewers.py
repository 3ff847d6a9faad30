"""The browsers that are connected, and what they see and hear."""

from collections.abc import Callable, Sequence
from typing import override

from ...protocol.config import IceServer
from ...protocol.errors import InvalidStateError
from ..phone import LegId, PhoneListener, ViewerId
from ..webrtc_sdp import Offer, OfferedLine
from .clock import MediaClock
from .legs import Legs
from .sounds import Sounds
from .timers import Timers
from .video import Videos
from .viewer import Viewer, ViewerListener


class Viewers(ViewerListener):
    """Keeps every browser until it is closed."""

    def __init__(
        self,
        *,
        listener: PhoneListener,
        clock: MediaClock,
        timers: Timers,
        legs: Legs,
        sounds: Sounds,
        videos: Videos,
    ) -> None:
        """Start without browsers."""
        self._listener = listener
        self._clock = clock
        self._timers = timers
        self._legs = legs
        self._sounds = sounds
        self._videos = videos
        self.ports: Callable[[], tuple[str, int, int]] = lambda: ("", 0, 0)
        """Returns the address of our media, and the range of its ports."""
        self._viewers: dict[ViewerId, Viewer] = {}

    def open(
        self, number: ViewerId, offer: Offer, servers: Sequence[IceServer]
    ) -> None:
        """Connect a browser; SipStackError."""
        viewer = Viewer(number, offer, self, self._timers)
        address, first, last = self.ports()
        viewer.open(servers, address, (first, last))
        self._viewers[number] = viewer
        self._clock.hold(number)

    def add_candidates(
        self, number: ViewerId, line: int, candidates: Sequence[str]
    ) -> None:
        """Take candidates of a line."""
        self._get(number).add_candidates(line, candidates)

    def silence(self, number: ViewerId) -> float:
        """Return the seconds since a browser has sent anything."""
        return self._get(number).silence()

    def close(self, number: ViewerId) -> None:
        """Let go of a browser."""
        if viewer := self._viewers.pop(number, None):
            self._sounds.part(number)
            self._videos.show(viewer, None)
            viewer.close()
            self._clock.release(number)

    def clear(self) -> None:
        """Let go of all."""
        for number in list(self._viewers):
            self.close(number)

    def join(self, number: ViewerId, leg: LegId, *, talks: bool) -> None:
        """Let a browser hear a leg's peer and, if it talks, be heard by it."""
        self._sounds.join(self._legs.get(leg), self._get(number), talks=talks)

    def part(self, number: ViewerId) -> None:
        """Let a browser hear nobody."""
        self._sounds.part(number)

    def show(self, number: ViewerId, source: str | LegId | None) -> None:
        """Show a browser a video, or none."""
        leg = self._legs.get(source) if isinstance(source, int) else None
        name = source if isinstance(source, str) else None
        self._videos.show(self._get(number), leg.video if leg else name)

    @override
    def viewer_answer(self, viewer: Viewer, sdp: str) -> None:
        self._sounds.renew_viewer(viewer.number)
        self._listener.on_viewer_answer(viewer.number, sdp)

    @override
    def viewer_candidate(
        self, viewer: Viewer, line: OfferedLine, candidate: str
    ) -> None:
        self._listener.on_viewer_candidate(
            viewer.number, line.mid, line.index, candidate
        )

    @override
    def viewer_connected(self, viewer: Viewer) -> None:
        self._listener.on_viewer_connected(viewer.number)

    @override
    def viewer_failed(self, viewer: Viewer) -> None:
        self._listener.on_viewer_failed(viewer.number)

    def _get(self, number: ViewerId) -> Viewer:
        """Return a browser; InvalidStateError."""
        viewer = self._viewers.get(number)
        if viewer is None:
            raise InvalidStateError("the browser is gone")
        return viewer
