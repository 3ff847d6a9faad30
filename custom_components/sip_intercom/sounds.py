"""Sounds that Home Assistant can resolve, as WAV files that the agent plays."""

from array import array
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import math
from pathlib import Path
import shutil
import tempfile
from typing import Final
import wave

from homeassistant.components import media_source, tts
from homeassistant.components.media_player.browse_media import (
    async_process_play_media_url,
)
from homeassistant.core import HomeAssistant

from .const import LOGGER
from .errors import input_error, state_error
from .ffmpeg_process import async_run_ffmpeg

RATE: Final = 16_000  # Hz, that of the agent's bridge
SHORTEST: Final = 0.5  # seconds; PJSIP plays nothing shorter than its buffer
LONGEST: Final = 3600  # seconds
CONVERSION_LIMIT: Final = 60.0  # seconds
RINGBACK_PERIOD: Final = 5  # seconds
TTS: Final = "media-source://tts/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """A WAV file and how long it is, in seconds."""

    path: str
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What is converted: a file or URL, or the bytes of a file."""

    location: str = "pipe:0"
    content: bytes | None = None


@asynccontextmanager
async def async_sound(
    hass: HomeAssistant, media_id: str, entity_id: str | None = None
) -> AsyncGenerator[Sound]:
    """Return a sound for as long as it is needed; HomeAssistantError."""
    source = await _async_source(hass, media_id, entity_id)
    folder = await hass.async_add_executor_job(tempfile.mkdtemp, "", "sip_intercom-")
    try:
        path = str(Path(folder, "sound.wav"))
        await _async_convert(hass, source, path)
        seconds = await hass.async_add_executor_job(_seconds, path)
        yield Sound(path=path, seconds=seconds)
    finally:
        await hass.async_add_executor_job(shutil.rmtree, folder, True)


def speech_id(hass: HomeAssistant, text: str, engine: str | None) -> str:
    """Return the media id of a spoken text; ServiceValidationError."""
    if "tts" in hass.config.components:
        engine = tts.async_resolve_engine(hass, engine)
    else:
        engine = None
    if engine is None:
        raise input_error("no_speech_engine")
    return tts.generate_media_source_id(hass, text, engine)


async def _async_source(
    hass: HomeAssistant, media_id: str, entity_id: str | None
) -> Source:
    """Return what a media id stands for."""
    if media_id.startswith(TTS):
        _, content = await tts.async_get_media_source_audio(hass, media_id)
        return Source(content=content)
    if media_source.is_media_source_id(media_id):
        media = await media_source.async_resolve_media(hass, media_id, entity_id)
        if media.path:
            return Source(location=str(media.path))
        media_id = media.url
    url = async_process_play_media_url(hass, media_id)
    if not url.startswith(("http://", "https://")):
        raise input_error("invalid_media")
    return Source(location=url)


async def _async_convert(hass: HomeAssistant, source: Source, path: str) -> None:
    """Write a source as WAV; HomeAssistantError."""
    arguments = (
        *("-y", "-protocol_whitelist", "file,pipe,http,https,tcp,tls,crypto"),
        *("-i", source.location, "-map", "0:a:0", "-t", str(LONGEST)),
        *("-af", f"apad=whole_dur={SHORTEST}", "-ac", "1", "-ar", str(RATE)),
        *("-c:a", "pcm_s16le", "-bitexact", "-f", "wav", path),
    )
    try:
        failure = await async_run_ffmpeg(
            hass, arguments, limit=CONVERSION_LIMIT, content=source.content
        )
    except TimeoutError as err:
        raise state_error("sound_unavailable") from err
    if failure is not None:
        LOGGER.debug("A sound was not converted: %s", failure)
        raise state_error("sound_unavailable")


def _seconds(path: str) -> float:
    """Return the length of a WAV file."""
    with wave.open(path) as sound:
        return float(sound.getnframes() / sound.getframerate())


@asynccontextmanager
async def async_ringback(hass: HomeAssistant) -> AsyncGenerator[Sound]:
    """Return what callers hear while a phone rings (ITU-T E.180: 1 s on, 4 s off)."""
    folder = await hass.async_add_executor_job(tempfile.mkdtemp, "", "sip_intercom-")
    path = str(Path(folder, "ringback.wav"))
    try:
        await hass.async_add_executor_job(_write_ringback, path)
        yield Sound(path=path, seconds=RINGBACK_PERIOD)
    finally:
        await hass.async_add_executor_job(shutil.rmtree, folder, True)


def _write_ringback(path: str) -> None:
    """Write one second of 425 Hz and the silence after it."""
    tone = (
        round(6000 * math.sin(2 * math.pi * 425 * sample / RATE))
        for sample in range(RATE)
    )
    silence = bytes(2 * RATE * (RINGBACK_PERIOD - 1))
    with wave.open(path, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(array("h", tone).tobytes() + silence)
