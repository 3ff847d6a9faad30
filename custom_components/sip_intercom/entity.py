"""Base entities, and how those of subentries come and go."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import ClassVar, Self, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import AVAILABILITY, SipConfigEntry, SipCoordinator
from .data import Moment
from .lib.sipagent.protocol.calls import Call

type EntityFactory = Callable[[SipCoordinator, ConfigSubentry], Iterable[SipEntity]]


class SipEntity(Entity):
    """An entity of the user agent, of an account or of a device."""

    _stateless: ClassVar[bool] = False
    """Nothing but availability changes what the entity writes on its own."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_unique_id: str

    def __init__(
        self,
        coordinator: SipCoordinator,
        owner: str,
        description: EntityDescription,
    ) -> None:
        """Belong to a subentry, or to the entry itself, by its id."""
        self.coordinator = coordinator
        self.entity_description = description
        self.owner = owner
        self._attr_unique_id = f"{owner}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, owner)})

    @property
    @override
    def available(self) -> bool:
        """Tell whether the agent runs."""
        return self.coordinator.data.available

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the state."""
        await super().async_added_to_hass()
        owner = AVAILABILITY if self._stateless else self.owner
        self.async_on_remove(
            self.coordinator.async_add_listener(owner, self._handle_state)
        )

    @callback
    def async_follow(self, newer: Self) -> None:
        """Take over what a changed subentry gives to a newer entity."""

    @callback
    def _handle_state(self) -> None:
        """Handle changed state."""
        self.async_write_ha_state()

    def _account_name(self, call: Call) -> str | None:
        """Return the name of the account of a call."""
        entry = self.coordinator.config_entry
        if call.account is None or call.account not in entry.subentries:
            return None
        return entry.subentries[call.account].title


class SipMomentEntity(SipEntity):
    """An entity that hears of calls and tones instead of following the state."""

    _stateless = True

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the moments."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_add_moment_listener(self.owner, self._handle_moment)
        )

    @abstractmethod
    def _handle_moment(self, moment: Moment) -> None:
        """Handle a call or a tone."""


class SubentryEntities:
    """The entities of one platform, kept in step with the subentries."""

    def __init__(
        self,
        entry: SipConfigEntry,
        platform: Platform,
        async_add_entities: AddConfigEntryEntitiesCallback,
        factory: EntityFactory,
    ) -> None:
        """Add the entities of the subentries, now and when subentries change."""
        self._entry = entry
        self._platform = platform
        self._async_add_entities = async_add_entities
        self._factory = factory
        self._entities: dict[str, SipEntity] = {}
        entry.async_on_unload(
            entry.runtime_data.async_add_subentry_listener(self.async_update)
        )
        self.async_update()

    @callback
    def async_update(self) -> None:
        """Add what is new, let the rest follow, remove what is gone."""
        wanted: dict[str, SipEntity] = {}
        for subentry in self._entry.subentries.values():
            entities = {
                entity.unique_id: entity
                for entity in self._factory(self._entry.runtime_data, subentry)
                if entity.unique_id
            }
            wanted |= entities
            new = [
                entity
                for unique_id, entity in entities.items()
                if unique_id not in self._entities
            ]
            self._async_add_entities(new, config_subentry_id=subentry.subentry_id)
        self._remove_stale(wanted.keys())
        for unique_id, entity in wanted.items():
            known = self._entities.setdefault(unique_id, entity)
            if type(known) is type(entity):
                known.async_follow(entity)
            else:
                self._entities[unique_id] = entity
                self._entry.async_create_task(
                    self._entry.runtime_data.hass, self._async_replace(known, entity)
                )

    async def _async_replace(self, known: SipEntity, entity: SipEntity) -> None:
        """Put an entity of another kind in the place of one, under its id."""
        await known.async_remove(force_remove=True)
        self._async_add_entities([entity], config_subentry_id=entity.owner)

    def _remove_stale(self, wanted: Iterable[str]) -> None:
        """Remove the entities of subentries and buttons that are gone."""
        registry = er.async_get(self._entry.runtime_data.hass)
        for item in er.async_entries_for_config_entry(registry, self._entry.entry_id):
            of_subentry = item.config_subentry_id is not None
            if item.domain != self._platform or not of_subentry:
                continue
            if item.unique_id not in wanted:
                registry.async_remove(item.entity_id)
        self._entities = {
            unique_id: entity
            for unique_id, entity in self._entities.items()
            if unique_id in wanted
        }
