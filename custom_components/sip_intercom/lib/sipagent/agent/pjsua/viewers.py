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
        self, viewer_id: ViewerId, offer: Offer, servers: Sequence[IceServer]
    ) -> None:
        """Connect a browser; SipStackError."""
        viewer = Viewer(viewer_id, offer, self, self._timers)
        address, first, last = self.ports()
        viewer.open(servers, address, (first, last))
        self._viewers[viewer_id] = viewer
        self._clock.hold(viewer_id)

    def add_candidates(
        self, viewer_id: ViewerId, line: int, candidates: Sequence[str]
    ) -> None:
        """Take candidates of a line."""
        self._get(viewer_id).add_candidates(line, candidates)

    def silence(self, viewer_id: ViewerId) -> float:
        """Return the seconds since a browser has sent anything."""
        return self._get(viewer_id).silence()

    def close(self, viewer_id: ViewerId) -> None:
        """Let go of a browser."""
        if viewer := self._viewers.pop(viewer_id, None):
            self._sounds.part(viewer_id)
            self._videos.show(viewer, None)
            viewer.close()
            self._clock.release(viewer_id)

    def clear(self) -> None:
        """Let go of all."""
        for viewer_id in list(self._viewers):
            self.close(viewer_id)

    def join(self, viewer_id: ViewerId, leg: LegId, *, talks: bool) -> None:
        """Let a browser hear a leg's peer and, if it talks, be heard by it."""
        self._sounds.join(self._legs.get(leg), self._get(viewer_id), talks=talks)

    def part(self, viewer_id: ViewerId) -> None:
        """Let a browser hear nobody."""
        self._sounds.part(viewer_id)

    def show(self, viewer_id: ViewerId, source: str | LegId | None) -> None:
        """Show a browser a video, or none."""
        video = self._legs.get(source).video if isinstance(source, int) else source
        self._videos.show(self._get(viewer_id), video)

    @override
    def viewer_answer(self, viewer: Viewer, sdp: str) -> None:
        self._sounds.renew_viewer(viewer.id)
        self._listener.on_viewer_answer(viewer.id, sdp)

    @override
    def viewer_candidate(
        self, viewer: Viewer, line: OfferedLine, candidate: str
    ) -> None:
        self._listener.on_viewer_candidate(viewer.id, line.mid, line.index, candidate)

    @override
    def viewer_connected(self, viewer: Viewer) -> None:
        self._listener.on_viewer_connected(viewer.id)

    @override
    def viewer_failed(self, viewer: Viewer) -> None:
        self._listener.on_viewer_failed(viewer.id)

    def _get(self, viewer_id: ViewerId) -> Viewer:
        """Return a browser; InvalidStateError."""
        viewer = self._viewers.get(viewer_id)
        if viewer is None:
            raise InvalidStateError("the browser is gone")
        return viewer
