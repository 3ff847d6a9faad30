"""A tone is told from another, from noise and from nothing."""

from array import array
from pathlib import Path
import random
import wave

import pytest

from verify import judge, sound


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / "tone.wav"
    sound.write_tone(path, 440, rate=48000, channels=2, seconds=2)
    return path


def _write(path: Path, samples: array[int]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return path


def test_the_tone_itself(tone: Path) -> None:
    assert sound.heard_seconds(tone) == pytest.approx(2)
    assert sound.share(tone, 440) > 0.99
    assert sound.share(tone, 1000) < judge.STRAY


def test_a_recording_without_its_final_header(tone: Path) -> None:
    data = bytearray(tone.read_bytes()[:-1])
    data[40:44] = bytes(4)
    tone.write_bytes(data)
    assert sound.share(tone, 440) > 0.99


def test_silence_around_the_tone_does_not_count(tmp_path: Path, tone: Path) -> None:
    data = tone.read_bytes()
    quiet = bytes(48000 * 4)
    padded = tmp_path / "padded.wav"
    padded.write_bytes(data[:44] + quiet + data[44:] + quiet)
    assert sound.heard_seconds(padded) == pytest.approx(2)
    assert sound.share(padded, 440) > 0.99


def test_noise_is_no_tone(tmp_path: Path) -> None:
    noise = random.Random(1)
    samples = array("h", (noise.randint(-8000, 8000) for _ in range(16000)))
    assert sound.share(_write(tmp_path / "noise.wav", samples), 440) < judge.STRAY


def test_nothing_was_heard(tmp_path: Path) -> None:
    silence = _write(tmp_path / "silence.wav", array("h", bytes(32000)))
    for path in (silence, tmp_path / "missing.wav"):
        assert sound.heard_seconds(path) == 0
        assert sound.share(path, 440) == 0
