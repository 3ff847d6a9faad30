"""What the media browser shows: the recordings and the pictures of visitors."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .device_file import DeviceFile
from .recording import recordings_folder
from .recording_files import recordings
from .visitor_files import pictures_in, time_of, visitors_folder


async def async_media_files(hass: HomeAssistant) -> list[DeviceFile]:
    """Return the files of all devices, the newest first."""
    return await hass.async_add_executor_job(
        _media_files, recordings_folder(hass), visitors_folder(hass)
    )


def _media_files(recorded: Path, seen: Path) -> list[DeviceFile]:
    found: list[DeviceFile] = list(recordings(recorded))
    for folder in seen.glob("*"):
        found += map(_picture, pictures_in(folder))
    return sorted(found, key=lambda each: (each.date, each.time), reverse=True)


def _picture(path: Path) -> DeviceFile:
    taken = dt_util.as_local(time_of(path))
    return DeviceFile(
        path=path,
        device=path.parent.name,
        date=taken.strftime("%Y-%m-%d"),
        time=taken.strftime("%H:%M:%S"),
    )
