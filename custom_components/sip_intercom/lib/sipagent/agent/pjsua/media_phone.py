"""The part of the phone that sounds, browsers and video are about."""

from collections.abc import Sequence

from ...protocol.config import IceServer
from ..phone import Done, LegId, LegMedia, LegPeer, PlayDone, ViewerId
from ..webrtc_sdp import Offer
from .hosts import Hosts
from .legs import Legs
from .sounds import Sounds
from .video import Videos
from .viewers import Viewers


class MediaPhone:
    """Lets the peers of legs hear, and browsers see and hear them."""

    _hosts: Hosts
    _legs: Legs
    _sounds: Sounds
    _videos: Videos
    _viewers: Viewers

    def play(self, leg: LegId, path: str, done: PlayDone, *, loop: bool) -> None:
        """Let a leg's peer hear a WAV file, instead of the one before."""
        self._sounds.play(self._legs.get(leg), path, done, loop=loop)

    def stop_playing(self, leg: LegId) -> None:
        """Stop what a leg's peer hears of a file, if it does."""
        self._sounds.stop_playing(self._legs.get(leg))

    def set_volume(self, leg: LegId, volume: float) -> None:
        """Play files to a leg's peer with a volume; 1 is that of the file."""
        self._sounds.set_volume(self._legs.get(leg), volume)

    def record(self, leg: LegId, heard: str, sent: str, done: Done) -> None:
        """Write WAV files of what a leg's peer says and of what it is sent."""
        self._sounds.record(self._legs.get(leg), heard, sent, done)

    def stop_recording(self, leg: LegId) -> None:
        """Complete the files of a recording."""
        self._sounds.stop_recording(self._legs.get(leg))

    def mute(self, leg: LegId, *, muted: bool) -> None:
        """Let a leg's peer not hear the leg that it is connected with, or do."""
        self._sounds.mute(self._legs.get(leg), muted=muted)

    def hold(self, leg: LegId, *, held: bool) -> None:
        """Put a leg on hold by a re-INVITE, or take it back."""
        self._legs.get(leg).hold(held=held)

    def leg_peer(self, leg: LegId) -> LegPeer:
        """Return where what we send to a leg goes."""
        return self._legs.get(leg).peer(self._hosts)

    def leg_media(self, leg: LegId) -> LegMedia:
        """Return how a confirmed leg's media does."""
        return self._legs.get(leg).media()

    def open_viewer(
        self, viewer: ViewerId, offer: Offer, servers: Sequence[IceServer]
    ) -> None:
        """Connect a browser."""
        self._viewers.open(viewer, offer, servers)

    def add_candidates(
        self, viewer: ViewerId, line: int, candidates: Sequence[str]
    ) -> None:
        """Take ways to a browser."""
        self._viewers.add_candidates(viewer, line, candidates)

    def close_viewer(self, viewer: ViewerId) -> None:
        """Let go of a browser."""
        self._viewers.close(viewer)

    def viewer_silence(self, viewer: ViewerId) -> float:
        """Return the seconds since a connected browser has sent anything."""
        return self._viewers.silence(viewer)

    def join(self, viewer: ViewerId, leg: LegId, *, talks: bool) -> None:
        """Let a browser hear a leg's peer and, if it talks, be heard by it."""
        self._viewers.join(viewer, leg, talks=talks)

    def part(self, viewer: ViewerId) -> None:
        """Let a browser hear nobody, and be heard by nobody."""
        self._viewers.part(viewer)

    def open_video(self, name: str) -> int:
        """Take video of another process, and return the port for it."""
        return self._videos.open(name)

    def close_video(self, name: str) -> None:
        """Take no more video of another process."""
        self._videos.close(name)

    def show_video(self, viewer: ViewerId, source: str | LegId | None) -> None:
        """Show a browser the video of another process or of a leg, or none."""
        self._viewers.show(viewer, source)

    def watch_video(self, leg: LegId, port: int, *, watched: bool) -> None:
        """Copy the video of a leg to a UDP port of this machine, or no more."""
        self._legs.get(leg).watch_video(port, watched=watched)
