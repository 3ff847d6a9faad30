"""A file that a device has left behind, for the media browser."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

JPEG: Final = "image/jpeg"
MIME_TYPES: Final = {".ogg": "audio/ogg", ".wav": "audio/wav", ".jpg": JPEG}


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFile:
    """A recording or a picture of a device, and when it was made, in local time."""

    path: Path
    device: str
    date: str
    time: str

    @property
    def mime_type(self) -> str:
        """Return what kind of file it is."""
        return MIME_TYPES[self.path.suffix]

    @property
    def is_picture(self) -> bool:
        """Tell whether it can be looked at."""
        return self.mime_type == JPEG
