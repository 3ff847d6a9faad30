"""Tones as they are sent: runs of digits and pauses between them."""

from itertools import groupby
import re
from typing import Final

from ...protocol.errors import InvalidTonesError

_TONES: Final = re.compile(r"[0-9*#A-D,]+", re.IGNORECASE)
_TONE: Final = re.compile(r"[0-9*#A-D]", re.IGNORECASE)
_PAUSE: Final = ","
_PAUSE_LENGTH: Final = 0.5  # seconds
_TONE_LENGTH: Final = 0.26  # seconds: 200 ms and three end packets
MAX_TONES_AT_ONCE: Final = 16  # PJSIP keeps at most 32

type Run = tuple[float, str]


def schedule(tones: str) -> tuple[Run, ...]:
    """Return runs of digits with their delays in seconds; InvalidTonesError."""
    if not _TONES.fullmatch(tones):
        raise InvalidTonesError("tones are 0-9, *, #, A-D and comma")
    runs: list[Run] = []
    delay = 0.0
    for pause, group in groupby(tones, lambda tone: tone == _PAUSE):
        digits = "".join(group)
        if pause:
            delay += len(digits) * _PAUSE_LENGTH
            continue
        for start in range(0, len(digits), MAX_TONES_AT_ONCE):
            run = digits[start : start + MAX_TONES_AT_ONCE]
            runs.append((delay, run.upper()))
            delay += len(run) * _TONE_LENGTH
    return tuple(runs)


def heard(digit: str) -> str | None:
    """Return a digit that the peer sent as a tone, None for anything else."""
    return digit.upper() if _TONE.fullmatch(digit) else None
