"""Recordings in the media browser, by device and date."""

from pathlib import Path
from typing import Final, override

from aiohttp import web
from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from .const import DOMAIN
from .recording import recordings_folder
from .recording_files import Recording, recordings

URL: Final = f"/api/{DOMAIN}/recordings"
NAME: Final = "SIP Intercom"


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return the recordings as media, which are served to users only."""
    hass.http.register_view(RecordingView(recordings_folder(hass)))
    return RecordingSource(hass)


class RecordingSource(MediaSource):
    """Devices, then dates, then recordings."""

    name = NAME

    def __init__(self, hass: HomeAssistant) -> None:
        """Show what is in the folder of recordings."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where a recording is served."""
        for found in await self._async_recordings():
            if item.identifier == _identifier(found):
                url = f"{URL}/{found.device}/{found.path.name}"
                return PlayMedia(url, found.mime_type, path=found.path)
        raise Unresolvable("There is no such recording")

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return what is in the root, in a device or in a date of one."""
        found = await self._async_recordings()
        match [part for part in (item.identifier or "").split("/") if part]:
            case []:
                devices = dict.fromkeys(each.device for each in found)
                children = [_folder(each, self._title(each)) for each in devices]
                return _folder("", NAME, children)
            case [device]:
                dates = dict.fromkeys(
                    each.date for each in found if each.device == device
                )
                children = [_folder(f"{device}/{each}", each) for each in dates]
                return _folder(device, self._title(device), children)
            case [device, date]:
                children = [
                    _file(each)
                    for each in found
                    if (each.device, each.date) == (device, date)
                ]
                return _folder(f"{device}/{date}", date, children)
            case _:
                raise Unresolvable("There is no such folder")

    async def _async_recordings(self) -> list[Recording]:
        """Return all recordings."""
        folder = recordings_folder(self.hass)
        return await self.hass.async_add_executor_job(recordings, folder)

    def _title(self, device: str) -> str:
        """Return the name of a device, also of one that is gone."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if device in entry.subentries:
                return entry.subentries[device].title
        return device


class RecordingView(HomeAssistantView):
    """Serves recordings to users of Home Assistant."""

    url = f"{URL}/{{device}}/{{name}}"
    name = f"api:{DOMAIN}:recordings"

    def __init__(self, folder: Path) -> None:
        """Serve what is in a folder."""
        self._folder = folder

    async def get(
        self, request: web.Request, device: str, name: str
    ) -> web.StreamResponse:
        """Return a recording."""
        hass = request.app[KEY_HASS]
        found = await hass.async_add_executor_job(recordings, self._folder)
        for each in found:
            if (each.device, each.path.name) == (device, name):
                return web.FileResponse(
                    each.path, headers={"Content-Type": each.mime_type}
                )
        raise web.HTTPNotFound


def _identifier(recording: Recording) -> str:
    """Return the identifier of a recording."""
    return f"{recording.device}/{recording.date}/{recording.path.name}"


def _folder(
    identifier: str, title: str, children: list[BrowseMediaSource] | None = None
) -> BrowseMediaSource:
    """Return something that holds other things."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        children=children,
        children_media_class=MediaClass.DIRECTORY,
    )


def _file(recording: Recording) -> BrowseMediaSource:
    """Return a recording."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=_identifier(recording),
        media_class=MediaClass.MUSIC,
        media_content_type=recording.mime_type,
        title=recording.time,
        can_play=True,
        can_expand=False,
    )
