"""What becomes of a device's call besides ringing: turned away, or answered by itself."""

from dataclasses import dataclass
import logging
import re
from typing import Final

from ..protocol.calls import CallReason, CallState
from ..protocol.config import ModesConfig, UserAgentConfig
from ..protocol.errors import CommandError
from .call_control import CallControl
from .calls import ActiveCall, CallBook
from .limits import Clock
from .matching import Caller
from .request import Request

_LOGGER = logging.getLogger(__name__)

MAX_ANSWER_DELAY: Final = 60.0  # seconds
_ANSWER_AFTER: Final = re.compile(r"[;?]\s*answer-after\s*=\s*(\d{1,3})", re.IGNORECASE)
_DELAY: Final = re.compile(r";\s*delay\s*=\s*(\d{1,3})", re.IGNORECASE)
_ALERTS: Final = re.compile(
    r"info\s*=\s*\"?(?:alert-autoanswer|ring-answer|auto[- ]?answer|intercom)\b"
    r"|\bring[- ]answer\b|\bauto[- ]answer\b",
    re.IGNORECASE,
)
_AUTOMATIC: Final = re.compile(r"\s*auto\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A call that is to be answered by itself, and when."""

    call: ActiveCall
    due: float


class Modes:
    """Turns calls away, and answers them, as device and user agent are set."""

    def __init__(self, book: CallBook, control: CallControl, clock: Clock) -> None:
        """Act on the calls of a book."""
        self._book = book
        self._control = control
        self._clock = clock
        self._waiting: list[Waiting] = []
        self.config = UserAgentConfig()

    def turns_away(self, caller: Caller) -> CallReason | None:
        """Return why a caller is not to ring, if so."""
        device = caller.device
        ours, theirs = self.config.modes, device.modes if device else ModesConfig()
        if ours.do_not_disturb or theirs.do_not_disturb:
            return CallReason.DO_NOT_DISTURB
        up = [
            call
            for call in self._book.calls.values()
            if call.state is CallState.IN_CALL and not call.cause
        ]
        own = any(device and call.device == device.id for call in up)
        if (ours.busy and up) or (theirs.busy and own):
            return CallReason.BUSY
        return None

    def begin(self, call: ActiveCall, caller: Caller, request: Request) -> None:
        """Have a new call answered by itself, if that is wanted."""
        modes = caller.device.modes if caller.device else self.config.modes
        delay: float | None = 0.0 if modes.auto_answer else None
        if delay is None and modes.answer_as_asked:
            delay = answer_delay(request)
        if delay is not None:
            self._waiting.append(Waiting(call=call, due=self._clock() + delay))

    def proceed(self) -> None:
        """Answer what is due; not from a callback of the phone's."""
        if not self._waiting:
            return
        now = self._clock()
        due = [each for each in self._waiting if each.due <= now]
        self._waiting = [each for each in self._waiting if each.due > now]
        for each in due:
            if each.call.ringing and not each.call.cause:
                self._answer(each.call)

    def _answer(self, call: ActiveCall) -> None:
        """Answer a call."""
        try:
            self._control.answer(call.id)
        except CommandError as err:
            _LOGGER.info("A call could not be answered by itself: %s", err)


def answer_delay(request: Request) -> float | None:
    """Return after how many seconds a caller asks to be answered, if it does.

    Call-Info `answer-after`, Alert-Info of several makers, and RFC 5373.
    """
    if found := _ANSWER_AFTER.search(request.call_info):
        return min(float(found[1]), MAX_ANSWER_DELAY)
    if _ALERTS.search(request.alert_info):
        delay = _DELAY.search(request.alert_info)
        return min(float(delay[1]), MAX_ANSWER_DELAY) if delay else 0.0
    return 0.0 if _AUTOMATIC.match(request.answer_mode) else None
