"""Media player platform: a device as a speaker."""

from collections.abc import Iterable
from typing import Any, Final, override

from homeassistant.components import media_source
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityDescription,
)
from homeassistant.components.media_player.browse_media import BrowseMedia
from homeassistant.components.media_player.const import (
    ATTR_MEDIA_ANNOUNCE,
    MediaPlayerDeviceClass,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_DEVICE
from .coordinator import SipConfigEntry, SipCoordinator
from .entity import SipEntity, SubentryEntities
from .speaker import Speaker

PARALLEL_UPDATES = 0

SPEAKER: Final = MediaPlayerEntityDescription(
    key="speaker",
    translation_key="speaker",
    device_class=MediaPlayerDeviceClass.SPEAKER,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the speakers."""
    SubentryEntities(entry, Platform.MEDIA_PLAYER, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the speaker of a device."""
    if subentry.subentry_type == SUBENTRY_DEVICE:
        yield SipSpeaker(coordinator, subentry.subentry_id, SPEAKER)


class SipSpeaker(SipEntity, MediaPlayerEntity):
    """What the visitor at a device hears of Home Assistant."""

    _attr_supported_features = (
        MediaPlayerEntityFeature.BROWSE_MEDIA
        | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
        | MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.STOP
        | MediaPlayerEntityFeature.VOLUME_SET
        | MediaPlayerEntityFeature.VOLUME_STEP
    )

    def __init__(
        self,
        coordinator: SipCoordinator,
        owner: str,
        description: MediaPlayerEntityDescription,
    ) -> None:
        """Speak into the calls of a device."""
        super().__init__(coordinator, owner, description)
        self._speaker = Speaker(coordinator, owner)

    @property
    @override
    def state(self) -> MediaPlayerState:
        """Return whether something is played."""
        if self._speaker.playing:
            return MediaPlayerState.PLAYING
        return MediaPlayerState.IDLE

    @property
    @override
    def volume_level(self) -> float:
        """Return the volume; 1 is that of the sound."""
        return self._speaker.volume

    @override
    async def async_play_media(
        self, media_type: MediaType | str, media_id: str, **kwargs: Any
    ) -> None:
        """Play into the call; announcements wait for each other."""
        announce = bool(kwargs.get(ATTR_MEDIA_ANNOUNCE))
        await self._speaker.async_play(media_id, self.entity_id, announce=announce)

    @override
    async def async_media_stop(self) -> None:
        """Stop what is played."""
        await self._speaker.async_stop()

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Change the volume."""
        await self._speaker.async_set_volume(volume)
        self.async_write_ha_state()

    @override
    async def async_browse_media(
        self,
        media_content_type: MediaType | str | None = None,
        media_content_id: str | None = None,
    ) -> BrowseMedia:
        """Return what can be played: all sound that Home Assistant has."""
        return await media_source.async_browse_media(
            self.hass, media_content_id, content_filter=_is_sound
        )


def _is_sound(item: BrowseMedia) -> bool:
    """Tell whether something can be heard."""
    return item.media_content_type.startswith("audio/")
