"""The pictures of visitors, as files of a device."""

from collections.abc import Container
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
import re
import shutil
from typing import Final

from homeassistant.core import HomeAssistant

from .const import DOMAIN

MAX_PICTURES: Final = 100
_NAME: Final = "%Y%m%dT%H%M%S%fZ"
_STEM: Final = re.compile(r"\d{8}T\d{12}Z")


def visitors_folder(hass: HomeAssistant) -> Path:
    """Return where the pictures of all devices are, outside of any public folder."""
    return Path(hass.config.path(DOMAIN, "visitors"))


class VisitorFiles:
    """Keeps the newest pictures of a device."""

    def __init__(self, hass: HomeAssistant, device: str) -> None:
        """Use a folder of the device's own."""
        self._hass = hass
        self.folder = visitors_folder(hass) / device

    async def async_add(self, picture: bytes, taken: datetime) -> None:
        """Keep a picture, and no more than the newest ones; OSError."""
        await self._hass.async_add_executor_job(self._add, picture, taken)

    async def async_last(self) -> tuple[bytes, datetime] | None:
        """Return the newest picture and when it was taken, if there is one."""
        return await self._hass.async_add_executor_job(self._last)

    def _add(self, picture: bytes, taken: datetime) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = taken.astimezone(UTC).strftime(_NAME)
        temporary = self.folder / f"{name}.tmp"
        temporary.write_bytes(picture)
        temporary.rename(self.folder / f"{name}.jpg")
        for old in pictures_in(self.folder)[:-MAX_PICTURES]:
            old.unlink(missing_ok=True)

    def _last(self) -> tuple[bytes, datetime] | None:
        for path in reversed(pictures_in(self.folder)):
            with suppress(OSError):
                return path.read_bytes(), time_of(path)
        return None


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a folder, the oldest first."""
    return sorted(path for path in folder.glob("*.jpg") if _STEM.fullmatch(path.stem))


def time_of(path: Path) -> datetime:
    """Return when a picture was taken."""
    return datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC)


async def async_forget_visitors(hass: HomeAssistant, devices: Container[str]) -> None:
    """Remove the pictures of devices that are not among these."""
    await hass.async_add_executor_job(_forget, visitors_folder(hass), devices)


def _forget(folder: Path, devices: Container[str]) -> None:
    for each in folder.glob("*"):
        if each.name not in devices:
            shutil.rmtree(each, ignore_errors=True)
