"""Event platform: rings, calls and tones."""

from collections.abc import Iterable
from typing import Final, Self, override

from homeassistant.components.event import (
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_ID, CONF_NAME, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls import call_attributes
from .const import (
    ATTR_CALL_ID,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    ATTR_DOOR,
    ATTR_DOOR_ID,
    ATTR_NAME,
    ATTR_PROOF,
    ATTR_REASON,
    ATTR_SOURCE,
    ATTR_TEXT,
    ATTR_TONE,
    CONF_BUTTONS,
    CONF_DOORS,
    CONF_KIND,
    CONF_PINS,
    EVENT_ACCEPTED,
    EVENT_FAILED,
    EVENT_LOCKED_OUT,
    EVENT_MESSAGE,
    EVENT_OPENED,
    EVENT_REFUSED,
    EVENT_TONE,
    RINGING_KINDS,
    SUBENTRY_ACCOUNT,
    SUBENTRY_DEVICE,
)
from .coordinator import SipConfigEntry, SipCoordinator
from .data import DoorMoment, Moment, PinMoment
from .entity import SipEntity, SipMomentEntity, SubentryEntities
from .guessing import GUESSING, SipPasswordGuessingEvent
from .lib.sipagent.protocol.calls import Call, CallEventType, Direction
from .lib.sipagent.protocol.messages import CallChanged, MessageReceived, ToneReceived

PARALLEL_UPDATES = 0

INBOUND_EVENT_TYPES: Final = [
    CallEventType.INCOMING.value,
    CallEventType.ANSWERED.value,
    CallEventType.ENDED.value,
    CallEventType.MISSED.value,
    CallEventType.DECLINED.value,
    CallEventType.ANSWERED_ELSEWHERE.value,
    CallEventType.FAILED.value,
]

DOORBELL: Final = EventEntityDescription(
    key="doorbell",
    translation_key="doorbell",
    device_class=EventDeviceClass.DOORBELL,
    event_types=[DoorbellEventType.RING],
)
CALL: Final = EventEntityDescription(
    key="call",
    translation_key="call",
    event_types=[CallEventType.OUTGOING.value, *INBOUND_EVENT_TYPES],
)
TONE: Final = EventEntityDescription(
    key="tone",
    translation_key="tone",
    event_types=[EVENT_TONE],
)
MESSAGE: Final = EventEntityDescription(
    key="message",
    translation_key="message",
    event_types=[EVENT_MESSAGE],
)
PIN: Final = EventEntityDescription(
    key="pin",
    translation_key="pin",
    event_types=[EVENT_ACCEPTED, EVENT_REFUSED, EVENT_LOCKED_OUT],
)
DOOR: Final = EventEntityDescription(
    key="door",
    translation_key="door",
    event_types=[EVENT_OPENED, EVENT_FAILED],
)
INCOMING_CALL: Final = EventEntityDescription(
    key="incoming_call",
    translation_key="incoming_call",
    event_types=INBOUND_EVENT_TYPES,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entities."""
    async_add_entities(
        [SipPasswordGuessingEvent(entry.runtime_data, entry.entry_id, GUESSING)]
    )
    SubentryEntities(entry, Platform.EVENT, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the entities of an account or a device; the doorbell hears first."""
    owner = subentry.subentry_id
    if subentry.subentry_type == SUBENTRY_ACCOUNT:
        yield SipAccountCallEvent(coordinator, owner, INCOMING_CALL)
        yield SipAccountMessageEvent(coordinator, owner, MESSAGE)
    if subentry.subentry_type != SUBENTRY_DEVICE:
        return
    if subentry.data[CONF_KIND] in RINGING_KINDS:
        yield SipDoorbellEvent(coordinator, owner, DOORBELL)
        for button in subentry.data.get(CONF_BUTTONS, ()):
            yield SipButtonDoorbellEvent(coordinator, owner, button)
    yield SipCallEvent(coordinator, owner, CALL)
    yield SipToneEvent(coordinator, owner, TONE)
    yield SipMessageEvent(coordinator, owner, MESSAGE)
    if subentry.data.get(CONF_PINS):
        yield SipPinEvent(coordinator, owner, PIN)
    if subentry.data.get(CONF_DOORS):
        yield SipDoorEvent(coordinator, owner, DOOR)


class SipEventEntity(SipMomentEntity, EventEntity):
    """An event entity of an account or a device."""

    @callback
    def _fire(self, event_type: str, call: Call, event: CallEventType) -> None:
        """Write an event of a call."""
        attributes = call_attributes(call, self._account_name(call), event)
        self._trigger_event(event_type, attributes)
        self.async_write_ha_state()


class SipDoorbellEvent(SipEventEntity):
    """The bell of a device: a call that none of its buttons accounts for."""

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Ring when a call comes in."""
        match moment:
            case CallChanged(event=CallEventType.INCOMING, call=call) if self._is_mine(
                call
            ):
                self._fire(DoorbellEventType.RING, call, CallEventType.INCOMING)

    def _is_mine(self, call: Call) -> bool:
        """Tell whether this bell rings."""
        subentry = self.coordinator.config_entry.subentries.get(self.owner)
        if subentry is None:
            return False
        buttons = subentry.data.get(CONF_BUTTONS, ())
        return call.button not in {button[CONF_ID] for button in buttons}


class SipButtonDoorbellEvent(SipDoorbellEvent):
    """The bell of one button."""

    _attr_name: str

    def __init__(
        self, coordinator: SipCoordinator, owner: str, button: dict[str, str]
    ) -> None:
        """Take name and id of the button."""
        super().__init__(coordinator, owner, DOORBELL)
        self._button = button[CONF_ID]
        self._attr_name = button[CONF_NAME]
        self._attr_unique_id = f"{owner}_{DOORBELL.key}_{self._button}"

    @override
    @callback
    def async_follow(self, newer: Self) -> None:
        """Take over the name."""
        if newer._attr_name == self._attr_name:
            return
        self._attr_name = newer._attr_name
        registry = er.async_get(self.hass)
        registry.async_update_entity(self.entity_id, original_name=self._attr_name)

    @override
    def _is_mine(self, call: Call) -> bool:
        """Tell whether the button was pressed."""
        return call.button == self._button


class SipCallEvent(SipEventEntity):
    """What happens to the calls of a device."""

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Write every step of a call."""
        match moment:
            case CallChanged(event=event, call=call) if event in self.event_types:
                self._fire(event, call, event)


class SipAccountCallEvent(SipCallEvent):
    """Incoming calls over an account from nobody who is known."""

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Write the steps of calls that no device made."""
        match moment:
            case CallChanged(call=Call(device=None, direction=Direction.INBOUND)):
                super()._handle_moment(moment)


class SipToneEvent(SipEventEntity):
    """The tones that a device sends during a call."""

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Write a tone."""
        match moment:
            case ToneReceived(call=call, tone=tone):
                self._trigger_event(EVENT_TONE, {ATTR_TONE: tone, ATTR_CALL_ID: call})
                self.async_write_ha_state()


class SipDoorEvent(SipEventEntity):
    """The openings of a device's doors, with who or what asked for them."""

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Write an opening in the context of who asked for it."""
        match moment:
            case DoorMoment(context=context, reason=reason):
                if context:
                    self.async_set_context(context)
                event = EVENT_OPENED if reason is None else EVENT_FAILED
                self._trigger_event(event, _door_attributes(moment))
                self.async_write_ha_state()


def _door_attributes(moment: DoorMoment) -> dict[str, str]:
    """Return what applies of an opening."""
    attributes = {
        ATTR_DOOR: moment.door_name,
        ATTR_DOOR_ID: moment.door,
        ATTR_SOURCE: moment.source,
        ATTR_NAME: moment.name,
        ATTR_CALL_ID: moment.call,
        ATTR_REASON: moment.reason,
    }
    return {name: value for name, value in attributes.items() if value is not None}


class SipMessageEvent(SipEventEntity):
    """The texts of a device."""

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Write a text with what vouches for its sender."""
        match moment:
            case MessageReceived() if self._is_mine(moment):
                self._trigger_event(
                    EVENT_MESSAGE,
                    {
                        ATTR_TEXT: moment.text,
                        ATTR_CALLER: moment.caller,
                        ATTR_CALLER_NAME: moment.caller_name,
                        ATTR_PROOF: moment.proof.value,
                    },
                )
                self.async_write_ha_state()

    def _is_mine(self, message: MessageReceived) -> bool:
        """Tell whether a text is of this owner."""
        return message.device == self.owner


class SipAccountMessageEvent(SipMessageEvent):
    """Texts over an account from nobody who is known."""

    @override
    def _is_mine(self, message: MessageReceived) -> bool:
        """Tell whether no device has sent a text."""
        return message.device is None


class SipPinEvent(SipEventEntity):
    """The uses of a device's PINs, and what was refused."""

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Write what became of an entry; the entry itself is nowhere."""
        match moment:
            case PinMoment():
                self._trigger_event(moment.event, moment.attributes())
                self.async_write_ha_state()
