"""Recordings and visitors in the media browser, by device and date."""

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
from .device_file import DeviceFile
from .media_files import async_media_files

URL: Final = f"/api/{DOMAIN}/media"
NAME: Final = "SIP Intercom"


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return what devices have left behind, which is served to users only."""
    hass.http.register_view(MediaFileView())
    return DeviceMediaSource(hass)


class DeviceMediaSource(MediaSource):
    """Devices, then dates, then recordings and pictures."""

    name = NAME

    def __init__(self, hass: HomeAssistant) -> None:
        """Show what is in the folders of the integration."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where a file is served."""
        for found in await async_media_files(self.hass):
            if item.identifier == _identifier(found):
                return PlayMedia(_url(found), found.mime_type, path=found.path)
        raise Unresolvable("There is no such file")

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return what is in the root, in a device or in a date of one."""
        found = await async_media_files(self.hass)
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

    def _title(self, device: str) -> str:
        """Return the name of a device, also of one that is gone."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if device in entry.subentries:
                return entry.subentries[device].title
        return device


class MediaFileView(HomeAssistantView):
    """Serves recordings and pictures to users of Home Assistant."""

    url = f"{URL}/{{device}}/{{name}}"
    name = f"api:{DOMAIN}:media"

    async def get(
        self, request: web.Request, device: str, name: str
    ) -> web.StreamResponse:
        """Return a file."""
        for each in await async_media_files(request.app[KEY_HASS]):
            if (each.device, each.path.name) == (device, name):
                return web.FileResponse(
                    each.path, headers={"Content-Type": each.mime_type}
                )
        raise web.HTTPNotFound


def _identifier(file: DeviceFile) -> str:
    """Return the identifier of a file."""
    return f"{file.device}/{file.date}/{file.path.name}"


def _url(file: DeviceFile) -> str:
    """Return where a file is served."""
    return f"{URL}/{file.device}/{file.path.name}"


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


def _file(file: DeviceFile) -> BrowseMediaSource:
    """Return something to hear or to look at."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=_identifier(file),
        media_class=MediaClass.IMAGE if file.is_picture else MediaClass.MUSIC,
        media_content_type=file.mime_type,
        title=file.time,
        can_play=True,
        can_expand=False,
        thumbnail=_url(file) if file.is_picture else None,
    )
