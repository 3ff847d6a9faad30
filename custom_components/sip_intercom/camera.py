"""Camera platform: the picture of a device, and its voice."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, override

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components import camera
from homeassistant.components.camera import Camera, CameraEntityDescription
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.components.camera.webrtc import WebRTCSendMessage
from homeassistant.components.websocket_api.connection import current_connection
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from webrtc_models import RTCIceCandidateInit

from .const import CONF_TALK, SUBENTRY_DEVICE
from .coordinator import SipConfigEntry, SipCoordinator
from .entity import SipEntity, SubentryEntities
from .errors import input_error
from .lib.sipagent.protocol.sdp import sends_audio
from .picture_entity import PictureEntity
from .pictures import (
    CallPictures,
    SharedPictures,
    async_shared_pictures,
    has_pictures,
)
from .video_feed import VideoFeed
from .video_view import CallStream
from .viewers import Viewers

PARALLEL_UPDATES = 0

CAMERA: Final = CameraEntityDescription(key="camera", translation_key="camera")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the cameras."""
    viewers = Viewers(entry.runtime_data)
    pictures = async_shared_pictures(entry.runtime_data)

    def entities(
        coordinator: SipCoordinator, subentry: ConfigSubentry
    ) -> Iterable[SipEntity]:
        """Return the camera of a device, if it has one."""
        if subentry.subentry_type != SUBENTRY_DEVICE:
            return
        if has_pictures(subentry.data) and subentry.data.get(CONF_TALK):
            yield SipTalkCamera(coordinator, subentry, pictures, viewers)
        elif has_pictures(subentry.data):
            yield SipCamera(coordinator, subentry, pictures)

    SubentryEntities(entry, Platform.CAMERA, async_add_entities, entities)


class SipCamera(PictureEntity, Camera):
    """The picture of a device; all but stills is left to Home Assistant."""

    # Home Assistant asks for the stream as soon as there could be one.
    _attr_supported_features = CameraEntityFeature(0)
    _talks = False
    """Browsers are connected also where there is no stream."""

    def __init__(
        self,
        coordinator: SipCoordinator,
        subentry: ConfigSubentry,
        shared: SharedPictures,
    ) -> None:
        """Take where the pictures come from; nothing begins yet."""
        PictureEntity.__init__(self, coordinator, subentry, shared, CAMERA)
        Camera.__init__(self)
        self._call_stream: CallStream | None = None
        self._unlisten: CALLBACK_TYPE | None = None

    @property
    @override
    def is_streaming(self) -> bool:
        """Tell whether a call shows video, or somebody plays the stream."""
        if isinstance(self._pictures, CallPictures):
            return self._pictures.shown
        return self.stream is not None

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return a still picture, never by answering a call."""
        return await self._pictures.async_still()

    @override
    async def stream_source(self) -> str | None:
        """Return where the stream is."""
        if self._call_stream:
            return self._call_stream.url
        return await self._pictures.async_stream()

    @callback
    @override
    def _open(self) -> None:
        """Take the pictures, and follow whether a call shows video."""
        super()._open()
        self._attr_supported_features = CameraEntityFeature.STREAM
        self.stream_options = dict(self._pictures.stream_options)
        if isinstance(self._pictures, CallPictures):
            self._call_stream = CallStream(self.coordinator, self.owner)
            self._unlisten = self._pictures.async_listen(self._handle_video)
            self._handle_video()

    @callback
    @override
    def _shut(self) -> None:
        """Let go of the pictures."""
        if self._unlisten:
            self._unlisten()
        if self._call_stream:
            self._call_stream.async_close()
        self._unlisten = self._call_stream = None
        self._stop_stream()
        super()._shut()

    @callback
    def _handle_video(self) -> None:
        """Offer a stream only while there is one."""
        shown = isinstance(self._pictures, CallPictures) and self._pictures.shown
        self._attr_supported_features = (
            CameraEntityFeature.STREAM
            if shown or self._talks
            else CameraEntityFeature(0)
        )
        if not shown:
            self._stop_stream()
        self.async_write_ha_state()

    @callback
    def _stop_stream(self) -> None:
        """Stop Home Assistant's own player."""
        if self.stream:
            stream, self.stream = self.stream, None
            self.hass.async_create_task(stream.stop(), "sip_intercom stream")


class SipTalkCamera(SipCamera):
    """The picture of a device, and talking to it: WebRTC is our own."""

    _talks = True

    def __init__(
        self,
        coordinator: SipCoordinator,
        subentry: ConfigSubentry,
        shared: SharedPictures,
        viewers: Viewers,
    ) -> None:
        """Take where the pictures come from, and who connects browsers."""
        super().__init__(coordinator, subentry, shared)
        self._viewers = viewers
        if capabilities := getattr(camera, "CameraEntityCapabilities", None):
            self._attr_camera_entity_capabilities = capabilities(two_way_audio=True)
        self._feed: VideoFeed | None = None

    @callback
    @override
    def _open(self) -> None:
        super()._open()
        if not isinstance(self._pictures, CallPictures):
            self._feed = VideoFeed(self.coordinator, self.owner, self._pictures)

    @callback
    @override
    def _shut(self) -> None:
        """Let go of the browsers, too."""
        self._viewers.async_close_device(self.owner)
        if self._feed:
            self._feed.async_close()
            self._feed = None
        super()._shut()

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Connect a browser; one that sends audio answers the call, or makes one."""
        by = self._checked_user(offer_sdp)
        if self._feed:
            self._feed.async_hold(session_id)
        await self._viewers.async_open(
            self.owner, session_id, offer_sdp, send_message, by
        )

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Take a way to a browser."""
        await self._viewers.async_add_candidate(session_id, candidate)

    @callback
    @override
    def close_webrtc_session(self, session_id: str) -> None:
        """Let go of a browser."""
        self._viewers.async_close(session_id)
        if self._feed:
            self._feed.async_release(session_id)

    def _checked_user(self, offer: str) -> str:
        """Return the name of who asks, who may talk only with the right to control."""
        connection = current_connection.get()
        if connection is None:
            return ""
        user = connection.user
        if sends_audio(offer) and not user.permissions.check_entity(
            self.entity_id, POLICY_CONTROL
        ):
            raise input_error("may_not_talk")
        return user.name or ""

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return that one can talk, for those who cannot ask for capabilities."""
        return {CONF_TALK: True}
