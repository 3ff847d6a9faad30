"""Video as it arrives, and who sees it; nothing is decoded here."""

from collections.abc import Callable, Sequence
from typing import Final, override

import pjsua2

from ...protocol.errors import InvalidStateError, SipStackError
from .guard import guarded
from .timers import Timers
from .viewer import Viewer

_LOOPBACK: Final = "127.0.0.1"
_PAYLOAD_TYPE: Final = 96


class Video(pjsua2.VideoSource):
    """One stream of H.264."""

    def __init__(
        self,
        timers: Timers,
        *,
        started: Callable[[], None] = lambda: None,
        key_frame_asked: Callable[[], None] = lambda: None,
    ) -> None:
        """Call back outside of PJSIP's callbacks."""
        super().__init__()
        self._timers = timers
        self._started = started
        self._key_frame_asked = key_frame_asked
        self.port = 0

    def listen(self, address: str, first: int, last: int) -> None:
        """Open a pair of ports; SipStackError."""
        try:
            self.port = self.open(address, first, last)
        except pjsua2.Error as err:
            raise SipStackError(err.reason) from None

    def take_from(
        self,
        host: str,
        rtcp_port: int,
        payload_type: int,
        parameter_sets: Sequence[str] = (),
    ) -> None:
        """Take the packets of a host."""
        self.expect(
            host, rtcp_port, payload_type, pjsua2.StringVector(list(parameter_sets))
        )

    @override
    @guarded(None)
    def onStarted(self) -> None:
        self._timers.soon(self._started)

    @override
    @guarded(None)
    def onKeyFrameAsked(self) -> None:
        self._timers.soon(self._key_frame_asked)


class Videos:
    """Keeps the streams of other processes, and who sees which stream."""

    def __init__(self, timers: Timers) -> None:
        """Start without streams."""
        self._timers = timers
        self._fed: dict[str, Video] = {}
        self._seen: dict[str, Video] = {}

    def open(self, name: str) -> int:
        """Take a stream of another process of this machine; return the port for it."""
        if name not in self._fed:
            video = Video(self._timers)
            video.listen(_LOOPBACK, 0, 0)
            video.take_from(_LOOPBACK, 0, _PAYLOAD_TYPE)
            self._fed[name] = video
        return self._fed[name].port

    def close(self, name: str) -> None:
        """Take no more of a stream."""
        if video := self._fed.pop(name, None):
            self.drop(video)

    def show(self, viewer: Viewer, video: Video | str | None) -> None:
        """Show a browser a stream instead of the one before; InvalidStateError."""
        if isinstance(video, str):
            if video not in self._fed:
                raise InvalidStateError("there is no such video")
            video = self._fed[video]
        line, before = viewer.video, self._seen.get(viewer.id)
        if line is None or video is before:
            return
        if before:
            del self._seen[viewer.id]
            before.removeLine(line)
        if video:
            video.addLine(line)
            self._seen[viewer.id] = video

    def drop(self, video: Video) -> None:
        """Let go of a stream that is over."""
        for viewer_id in [each for each, seen in self._seen.items() if seen is video]:
            del self._seen[viewer_id]
        video.close()

    def clear(self) -> None:
        """Let go of everything."""
        for name in list(self._fed):
            self.close(name)
        self._seen.clear()
