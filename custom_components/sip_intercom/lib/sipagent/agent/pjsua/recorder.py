"""Both directions of a call in two WAV files that stay in step."""

from collections.abc import Callable
from typing import Final

import pjsua2

from ...protocol.errors import CommandError, SoundFileError
from .timers import Timers

_LOOK: Final = 0.02  # seconds between two looks at a file that is being closed
_LOOKS: Final = 100
_LENGTH: Final = slice(4, 8)
"""Where a WAV file holds its length, which PJSIP writes last."""

type Recorded = Callable[[CommandError | None], None]


class Recorder:
    """Writes what a leg's peer says and what it is sent, silence included.

    The bridge writes nothing for a port that nobody sends to; its clock's own port,
    which is silent, keeps both files as long as the call.
    """

    def __init__(
        self,
        heard: str,
        sent: str,
        endpoint: pjsua2.Endpoint,
        timers: Timers,
        done: Recorded,
    ) -> None:
        """Begin both files; SoundFileError. `done` hears when they are complete."""
        self._paths = heard, sent
        self._timers = timers
        self._done = done
        try:
            silence = endpoint.audDevManager().getPlaybackDevMedia()
            self.heard: pjsua2.AudioMedia = _file(heard, silence)
            self.sent: pjsua2.AudioMedia = _file(sent, silence)
        except pjsua2.Error as err:
            raise SoundFileError(err.reason) from None

    def close(self) -> None:
        """Complete both files, which PJSIP does with its clock."""
        del self.heard, self.sent
        self._look(_LOOKS)

    def _look(self, looks: int) -> None:
        """Tell once both files are complete."""
        if all(map(_is_complete, self._paths)):
            self._done(None)
        elif looks:
            self._timers.after(_LOOK, lambda: self._look(looks - 1))
        else:
            self._done(SoundFileError("the files could not be completed"))


def _file(path: str, silence: pjsua2.AudioMedia) -> pjsua2.AudioMediaRecorder:
    """Return a file that is being written; pjsua2.Error."""
    recorder = pjsua2.AudioMediaRecorder()
    recorder.createRecorder(path)
    silence.startTransmit(recorder)
    return recorder


def _is_complete(path: str) -> bool:
    """Tell whether a file's length has been written into it."""
    try:
        with open(path, "rb") as file:
            return any(file.read(_LENGTH.stop)[_LENGTH])
    except OSError:
        return False
