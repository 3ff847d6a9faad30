"""The video of a call of PJSIP's, which PJSIP itself knows nothing of."""

from collections.abc import Callable
from time import monotonic
from typing import Final

import pjsua2

from ...protocol.errors import CommandError
from ..video_sdp import VideoLine, read_video, with_answer, with_offer
from .sdp import with_address
from .streams import CallWithAudio
from .timers import Timers
from .video import Video, Videos

_ASK_INTERVAL: Final = 2.0  # seconds
_FAST_UPDATE: Final = (
    '<?xml version="1.0" encoding="utf-8"?><media_control><vc_primitive><to_encoder>'
    "<picture_fast_update/></to_encoder></vc_primitive></media_control>"
)
"""A whole picture, please (RFC 5168), for stations that do not read RTCP."""


class VideoPorts:
    """Opens the ports for the video of calls."""

    def __init__(
        self,
        timers: Timers,
        videos: Videos,
        ports: Callable[[], tuple[str, int, int]],
    ) -> None:
        """Take ports of a range of an address."""
        self._timers = timers
        self._videos = videos
        self._ports = ports

    def open(self, started: Callable[[], None], asked: Callable[[], None]) -> Video:
        """Open a pair of ports; SipStackError."""
        video = Video(self._timers, started=started, key_frame_asked=asked)
        video.listen(*self._ports())
        return video

    def drop(self, video: Video) -> None:
        """Let go of a video."""
        self._videos.drop(video)


class CallWithVideo(CallWithAudio):
    """A call whose peer may show video, where that is wanted.

    `media_address` is where our streams are, if that is known.
    """

    video_ports: VideoPorts | None = None

    def __init__(self, account: pjsua2.Account, call: int) -> None:
        """Take a call of PJSIP's, or prepare one."""
        super().__init__(account, call)
        self.media_address = ""
        self.video_wanted = False
        self.video: Video | None = None
        self._shown = False
        self._asked_at = 0.0

    def video_shown(self, *, shown: bool) -> None:
        """Hear that the peer shows video, or does not any more."""

    def ask_by_info(self, kind: str, body: str) -> None:
        """Send an INFO, if the call is up."""

    def watch_video(self, port: int, *, watched: bool) -> None:
        """Copy the video to a port of this machine, or no more."""
        if self.video and watched:
            self.video.addListener(port)
        elif self.video:
            self.video.removeListener(port)

    def mended(self, ours: str, theirs: str) -> str:
        """Return our description with our address, and the video that is wanted.

        `theirs` is the offer that it answers, empty if it is the offer.
        """
        if self.video_wanted:
            ours = self._with_video(ours, theirs)
        return with_address(ours, self.media_address)

    def take_answer(self, theirs: str) -> None:
        """Take the peer's answer to our offer."""
        if self.video:
            self._take(read_video(theirs))

    def drop_video(self) -> None:
        """Let go of the video, with the call."""
        video, self.video = self.video, None
        if video and self.video_ports:
            self.video_ports.drop(video)
        if self._shown:
            self._shown = False
            self.video_shown(shown=False)

    def _with_video(self, ours: str, theirs: str) -> str:
        """Return our description with a line of video that we take."""
        line = read_video(theirs) if theirs else None
        if theirs and line is None:
            return ours
        if self.video is None and self.video_ports:
            try:
                self.video = self.video_ports.open(self._started, self._key_frame_asked)
            except CommandError:
                return ours
        if self.video is None:
            return ours
        if line is None:
            return with_offer(ours, self.video.port)
        self._take(line)
        return with_answer(ours, line, self.video.port)

    def _take(self, line: VideoLine | None) -> None:
        """Take the peer's packets as it has described them."""
        if line and self.video:
            self.video.take_from(
                line.host, line.rtcp_port, line.payload_type, line.parameter_sets
            )

    def _started(self) -> None:
        """Tell that there is video."""
        if self.video and not self._shown:
            self._shown = True
            self.video_shown(shown=True)

    def _key_frame_asked(self) -> None:
        """Ask by INFO, too."""
        now = monotonic()
        if now - self._asked_at >= _ASK_INTERVAL:
            self._asked_at = now
            self.ask_by_info("application/media_control+xml", _FAST_UPDATE)
