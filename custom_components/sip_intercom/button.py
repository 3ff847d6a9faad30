"""Button platform: answer, decline, hang up and open doors."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls import endable_call, ringing_call
from .const import SUBENTRY_DEVICE
from .coordinator import SipConfigEntry, SipCoordinator
from .door_entity import SipDoorEntity
from .door_opening import DoorSource, async_open_door
from .doors import doors_of
from .entity import SipEntity, SubentryEntities
from .errors import input_error, translated_errors
from .lib.sipagent.client.client import AgentClient
from .lib.sipagent.protocol.calls import Call
from .users import async_user_name

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SipButtonEntityDescription(ButtonEntityDescription):
    """Describe a button: the call that it means, and what it does to it for whom."""

    call_fn: Callable[[Iterable[Call]], Call | None]
    press_fn: Callable[[AgentClient, str, str], Coroutine[Any, Any, None]]
    no_call_key: str


OPEN_DOOR: Final = ButtonEntityDescription(key="door", translation_key="open_door")
RESET: Final = ButtonEntityDescription(
    key="reset_missed_calls",
    translation_key="reset_missed_calls",
    entity_category=EntityCategory.CONFIG,
)
DESCRIPTIONS: Final = (
    SipButtonEntityDescription(
        key="answer",
        translation_key="answer",
        call_fn=ringing_call,
        press_fn=lambda client, call, by: client.answer(call, by),
        no_call_key="no_ringing_call",
    ),
    SipButtonEntityDescription(
        key="decline",
        translation_key="decline",
        call_fn=ringing_call,
        press_fn=lambda client, call, _: client.decline(call),
        no_call_key="no_ringing_call",
    ),
    SipButtonEntityDescription(
        key="hang_up",
        translation_key="hang_up",
        call_fn=endable_call,
        press_fn=lambda client, call, _: client.hang_up(call),
        no_call_key="no_call",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons."""
    SubentryEntities(entry, Platform.BUTTON, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the entities of a device."""
    if subentry.subentry_type == SUBENTRY_DEVICE:
        for description in DESCRIPTIONS:
            yield SipButton(coordinator, subentry.subentry_id, description)
        yield SipResetButton(coordinator, subentry.subentry_id, RESET)
        for door in doors_of(subentry):
            yield SipDoorButton(coordinator, subentry.subentry_id, OPEN_DOOR, door)


class SipButton(SipEntity, ButtonEntity):
    """A button that does something to a call of a device."""

    _stateless = True
    entity_description: SipButtonEntityDescription

    @override
    async def async_press(self) -> None:
        """Do it to the call that is meant."""
        description = self.entity_description
        call = description.call_fn(self.coordinator.device_calls(self.owner))
        if call is None:
            raise input_error(description.no_call_key)
        by = await async_user_name(self.hass, self._context)
        with translated_errors():
            await description.press_fn(self.coordinator.client, call.id, by)


class SipDoorButton(SipDoorEntity, ButtonEntity):
    """A button that opens a door."""

    @override
    async def async_press(self) -> None:
        """Open the door."""
        await async_open_door(
            self.coordinator,
            self.owner,
            self.door,
            DoorSource.BUTTON,
            context=self._context,
        )


class SipResetButton(SipEntity, ButtonEntity):
    """A button that sets the number of missed calls to zero."""

    _stateless = True

    @override
    async def async_press(self) -> None:
        """Count from zero."""
        self.coordinator.async_reset(self.owner)
