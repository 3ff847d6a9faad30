"""What entities with the pictures of a device have in common."""

from collections.abc import Mapping
from typing import Any, Self, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers.entity import EntityDescription

from .coordinator import SipCoordinator
from .entity import SipEntity
from .pictures import Pictures, SharedPictures, picture_settings


class PictureEntity(SipEntity):
    """An entity that holds the pictures of its device as long as it is there."""

    _pictures: Pictures

    def __init__(
        self,
        coordinator: SipCoordinator,
        subentry: ConfigSubentry,
        shared: SharedPictures,
        description: EntityDescription,
    ) -> None:
        """Take where the pictures come from; nothing begins yet."""
        super().__init__(coordinator, subentry.subentry_id, description)
        self._data: Mapping[str, Any] = subentry.data
        self._shared = shared
        self._opened = False

    @override
    async def async_added_to_hass(self) -> None:
        """Begin."""
        await super().async_added_to_hass()
        self._open()
        self._opened = True

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Let go of the pictures."""
        self._opened = False
        self._shut()
        await super().async_will_remove_from_hass()

    @callback
    @override
    def async_follow(self, newer: Self) -> None:
        """Take over where the pictures come from now."""
        before, self._data = self._data, newer._data
        changed = picture_settings(before) != picture_settings(self._data)
        if changed and self._opened:
            self._shut()
            self._open()

    @callback
    def _open(self) -> None:
        """Take the pictures."""
        self._pictures = self._shared.async_hold(self.owner, self._data)

    @callback
    def _shut(self) -> None:
        """Let go of the pictures."""
        self._shared.async_release(self.owner)
