"""Tones on their way to a peer, one after the other."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, assert_never

from ...protocol.errors import CallEndedError, CommandError, TonesRefusedError
from ...protocol.tones import PAUSE, PAUSE_LENGTH, ToneMethod, ToneStyle
from ..phone import Done
from .timers import Timer, Timers

_END_PACKETS: Final = 0.06
"""Seconds that the end of an RFC 4733 event is repeated for."""
_RELAY: Final = "application/dtmf-relay"
_PLAIN: Final = "application/dtmf"
_TEXT: Final = "text/plain"


class ToneLine(Protocol):
    """What tones are sent over: a leg; each raises CommandError."""

    def send_event(self, tone: str, length: int) -> None:
        """Send a tone by RFC 4733, for milliseconds."""

    def play_tone(self, tone: str, length: int) -> None:
        """Send the sound of a tone, for milliseconds."""

    def ask(
        self, method: str, kind: str, body: str, answered: Callable[[int], None]
    ) -> None:
        """Send a request with a body in the dialog, and hear the final status."""


@dataclass(kw_only=True, slots=True, eq=False)
class Sending:
    """Tones that are left to send, how, and who wants to know."""

    left: str
    style: ToneStyle
    done: Done


class ToneSender:
    """Sends the tones of one leg; several that ask have to wait for each other."""

    def __init__(self, line: ToneLine, timers: Timers) -> None:
        """Start with nothing to send."""
        self._line = line
        self._timers = timers
        self._queue: deque[Sending] = deque()
        self._waiting: Timer | None = None

    def send(self, tones: str, style: ToneStyle, done: Done) -> None:
        """Send tones when those before them have been sent."""
        self._queue.append(Sending(left=tones, style=style, done=done))
        if len(self._queue) == 1:
            self._next()

    def stop(self) -> None:
        """Send no more, because the leg has ended."""
        if self._waiting:
            self._waiting.cancel()
        queue, self._queue = self._queue, deque()
        for sending in queue:
            _tell(self._timers, sending, CallEndedError("the call has ended"))

    def _next(self) -> None:
        """Send the next tone of the first in the queue, or tell that it is done."""
        self._waiting = None
        if not self._queue:
            return
        sending = self._queue[0]
        try:
            self._step(sending)
        except CommandError as err:
            self._finish(err)

    def _step(self, sending: Sending) -> None:
        """Send one tone, or all of a message."""
        if not sending.left:
            self._finish(None)
            return
        tone, sending.left = sending.left[0], sending.left[1:]
        style = sending.style
        match style.method:
            case ToneMethod.MESSAGE:
                text, sending.left = tone + sending.left, ""
                self._line.ask("MESSAGE", _TEXT, text, self._answered(0))
            case _ if tone == PAUSE:
                self._wait(PAUSE_LENGTH)
            case ToneMethod.RTP:
                self._line.send_event(tone, style.length)
                rest = style.gap / 1000 if sending.left else _END_PACKETS
                self._wait(style.length / 1000 + rest)
            case ToneMethod.IN_BAND:
                self._line.play_tone(tone, style.length)
                self._wait((style.length + style.gap) / 1000)
            case ToneMethod.INFO_RELAY:
                body = f"Signal={tone}\r\nDuration={style.length}\r\n"
                self._line.ask("INFO", _RELAY, body, self._answered(_each(sending)))
            case ToneMethod.INFO:
                self._line.ask("INFO", _PLAIN, tone, self._answered(_each(sending)))
            case _:
                assert_never(style.method)

    def _wait(self, seconds: float) -> None:
        """Go on after a time."""
        self._waiting = self._timers.after(seconds, self._next)

    def _answered(self, pause: float) -> Callable[[int], None]:
        """Return what goes on once a request has been answered."""
        sending = self._queue[0]

        def answered(status: int) -> None:
            if not self._queue or self._queue[0] is not sending:
                return
            if status >= 300:
                self._finish(TonesRefusedError(str(status)))
            else:
                self._wait(pause)

        return answered

    def _finish(self, error: CommandError | None) -> None:
        """Tell the first in the queue and go on with the next."""
        _tell(self._timers, self._queue.popleft(), error)
        self._next()


def _each(sending: Sending) -> float:
    """Return the seconds between two INFOs, none after the last."""
    style = sending.style
    return (style.length + style.gap) / 1000 if sending.left else 0.0


def _tell(timers: Timers, sending: Sending, error: CommandError | None) -> None:
    """Tell outside of PJSIP's callbacks how it went."""
    timers.soon(lambda: sending.done(error))
