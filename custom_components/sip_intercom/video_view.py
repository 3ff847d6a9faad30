"""The video of a call as a stream, for Home Assistant's own players."""

from contextlib import suppress
from secrets import compare_digest, token_urlsafe
from typing import Final, override

from aiohttp import web
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .coordinator import SipCoordinator
from .ffmpeg_process import async_ffmpeg, async_output, rtp_input
from .lib.sipagent.client.ports import free_rtp_port
from .lib.sipagent.protocol.errors import SipAgentError

PATH: Final = "/api/sip_intercom/video"
_MPEG_TS: Final = ("-c:v", "copy", "-muxdelay", "0", "-f", "mpegts", "pipe:1")

STREAMS: HassKey[dict[str, CallStream]] = HassKey(f"{DOMAIN}_streams")


class CallStream:
    """The video of a device's calls, at a URL that only Home Assistant knows."""

    def __init__(self, coordinator: SipCoordinator, device: str) -> None:
        """Invent the URL."""
        self.coordinator = coordinator
        self.device = device
        self.token = token_urlsafe(24)
        hass = coordinator.hass
        if STREAMS not in hass.data:
            hass.data[STREAMS] = {}
            hass.http.register_view(VideoView())
        hass.data[STREAMS][self.token] = self

    @property
    def url(self) -> str:
        """Return where the stream is, for processes of this machine."""
        http = self.coordinator.hass.http
        scheme = "https" if http.ssl_certificate else "http"
        return f"{scheme}://127.0.0.1:{http.server_port}{PATH}/{self.token}"

    @callback
    def async_close(self) -> None:
        """Give the URL up."""
        self.coordinator.hass.data[STREAMS].pop(self.token, None)


class VideoView(HomeAssistantView):
    """Remuxes what a call shows, without decoding it; the token is the secret."""

    url = PATH + "/{token}"
    name = "api:sip_intercom:video"
    requires_auth = False

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Send the video until either side ends."""
        hass = request.app[KEY_HASS]
        stream = _stream(hass, token)
        if stream is None:
            return web.Response(status=404)
        response = web.StreamResponse(headers={"Content-Type": "video/mp2t"})
        await response.prepare(request)
        with suppress(OSError, SipAgentError):
            await _async_copy(hass, stream, response)
        return response

    @override
    def __repr__(self) -> str:
        """Return what it is, without any token."""
        return "<VideoView>"


def _stream(hass: HomeAssistant, token: str) -> CallStream | None:
    """Return the stream with a token, in a time that tells nothing of it."""
    found = None
    for known, stream in hass.data[STREAMS].items():
        if compare_digest(known.encode(), token.encode()):
            found = stream
    return found


async def _async_copy(
    hass: HomeAssistant, stream: CallStream, response: web.StreamResponse
) -> None:
    """Copy the video of a device; OSError, SipAgentError."""
    client = stream.coordinator.client
    port = await hass.async_add_executor_job(free_rtp_port)
    before, text = rtp_input(port)
    async with async_ffmpeg(hass, before, text, _MPEG_TS) as process:
        await client.watch_video(stream.device, port, watched=True)
        try:
            async for chunk in async_output(process):
                await response.write(chunk)
        finally:
            with suppress(SipAgentError):
                await client.watch_video(stream.device, port, watched=False)
