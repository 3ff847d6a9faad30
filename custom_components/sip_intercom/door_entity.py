"""Entities of one door."""

from typing import Self, override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import EntityDescription

from .coordinator import SipCoordinator
from .doors import Door
from .entity import SipEntity


class SipDoorEntity(SipEntity):
    """An entity of a door, which may have a new name or a new code."""

    _stateless = True

    def __init__(
        self,
        coordinator: SipCoordinator,
        owner: str,
        description: EntityDescription,
        door: Door,
    ) -> None:
        """Belong to a door of a device."""
        super().__init__(coordinator, owner, description)
        self.door = door
        self._attr_unique_id = f"{owner}_{description.key}_{door.id}"
        self._attr_translation_placeholders = {"door": door.name}

    @override
    @callback
    def async_follow(self, newer: Self) -> None:
        """Take over what is configured now."""
        renamed = newer.door.name != self.door.name
        self.door = newer.door
        if not renamed:
            return
        self._attr_translation_placeholders = {"door": self.door.name}
        self.__dict__.pop("name", None)
        if self.hass and self.registry_entry:
            registry = er.async_get(self.hass)
            name = self.name if isinstance(self.name, str) else self.door.name
            registry.async_update_entity(self.entity_id, original_name=name)
