"""The stream of a camera, as RTP for the browsers of a device."""

import asyncio
from contextlib import suppress
from typing import Final

from homeassistant.core import callback

from .const import LOGGER
from .coordinator import SipCoordinator
from .ffmpeg_process import async_ffmpeg, url_input
from .lib.sipagent.protocol.errors import SipAgentError
from .pictures import Pictures

LINGER: Final = 15.0
"""Seconds that a stream goes on without browsers: one who talks comes back at once."""
RETRY: Final = 3.0  # seconds
_RTP: Final = (
    *("-an", "-c:v", "copy", "-bsf:v", "dump_extra=freq=keyframe"),
    *("-payload_type", "96", "-f", "rtp"),
)


class VideoFeed:
    """Copies a stream to the agent as long as a browser looks, without decoding it."""

    def __init__(
        self, coordinator: SipCoordinator, device: str, pictures: Pictures
    ) -> None:
        """Stand still."""
        self._coordinator = coordinator
        self._device = device
        self._pictures = pictures
        self._viewers: set[str] = set()
        self._running: asyncio.Task[None] | None = None
        self._ending: asyncio.TimerHandle | None = None

    @callback
    def async_hold(self, viewer: str) -> None:
        """Run for a browser."""
        self._viewers.add(viewer)
        if self._ending:
            self._ending.cancel()
            self._ending = None
        if self._running is None or self._running.done():
            coordinator = self._coordinator
            self._running = coordinator.config_entry.async_create_background_task(
                coordinator.hass, self._async_run(), "sip_intercom video"
            )

    @callback
    def async_release(self, viewer: str) -> None:
        """Run no more for a browser, and soon not at all."""
        self._viewers.discard(viewer)
        if not self._viewers and self._running and self._ending is None:
            loop = self._coordinator.hass.loop
            self._ending = loop.call_later(LINGER, self.async_close)

    @callback
    def async_close(self) -> None:
        """Stop at once."""
        if self._ending:
            self._ending.cancel()
            self._ending = None
        if self._running:
            self._running.cancel()
            self._running = None

    async def _async_run(self) -> None:
        """Copy, again and again where the stream ends, until it is cancelled."""
        client = self._coordinator.client
        try:
            while True:
                with suppress(SipAgentError):
                    await self._async_copy()
                await asyncio.sleep(RETRY)
        finally:
            with suppress(SipAgentError):
                await client.close_video(self._device)

    async def _async_copy(self) -> None:
        """Copy until the stream ends; SipAgentError."""
        url = await self._pictures.async_stream()
        if not url:
            return
        port = await self._coordinator.client.open_video(self._device)
        before, text = url_input(url)
        after = (*_RTP, f"rtp://127.0.0.1:{port}?pkt_size=1200")
        try:
            hass = self._coordinator.hass
            async with async_ffmpeg(hass, before, text, after) as process:
                await process.wait()
        except OSError as err:
            LOGGER.warning("ffmpeg cannot be started: %s", err)
