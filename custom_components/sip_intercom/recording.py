"""Records calls, and completes what a crash has left."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .const import (
    CONF_RECORD,
    CONF_RECORD_ANNOUNCEMENT,
    CONF_RECORD_DAYS,
    CONF_RECORD_FORMAT,
    CONF_RECORD_MEGABYTES,
    DOMAIN,
    LOGGER,
    RECORD_ALL,
    RECORD_ANSWERED,
)
from .coordinator import SipConfigEntry
from .data import Moment
from .ffmpeg_process import async_run_ffmpeg
from .lib.sipagent.protocol.calls import Call, CallEventType
from .lib.sipagent.protocol.errors import SipAgentError
from .lib.sipagent.protocol.messages import CallChanged
from .recording_files import OPUS, Tracks, new_tracks, remove_old, repair, unfinished
from .sounds import async_sound

MERGE_LIMIT: Final = 600.0  # seconds


def recordings_folder(hass: HomeAssistant) -> Path:
    """Return where recordings are: not where the frontend shows files to everybody."""
    return Path(hass.config.path(DOMAIN, "recordings"))


class Recorder:
    """Records the calls of devices that are to be recorded."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Listen to all calls of a user agent."""
        self._hass = hass
        self._entry = entry
        self._folder = recordings_folder(hass)
        self._active: set[str] = set()
        entry.runtime_data.start_recording = self.async_start
        entry.async_on_unload(
            entry.runtime_data.async_add_moment_listener(entry.entry_id, self._hear)
        )
        entry.async_create_background_task(
            hass, self._async_complete(), "sip_intercom recordings"
        )

    @callback
    def async_start(self, call: Call) -> None:
        """Begin to record a call, unless it is recorded already."""
        if call.id not in self._active:
            self._active.add(call.id)
            self._entry.async_create_background_task(
                self._hass, self._async_record(call), "sip_intercom recording"
            )

    @callback
    def _hear(self, moment: Moment) -> None:
        """Record what is to be recorded without being asked."""
        match moment:
            case CallChanged(event=CallEventType.ANSWERED, call=call) if self._is_to_be(
                call
            ):
                self.async_start(call)

    def _is_to_be(self, call: Call) -> bool:
        """Tell whether a call that was answered is to be recorded."""
        subentry = self._entry.subentries.get(call.device or "")
        wanted = subentry.data.get(CONF_RECORD) if subentry else None
        if wanted == RECORD_ANSWERED:
            return call.connected_to is None
        return wanted == RECORD_ALL

    async def _async_record(self, call: Call) -> None:
        """Record a call to its end, and merge what was recorded."""
        try:
            await self._async_announce(call)
            tracks = await self._hass.async_add_executor_job(
                new_tracks, self._folder, call.device or "other", call.id, dt_util.now()
            )
            await self._entry.runtime_data.client.record(
                call.id, str(tracks.heard), str(tracks.sent)
            )
        except (SipAgentError, OSError, HomeAssistantError) as err:
            LOGGER.warning("A call was not recorded to its end: %s", err)
        finally:
            self._active.discard(call.id)
        await self._async_complete()

    async def _async_announce(self, call: Call) -> None:
        """Say that the call is recorded, if that is wished; HomeAssistantError."""
        subentry = self._entry.subentries.get(call.device or "")
        media_id = subentry.data.get(CONF_RECORD_ANNOUNCEMENT) if subentry else None
        if not media_id:
            return
        async with async_sound(self._hass, media_id) as sound:
            await self._entry.runtime_data.client.play(
                call.id, sound.path, sound.seconds
            )

    async def _async_complete(self) -> None:
        """Merge what is not being written any more, and remove what is old."""
        with suppress(OSError):
            for tracks in await self._hass.async_add_executor_job(
                unfinished, self._folder
            ):
                if not self._is_active(tracks):
                    await self._async_merge(tracks)
            await self._hass.async_add_executor_job(self._remove_old)

    def _is_active(self, tracks: Tracks) -> bool:
        """Tell whether the agent still writes."""
        return any(tracks.stem.name.endswith(f"_{call}") for call in self._active)

    async def _async_merge(self, tracks: Tracks) -> None:
        """Make one stereo file of two: the peer left, what it was sent right."""
        whole = [
            path
            for path in (tracks.heard, tracks.sent)
            if await self._hass.async_add_executor_job(repair, path)
        ]
        kind = self._entry.options.get(CONF_RECORD_FORMAT, OPUS)
        result = tracks.result(kind)
        if whole and not await _async_join(self._hass, whole, result, kind):
            return
        await self._hass.async_add_executor_job(tracks.remove)

    def _remove_old(self) -> None:
        """Remove what may not be kept any longer."""
        options = self._entry.options
        remove_old(
            self._folder,
            days=int(options.get(CONF_RECORD_DAYS, 0)),
            megabytes=int(options.get(CONF_RECORD_MEGABYTES, 0)),
            now=dt_util.utcnow().timestamp(),
        )


async def _async_join(
    hass: HomeAssistant, tracks: list[Path], result: Path, kind: str
) -> bool:
    """Write tracks into one file; False if that has failed, then they are kept."""
    part = result.with_name(f".{result.name}")
    inputs = [word for path in tracks for word in ("-i", str(path))]
    both = ["-filter_complex", "[0:a][1:a]amerge=inputs=2"] if len(tracks) > 1 else []
    codec = ["libopus", "-b:a", "32k"] if kind == OPUS else ["pcm_s16le"]
    form = "ogg" if kind == OPUS else "wav"
    arguments = (
        "-nostdin",
        "-y",
        *inputs,
        *both,
        "-c:a",
        *codec,
        "-f",
        form,
        str(part),
    )
    failure = await async_run_ffmpeg(hass, arguments, limit=MERGE_LIMIT)
    if failure is not None:
        LOGGER.warning("The tracks of %s were not merged: %s", result.name, failure)
        return False
    await hass.async_add_executor_job(part.replace, result)
    return True
