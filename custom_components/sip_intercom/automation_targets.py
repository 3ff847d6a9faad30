"""Which entities of ours a trigger or a condition is about."""

from collections.abc import Collection
from typing import ClassVar

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN


def entities_of(
    hass: HomeAssistant, entities: set[str], keys: Collection[str]
) -> set[str]:
    """Return those of some entities that are ours and have one of these keys."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entities
        if (entry := registry.async_get(entity_id))
        and entry.platform == DOMAIN
        and entry.translation_key in keys
    }


class OurEntities:
    """Restricts a trigger or a condition to our entities with certain keys."""

    _hass: HomeAssistant
    _keys: ClassVar[frozenset[str]]

    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return those of the targeted entities that are meant."""
        return entities_of(self._hass, entities, self._keys)
