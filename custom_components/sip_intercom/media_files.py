"""What the media browser shows: the recordings and the pictures of visitors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .recording import recordings_folder
from .recording_files import recordings
from .visitor_files import pictures_in, time_of, visitors_folder

JPEG: Final = "image/jpeg"


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaFile:
    """A file of a device, and when it was made, in local time."""

    path: Path
    device: str
    date: str
    time: str
    mime_type: str

    @property
    def is_picture(self) -> bool:
        """Tell whether it can be looked at."""
        return self.mime_type == JPEG


async def async_media_files(hass: HomeAssistant) -> list[MediaFile]:
    """Return the files of all devices, the newest first."""
    return await hass.async_add_executor_job(
        _media_files, recordings_folder(hass), visitors_folder(hass)
    )


def _media_files(recorded: Path, seen: Path) -> list[MediaFile]:
    found = [
        MediaFile(
            path=each.path,
            device=each.device,
            date=each.date,
            time=each.time,
            mime_type=each.mime_type,
        )
        for each in recordings(recorded)
    ]
    for folder in seen.glob("*"):
        found += [_picture(path) for path in pictures_in(folder)]
    return sorted(found, key=lambda each: (each.date, each.time), reverse=True)


def _picture(path: Path) -> MediaFile:
    taken = dt_util.as_local(time_of(path))
    return MediaFile(
        path=path,
        device=path.parent.name,
        date=taken.strftime("%Y-%m-%d"),
        time=taken.strftime("%H:%M:%S"),
        mime_type=JPEG,
    )
