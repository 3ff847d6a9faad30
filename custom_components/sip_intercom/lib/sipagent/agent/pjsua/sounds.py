"""What the peers of legs hear besides silence, and what is kept of it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import pjsua2

from ...protocol.errors import CommandError, InvalidStateError
from ..phone import LegId, PlayDone, ViewerId
from .leg import Leg
from .player import Player
from .recorder import Recorded, Recorder
from .timers import Timers
from .viewer import Viewer

_CLOCK_RATE: Final = 16_000  # Hz
_MONO: Final = 1
_LOUDNESS: Final = 12_000  # of 32767


@dataclass(kw_only=True, slots=True, eq=False)
class Mix:
    """What the peer of one leg hears: another leg, browsers, a file, tones.

    Browsers hear it, too. While `muted` it does not hear the other leg or a browser.
    Once closed it has no leg, because who still waits for something of the mix must
    not keep that.
    """

    leg: Leg
    other: Leg | None = None
    viewers: dict[ViewerId, Viewer] = field(default_factory=dict)
    talkers: set[ViewerId] = field(default_factory=set)
    muted: bool = False
    volume: float = 1.0
    player: Player | None = None
    generator: pjsua2.ToneGenerator | None = None
    recorder: Recorder | None = field(default=None)

    def sources(self) -> Iterator[pjsua2.AudioMedia]:
        """Yield what is sent to the leg."""
        other = self.other
        if other and not self.muted and not other.ended and other.has_audio:
            yield other.audio()
        for viewer_id in self.talkers:
            media = self.viewers[viewer_id].audio
            if media and not self.muted:
                yield media
        if self.player:
            yield self.player.media
        if self.generator:
            yield self.generator

    def connect(self) -> None:
        """Connect in PJSIP's bridge, which drops connections with a leg's media."""
        if self.leg.ended or not self.leg.has_audio:
            return
        audio = self.leg.audio()
        for source in self.sources():
            source.startTransmit(audio)
            if self.recorder:
                source.startTransmit(self.recorder.sent)
        if self.recorder:
            audio.startTransmit(self.recorder.heard)
        for viewer in self.viewers.values():
            if media := viewer.audio:
                audio.startTransmit(media)

    def remove(self, viewer_id: ViewerId) -> None:
        """Let a browser hear nothing of the leg, nor be heard."""
        viewer = self.viewers.pop(viewer_id, None)
        self.talkers.discard(viewer_id)
        media = viewer.audio if viewer else None
        if media is None or self.leg.ended or not self.leg.has_audio:
            return
        audio = self.leg.audio()
        for source, sink in ((audio, media), (media, audio)):
            with suppress(pjsua2.Error):
                source.stopTransmit(sink)

    def close(self) -> None:
        """Stop playing, and complete the files of a recording."""
        if self.player:
            self.player.end(finished=False)
        if self.recorder:
            self.recorder.close()
        self.player = self.recorder = self.generator = self.other = None
        self.viewers.clear()
        self.talkers.clear()
        del self.leg


class Sounds:
    """Keeps a mix for each leg that has more than silence.

    Who holds on to a leg whose call is over would end the call that has got its
    number since; drop() lets go of it.
    """

    def __init__(self, endpoint: pjsua2.Endpoint, timers: Timers) -> None:
        """Start with silence."""
        self._endpoint = endpoint
        self._timers = timers
        self._mixes: dict[LegId, Mix] = {}
        self.unfinished = 0
        """Recordings whose files are not complete."""

    def connect(self, one: Leg, other: Leg) -> None:
        """Let the peers of two legs hear each other; InvalidStateError."""
        for leg, heard in ((one, other), (other, one)):
            mix = self._mix(leg)
            mix.other = heard
            _do(mix.connect)

    def join(self, leg: Leg, viewer: Viewer, *, talks: bool) -> None:
        """Let a browser hear a leg's peer and, if it talks, be heard by it."""
        mix = self._mix(leg)
        for other in self._mixes.values():
            if other is not mix:
                other.remove(viewer.id)
        mix.viewers[viewer.id] = viewer
        if talks:
            mix.talkers.add(viewer.id)
        _do(mix.connect)

    def part(self, viewer: ViewerId) -> None:
        """Let a browser hear nobody, and be heard by nobody."""
        for mix in self._mixes.values():
            mix.remove(viewer)

    def renew_viewer(self, viewer: ViewerId) -> None:
        """Connect a browser whose media has begun."""
        for mix in self._mixes.values():
            if viewer in mix.viewers:
                mix.connect()

    def renew(self, leg: Leg) -> None:
        """Connect a leg again whose media began anew."""
        for mix in self._mixes.values():
            if leg in (mix.leg, mix.other):
                mix.connect()

    def drop(self, leg: Leg) -> None:
        """Let go of a leg that is over."""
        for mix in self._mixes.values():
            if mix.other is leg:
                mix.other = None
        if leg.number in self._mixes:
            self._mixes.pop(leg.number).close()

    def clear(self) -> None:
        """Let go of everything, before the endpoint goes."""
        for mix in self._mixes.values():
            mix.close()
        self._mixes.clear()

    def mute(self, leg: Leg, *, muted: bool) -> None:
        """Let the leg's peer not hear the other leg, or hear it again."""
        mix = self._mix(leg)
        mix.muted = muted
        _do(mix.connect)
        other = mix.other
        if not muted or not leg.has_audio:
            return
        sources = [mix.viewers[each].audio for each in mix.talkers]
        if other and other.has_audio:
            sources.append(other.audio())
        for source in sources:
            if source:
                _do(partial(source.stopTransmit, leg.audio()))

    def play_tone(self, leg: Leg, tone: str, length: int) -> None:
        """Let a leg's peer hear a tone for milliseconds; InvalidStateError."""
        mix = self._mix(leg)
        if mix.generator is None:
            mix.generator = pjsua2.ToneGenerator()
            mix.generator.createToneGenerator(_CLOCK_RATE, _MONO)
        generator = mix.generator
        _do(mix.connect)
        _do(lambda: generator.playDigits(_digits(tone, length)))

    def play(self, leg: Leg, path: str, done: PlayDone, *, loop: bool) -> None:
        """Let a leg's peer hear a WAV file instead of the one before; SoundFileError."""
        mix = self._mix(leg)
        self.stop_playing(leg)

        def ended(finished: bool) -> None:
            if mix.player is player:
                mix.player = None
            done(finished)

        player = mix.player = Player(path, self._timers, ended, loop=loop)
        player.set_volume(mix.volume)
        _do(mix.connect)

    def stop_playing(self, leg: Leg) -> None:
        """Stop what a leg's peer hears of a file."""
        mix = self._mixes.get(leg.number)
        if mix and mix.player:
            mix.player.end(finished=False)

    def set_volume(self, leg: Leg, volume: float) -> None:
        """Play this and later files to a leg's peer with a volume, 1 being the file's."""
        mix = self._mix(leg)
        mix.volume = volume
        if mix.player:
            mix.player.set_volume(volume)

    def record(self, leg: Leg, heard: str, sent: str, done: Recorded) -> None:
        """Record both directions of a leg in WAV files; SoundFileError."""
        mix = self._mix(leg)
        if mix.recorder:
            raise InvalidStateError("the call is being recorded")
        self.unfinished += 1

        def recorded(error: CommandError | None) -> None:
            self.unfinished -= 1
            done(error)

        try:
            mix.recorder = Recorder(heard, sent, self._endpoint, self._timers, recorded)
        except CommandError:
            self.unfinished -= 1
            raise
        _do(mix.connect)

    def stop_recording(self, leg: Leg) -> None:
        """Complete the files of a recording; InvalidStateError if there is none."""
        mix = self._mixes.get(leg.number)
        if mix is None or mix.recorder is None:
            raise InvalidStateError("the call is not being recorded")
        recorder, mix.recorder = mix.recorder, None
        recorder.close()

    def _mix(self, leg: Leg) -> Mix:
        """Return the mix of a leg."""
        return self._mixes.setdefault(leg.number, Mix(leg=leg))


def _do(action: Callable[[], object]) -> None:
    """Have PJSIP do something; InvalidStateError."""
    try:
        action()
    except pjsua2.Error as err:
        raise InvalidStateError(err.reason) from None


def _digits(tone: str, length: int) -> pjsua2.ToneDigitVector:
    """Return one tone as PJSIP wants it."""
    whole = pjsua2.ToneDigit()
    digit: pjsua2.pjmedia_tone_digit = whole
    digit.digit = tone
    digit.on_msec, digit.off_msec = length, 0
    digit.volume = _LOUDNESS
    digits = pjsua2.ToneDigitVector()
    digits.append(whole)
    return digits
