"""Tones in WAV files: written, and recognised in what was recorded."""

from array import array
import math
from pathlib import Path
import statistics
import wave

AMPLITUDE = 8000
QUIET = 300  # the mean of a window's absolute samples, of 32768
WINDOW = 0.1  # seconds


def write_tone(
    path: Path, frequency: int, *, rate: int, channels: int, seconds: int
) -> None:
    """Write a sine of a frequency in Hz."""
    period = rate // math.gcd(rate, frequency)
    turn = 2 * math.pi * frequency / rate
    samples = array("h")
    for number in range(period):
        samples.extend([round(AMPLITUDE * math.sin(turn * number))] * channels)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes() * (rate * seconds // period))


def heard_seconds(path: Path) -> float:
    """Return how much of a recording, which may still grow, is not silence."""
    return len(_loud_windows(path)[0]) * WINDOW


def share(path: Path, frequency: int) -> float:
    """Return the part of a recording's power that lies at the frequency, 0 to 1.

    It is the median of all windows with sound, so that a tone of the keypad in
    between does not count.
    """
    windows, rate = _loud_windows(path)
    if not windows:
        return 0.0
    return statistics.median(_share(window, frequency / rate) for window in windows)


def _loud_windows(path: Path) -> tuple[list[array[int]], int]:
    samples, rate = _read(path)
    length = round(rate * WINDOW)
    windows = [
        samples[start : start + length]
        for start in range(0, len(samples) - length + 1, length)
    ]
    return [window for window in windows if _loudness(window) > QUIET], rate


def _loudness(window: array[int]) -> float:
    return sum(map(abs, window)) / len(window)


def _share(window: array[int], turn: float) -> float:
    """Return the part of the power at a frequency given in turns per sample."""
    angles = [2 * math.pi * turn * number for number in range(len(window))]
    real = math.sumprod(window, map(math.cos, angles))
    imaginary = math.sumprod(window, map(math.sin, angles))
    at_frequency = 2 * (real**2 + imaginary**2) / len(window)
    return at_frequency / math.sumprod(window, window)


def _read(path: Path) -> tuple[array[int], int]:
    """Return the first channel, also of a file whose header is not final yet."""
    data = path.read_bytes() if path.exists() else b""
    start = data.find(b"data") + 8
    if len(data) < start or start < 44:
        return array("h"), 8000
    channels = int.from_bytes(data[22:24], "little")
    rate = int.from_bytes(data[24:28], "little")
    body = data[start:]
    samples = array("h", body[: len(body) - len(body) % (2 * channels)])
    return samples[::channels], rate
