"""A WAV file as it is played into a call."""

from collections.abc import Callable
from typing import Final

import pjsua2

from ...protocol.errors import SoundFileError
from .timers import Timers

_BUFFERED: Final = 0.06
"""Seconds that the bridge holds back before the peer has heard the end."""
_LOOP: Final = 0


class Player:
    """Plays a file once, or over and over, and tells when that has ended.

    PJSIP's own word of the end comes from another thread; the length is known.
    """

    def __init__(
        self,
        path: str,
        timers: Timers,
        ended: Callable[[bool], None],
        *,
        loop: bool,
    ) -> None:
        """Open the file; SoundFileError."""
        self._ended: Callable[[bool], None] | None = ended
        self._timers = timers
        self._player = pjsua2.AudioMediaPlayer()
        self.media: pjsua2.AudioMedia = self._player
        try:
            self._player.createPlayer(
                path, _LOOP if loop else pjsua2.PJMEDIA_FILE_NO_LOOP
            )
            samples = self._player.getInfo().sizeSamples
            port = self.media.getPortInfo()
            seconds = samples / port.format.clockRate
        except (pjsua2.Error, ZeroDivisionError) as err:
            reason = err.reason if isinstance(err, pjsua2.Error) else "no sound"
            raise SoundFileError(reason) from None
        if not loop:
            timers.after(seconds + _BUFFERED, lambda: self.end(finished=True))

    def set_volume(self, volume: float) -> None:
        """Play louder than the file, or not as loud."""
        self.media.adjustTxLevel(volume)

    def end(self, *, finished: bool) -> None:
        """Close the file and tell, once, whether it was played to its end."""
        ended, self._ended = self._ended, None
        if ended is None:
            return
        del self._player, self.media
        self._timers.soon(lambda: ended(finished))
