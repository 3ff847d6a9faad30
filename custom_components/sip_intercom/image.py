"""Image platform: the last visitor."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import CONF_KIND, RINGING_KINDS, SUBENTRY_DEVICE
from .coordinator import SipConfigEntry, SipCoordinator
from .data import Moment
from .entity import SipEntity, SipMomentEntity, SubentryEntities
from .lib.sipagent.protocol.calls import TERMINAL_EVENTS, CallEventType, Direction
from .lib.sipagent.protocol.messages import CallChanged
from .picture_entity import PictureEntity
from .pictures import SharedPictures, async_shared_pictures, has_pictures
from .visitor_files import VisitorFiles, async_forget_visitors

PARALLEL_UPDATES = 0

LAST_VISITOR: Final = ImageEntityDescription(
    key="last_visitor", translation_key="last_visitor"
)
RETRY: Final = 0.5  # seconds
TAKE_LIMIT: Final = 60.0  # seconds


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the pictures of visitors."""
    await async_forget_visitors(hass, entry.subentries)
    pictures = async_shared_pictures(entry.runtime_data)

    def entities(
        coordinator: SipCoordinator, subentry: ConfigSubentry
    ) -> Iterable[SipEntity]:
        """Return the picture of the last visitor, if a device rings and has pictures."""
        if subentry.subentry_type != SUBENTRY_DEVICE:
            return
        rings = subentry.data.get(CONF_KIND) in RINGING_KINDS
        if rings and has_pictures(subentry.data):
            yield SipLastVisitor(coordinator, subentry, pictures)

    SubentryEntities(entry, Platform.IMAGE, async_add_entities, entities)


class SipLastVisitor(PictureEntity, SipMomentEntity, ImageEntity):
    """The picture of the last ring; older ones are kept for the history."""

    _attr_content_type = "image/jpeg"

    def __init__(
        self,
        coordinator: SipCoordinator,
        subentry: ConfigSubentry,
        shared: SharedPictures,
    ) -> None:
        """Take where the pictures come from; nothing begins yet."""
        PictureEntity.__init__(self, coordinator, subentry, shared, LAST_VISITOR)
        ImageEntity.__init__(self, coordinator.hass)
        self._files = VisitorFiles(coordinator.hass, self.owner)
        self._picture: bytes | None = None
        self._taking: asyncio.Task[None] | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Show the picture that was taken before a restart."""
        await super().async_added_to_hass()
        if last := await self._files.async_last():
            self._picture, self._attr_image_last_updated = last

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Take no more pictures."""
        if self._taking:
            self._taking.cancel()
        await super().async_will_remove_from_hass()

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture."""
        return self._picture

    @callback
    @override
    def _handle_moment(self, moment: Moment) -> None:
        """Take a picture of who rings, while there is one to be had."""
        match moment:
            case CallChanged(event=CallEventType.INCOMING, call=call) if (
                call.direction is Direction.INBOUND
            ):
                if self._taking:
                    self._taking.cancel()
                self._taking = (
                    self.coordinator.config_entry.async_create_background_task(
                        self.hass, self._async_take(), "sip_intercom visitor"
                    )
                )
            case CallChanged(event=event) if event in TERMINAL_EVENTS and self._taking:
                self._taking.cancel()
                self._taking = None

    async def _async_take(self) -> None:
        """Wait for a picture that is of this ring, and keep it."""
        began = dt_util.utcnow()
        with suppress(TimeoutError):
            async with asyncio.timeout(TAKE_LIMIT):
                await self._async_show(await self._async_new(), began)

    async def _async_new(self) -> bytes:
        """Return the first picture that is another one than the last."""
        while True:
            picture = await self._pictures.async_still()
            if picture and picture != self._picture:
                return picture
            await asyncio.sleep(RETRY)

    async def _async_show(self, picture: bytes, taken: datetime) -> None:
        """Show a picture and keep it."""
        self._picture, self._attr_image_last_updated = picture, taken
        self.async_write_ha_state()
        with suppress(OSError):
            await self._files.async_add(picture, taken)
