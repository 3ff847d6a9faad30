"""Switch platform: do not disturb, busy, automatic answer."""

from collections.abc import Iterable
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_DEVICE
from .coordinator import SipConfigEntry, SipCoordinator
from .entity import SipEntity, SubentryEntities

PARALLEL_UPDATES = 0

DO_NOT_DISTURB: Final = SwitchEntityDescription(
    key="do_not_disturb", translation_key="do_not_disturb"
)
BUSY: Final = SwitchEntityDescription(
    key="busy",
    translation_key="busy_in_call",
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
)
AUTO_ANSWER: Final = SwitchEntityDescription(
    key="auto_answer",
    translation_key="auto_answer",
    entity_category=EntityCategory.CONFIG,
)
ANSWER_AS_ASKED: Final = SwitchEntityDescription(
    key="answer_as_asked",
    translation_key="answer_as_asked",
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
)
USER_AGENT_DESCRIPTIONS: Final = (DO_NOT_DISTURB, BUSY)
DEVICE_DESCRIPTIONS: Final = (DO_NOT_DISTURB, BUSY, AUTO_ANSWER, ANSWER_AS_ASKED)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches."""
    async_add_entities(
        SipModeSwitch(entry.runtime_data, entry.entry_id, description)
        for description in USER_AGENT_DESCRIPTIONS
    )
    SubentryEntities(entry, Platform.SWITCH, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the switches of a device."""
    if subentry.subentry_type == SUBENTRY_DEVICE:
        for description in DEVICE_DESCRIPTIONS:
            yield SipModeSwitch(coordinator, subentry.subentry_id, description)


class SipModeSwitch(SipEntity, SwitchEntity):
    """What becomes of calls; the agent hears of it at once, calls go on."""

    _stateless = True

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether the mode is on."""
        return self.coordinator.modes.is_on(self.owner, self.entity_description.key)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch the mode on."""
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch the mode off."""
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        """Switch the mode and apply it."""
        mode = self.entity_description.key
        await self.coordinator.modes.async_set(self.owner, mode, on=on)
        await self.coordinator.async_configure()
        self.async_write_ha_state()
