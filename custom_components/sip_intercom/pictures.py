"""Still pictures of a device, wherever its camera is."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol, override

from homeassistant.components import camera
from homeassistant.components.stream import CONF_RTSP_TRANSPORT
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.httpx_client import get_async_client
from homeassistant.util.hass_dict import HassKey
import httpx
from yarl import URL

from .const import (
    CAMERA_ENTITY,
    CAMERA_NONE,
    CAMERA_URL,
    CONF_CAMERA_ENTITY,
    CONF_CAMERA_PASSWORD,
    CONF_CAMERA_SOURCE,
    CONF_CAMERA_USERNAME,
    CONF_EARLY_MEDIA,
    CONF_STILL_URL,
    CONF_STREAM_URL,
    DOMAIN,
    LOGGER,
)
from .coordinator import SipCoordinator
from .ffmpeg_process import (
    MAX_JPEG,
    async_ffmpeg,
    async_jpegs,
    rtp_input,
    url_input,
)
from .lib.sipagent.client.events import AgentLost, ClientEvent
from .lib.sipagent.client.ports import free_rtp_port
from .lib.sipagent.protocol.calls import TERMINAL_EVENTS, CallEventType
from .lib.sipagent.protocol.errors import SipAgentError
from .lib.sipagent.protocol.messages import CallChanged, VideoChanged

STILL_LIMIT: Final = 10.0  # seconds that a picture may take
FRESH: Final = 1.0  # seconds that a picture of a call is shown again
ASK_AGAIN: Final = 0.15  # seconds; the agent asks a station less often
_UNAUTHORIZED: Final = 401
_SETTINGS: Final = (
    CONF_CAMERA_SOURCE,
    CONF_CAMERA_ENTITY,
    CONF_CAMERA_USERNAME,
    CONF_CAMERA_PASSWORD,
    CONF_STREAM_URL,
    CONF_STILL_URL,
    CONF_EARLY_MEDIA,
)
_JPEG: Final = (
    *("-an", "-c:v", "mjpeg", "-threads", "1", "-q:v", "4"),
    *("-f", "image2pipe", "pipe:1"),
)


SHARED: HassKey[dict[str, SharedPictures]] = HassKey(f"{DOMAIN}_pictures")


class Pictures(Protocol):
    """Where the pictures of a device come from."""

    stream_options: Mapping[str, str] = {}
    """What Home Assistant's own player of the stream is told."""

    async def async_still(self) -> bytes | None:
        """Return a picture as it is now, or the last one; never by answering a call."""

    async def async_stream(self) -> str | None:
        """Return the URL of the stream, with its login."""

    @callback
    def async_close(self) -> None:
        """Let go of everything."""


def has_pictures(data: Mapping[str, Any]) -> bool:
    """Tell whether a device has pictures by its settings."""
    return bool(data.get(CONF_CAMERA_SOURCE, CAMERA_NONE) != CAMERA_NONE)


def picture_settings(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return those settings of a device that its pictures depend on."""
    return {key: data[key] for key in _SETTINGS if key in data}


def pictures_of(
    coordinator: SipCoordinator, device: str, data: Mapping[str, Any]
) -> Pictures:
    """Return the pictures of a device by its settings; it has to have some."""
    source = data[CONF_CAMERA_SOURCE]
    if source == CAMERA_URL:
        return UrlPictures(coordinator.hass, data)
    if source == CAMERA_ENTITY:
        return EntityPictures(coordinator.hass, data)
    return CallPictures(coordinator, device, data)


class SharedPictures:
    """The pictures of each device, for all of its entities that want them."""

    def __init__(self, coordinator: SipCoordinator) -> None:
        """Start without any."""
        self._coordinator = coordinator
        self._held: dict[str, tuple[dict[str, Any], Pictures]] = {}
        self._holders: dict[str, int] = {}

    @callback
    def async_hold(self, device: str, data: Mapping[str, Any]) -> Pictures:
        """Return the pictures of a device; new ones once its settings have changed."""
        settings = picture_settings(data)
        if device not in self._held or self._held[device][0] != settings:
            if device in self._held:
                self._held[device][1].async_close()
            pictures = pictures_of(self._coordinator, device, settings)
            self._held[device] = settings, pictures
        self._holders[device] = self._holders.get(device, 0) + 1
        return self._held[device][1]

    @callback
    def async_release(self, device: str) -> None:
        """Let go of the pictures of a device, with the last who wants them."""
        self._holders[device] -= 1
        if self._holders[device] == 0:
            del self._holders[device]
            self._held.pop(device)[1].async_close()


class UrlPictures(Pictures):
    """The pictures of a camera in the network."""

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        """Take the URLs and the login."""
        self._hass = hass
        self._data = data
        self._last: bytes | None = None
        if data[CONF_STREAM_URL].startswith("rtsp"):
            self.stream_options = {CONF_RTSP_TRANSPORT: "tcp"}

    @override
    async def async_still(self) -> bytes | None:
        still: bytes | None
        if self._data.get(CONF_STILL_URL):
            still = await _async_fetch(self._hass, self._data)
        else:
            still = await self._async_first_frame()
        self._last = still or self._last
        return self._last

    @override
    async def async_stream(self) -> str | None:
        url = URL(self._data[CONF_STREAM_URL])
        if login := self._data.get(CONF_CAMERA_USERNAME):
            url = url.with_user(login)
            url = url.with_password(self._data.get(CONF_CAMERA_PASSWORD, ""))
        return str(url)

    @override
    @callback
    def async_close(self) -> None:
        self._last = None

    async def _async_first_frame(self) -> bytes | None:
        """Return the first picture of the stream."""
        before, text = url_input(await self.async_stream() or "")
        after = ("-frames:v", "1", *_JPEG)
        with suppress(OSError, TimeoutError):
            async with (
                asyncio.timeout(STILL_LIMIT),
                async_ffmpeg(self._hass, before, text, after) as process,
            ):
                async for jpeg in async_jpegs(process):
                    return jpeg
        return None


class EntityPictures(Pictures):
    """The pictures of another camera of Home Assistant."""

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        """Take the camera."""
        self._hass = hass
        self._entity: str = data[CONF_CAMERA_ENTITY]
        self._last: bytes | None = None

    @override
    async def async_still(self) -> bytes | None:
        with suppress(HomeAssistantError):
            image = await camera.async_get_image(self._hass, self._entity)
            self._last = image.content
        return self._last

    @override
    async def async_stream(self) -> str | None:
        with suppress(HomeAssistantError):
            return await camera.async_get_stream_source(self._hass, self._entity)
        return None

    @override
    @callback
    def async_close(self) -> None:
        self._last = None


class CallPictures(Pictures):
    """The pictures of the calls of a device, and after a call its last one.

    While a call shows video, an ffmpeg decodes its whole pictures, and only those;
    the station is asked for one whenever somebody looks. Where video comes before the
    answer, the ffmpeg begins with the ring, so as not to miss the first picture.
    """

    def __init__(
        self, coordinator: SipCoordinator, device: str, data: Mapping[str, Any]
    ) -> None:
        """Wait for calls that show video."""
        self._coordinator = coordinator
        self._device = device
        self._data = data
        self._last: bytes | None = None
        self._taken_at = 0.0
        self._new = asyncio.Event()
        self._port = 0
        self._reading: asyncio.Task[None] | None = None
        self._shown = False
        self._listeners: list[Callable[[], None]] = []
        self._unsubscribe = coordinator.client.subscribe(self._hear)

    @property
    def shown(self) -> bool:
        """Tell whether a call shows video now."""
        return self._shown

    @callback
    def async_listen(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Hear that a call shows video, or no more."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @override
    async def async_still(self) -> bytes | None:
        now = self._coordinator.hass.loop.time()
        if not self.shown or now - self._taken_at < FRESH:
            return self._last
        self._new.clear()
        with suppress(SipAgentError, TimeoutError):
            async with asyncio.timeout(FRESH if self._last else STILL_LIMIT):
                await self._async_new()
        if self._last is None and self._data.get(CONF_STILL_URL):
            return await _async_fetch(self._coordinator.hass, self._data)
        return self._last

    @override
    async def async_stream(self) -> str | None:
        return None

    @override
    @callback
    def async_close(self) -> None:
        self._unsubscribe()
        self._stop()

    async def _async_new(self) -> None:
        """Ask for a whole picture until there is one; SipAgentError."""
        client = self._coordinator.client
        while self.shown and not self._new.is_set():
            # Whoever begins to watch has the station asked.
            if self._port:
                await client.watch_video(self._device, self._port, watched=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(ASK_AGAIN):
                    await self._new.wait()

    @callback
    def _hear(self, event: ClientEvent) -> None:
        """Read while a call shows video, or is about to."""
        match event:
            case CallChanged(call=call, event=kind) if call.device == self._device:
                self._take_call(kind)
            case VideoChanged(device=device, shown=shown) if device == self._device:
                self._show(shown=shown)
            case AgentLost():
                self._show(shown=False)

    @callback
    def _take_call(self, kind: CallEventType) -> None:
        """Begin with a ring, and end with a call that has shown nothing."""
        if kind is CallEventType.INCOMING and self._data.get(CONF_EARLY_MEDIA):
            self._start()
        elif kind in TERMINAL_EVENTS and not self._shown:
            self._stop()

    @callback
    def _show(self, *, shown: bool) -> None:
        """Take that a call shows video, or does not any more."""
        self._shown = shown
        if shown:
            self._start()
        else:
            self._stop()
        for listener in tuple(self._listeners):
            listener()

    @callback
    def _start(self) -> None:
        """Read pictures, unless that has begun."""
        if self._reading and not self._reading.done():
            return
        self._taken_at = 0.0
        self._reading = self._coordinator.config_entry.async_create_background_task(
            self._coordinator.hass, self._async_read(), "sip_intercom pictures"
        )

    @callback
    def _stop(self) -> None:
        """Read no more."""
        if self._reading:
            self._reading.cancel()
            self._reading = None
            self._new.set()

    async def _async_read(self) -> None:
        """Keep the last whole picture, until it is cancelled."""
        hass, client = self._coordinator.hass, self._coordinator.client
        port = self._port = await hass.async_add_executor_job(free_rtp_port)
        before, text = rtp_input(port)
        before = ("-skip_frame", "nokey", *before)
        try:
            async with async_ffmpeg(hass, before, text, ("-vsync", "0", *_JPEG)) as it:
                await client.watch_video(self._device, port, watched=True)
                async for jpeg in async_jpegs(it):
                    self._last, self._taken_at = jpeg, hass.loop.time()
                    self._new.set()
        except (OSError, SipAgentError) as err:
            LOGGER.warning("The video of a call cannot be read: %s", err)
        finally:
            with suppress(SipAgentError):
                await client.watch_video(self._device, port, watched=False)


async def _async_fetch(hass: HomeAssistant, data: Mapping[str, Any]) -> bytes | None:
    """Return the still picture by HTTP, with whichever authentication is asked for."""
    url: str = data[CONF_STILL_URL]
    login: str | None = data.get(CONF_CAMERA_USERNAME)
    password: str = data.get(CONF_CAMERA_PASSWORD, "")
    client = get_async_client(hass, verify_ssl=False)
    auth: httpx.Auth | None = httpx.BasicAuth(login, password) if login else None
    try:
        async with asyncio.timeout(STILL_LIMIT):
            response = await client.get(url, auth=auth)
            asked = response.headers.get("www-authenticate", "").lower()
            if login and response.status_code == _UNAUTHORIZED and "digest" in asked:
                digest = httpx.DigestAuth(login, password)
                response = await client.get(url, auth=digest)
        response.raise_for_status()
    except (httpx.HTTPError, TimeoutError) as err:
        LOGGER.debug("No picture: %s", type(err).__name__)
        return None
    return response.content if len(response.content) <= MAX_JPEG else None


@callback
def async_shared_pictures(coordinator: SipCoordinator) -> SharedPictures:
    """Return the pictures that the platforms of an entry share."""
    entry = coordinator.config_entry
    shared = coordinator.hass.data.setdefault(SHARED, {})
    if entry.entry_id not in shared:
        shared[entry.entry_id] = SharedPictures(coordinator)

        @callback
        def forget() -> None:
            del shared[entry.entry_id]

        entry.async_on_unload(forget)
    return shared[entry.entry_id]
