"""Lock platform: doors that are shown as locks, for those who want that."""

from collections.abc import Iterable
from typing import Any, Final, override

from homeassistant.components.lock import LockEntity, LockEntityDescription
from homeassistant.components.lock.const import LockEntityFeature
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

from .const import SUBENTRY_DEVICE
from .coordinator import SipConfigEntry, SipCoordinator
from .door_entity import SipDoorEntity
from .door_opening import DoorSource, async_open_door
from .doors import doors_of
from .entity import SipEntity, SubentryEntities

PARALLEL_UPDATES = 0

DOOR: Final = LockEntityDescription(key="lock", translation_key="door")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the locks."""
    SubentryEntities(entry, Platform.LOCK, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the locks of a device's doors."""
    if subentry.subentry_type == SUBENTRY_DEVICE:
        for door in doors_of(subentry):
            if door.lock:
                yield SipDoorLock(coordinator, subentry.subentry_id, DOOR, door)


class SipDoorLock(SipDoorEntity, LockEntity):
    """A door that unlocks for a while; nobody knows whether it really did."""

    _attr_supported_features = LockEntityFeature.OPEN
    _attr_assumed_state = True
    _attr_is_locked = True
    _attr_is_open = False
    _attr_is_opening = False
    _closing: CALLBACK_TYPE | None = None

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Forget that the door is to be shown as locked."""
        self._stop_closing()

    @override
    async def async_open(self, **kwargs: Any) -> None:
        """Open the door and show it as open for its time."""
        self._stop_closing()
        self._show(is_opening=True)
        try:
            await async_open_door(
                self.coordinator,
                self.owner,
                self.door,
                DoorSource.LOCK,
                context=self._context,
            )
        except BaseException:
            self._show()
            raise
        self._show(is_open=True)
        self._closing = async_call_later(self.hass, self.door.open_time, self._close)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Open the door, which is all that can be done to it."""
        await self.async_open(**kwargs)

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Do nothing: the door locks by itself."""

    @callback
    def _close(self, _now: object) -> None:
        """Show the door as locked."""
        self._closing = None
        self._show()

    @callback
    def _show(self, *, is_opening: bool = False, is_open: bool = False) -> None:
        """Write what the door is assumed to do."""
        self._attr_is_opening, self._attr_is_open = is_opening, is_open
        self._attr_is_locked = not (is_opening or is_open)
        self.async_write_ha_state()

    def _stop_closing(self) -> None:
        if self._closing:
            self._closing()
            self._closing = None
