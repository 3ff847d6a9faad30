"""Triggers: what happens at the door, in the words of the door."""

from time import monotonic
from typing import Any, ClassVar, Final, override

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.event.const import ATTR_EVENT_TYPE
from homeassistant.const import CONF_OPTIONS, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTransitionTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerConfig,
)
import probatio

from .automation_targets import OurEntities
from .const import ATTR_CALL_ID, ATTR_DOOR, ATTR_TONE

OPTION_BUTTON: Final = "button"
OPTION_DOOR: Final = "door"
OPTION_TONES: Final = "tones"
LONGEST_PAUSE: Final = 5.0
"""Seconds between two tones of a sequence."""
_RESETS: Final = frozenset("*#")
_ANY: Final = {EVENT_DOMAIN: DomainSpec()}
_TONES: Final = probatio.All(
    cv.string,
    probatio.Upper,
    probatio.Match(r"^[0-9*#A-D]{1,16}$", msg="1 to 16 of 0-9, *, #, A-D"),
)


def _schema(**options: Any) -> probatio.Schema:
    """Return a trigger's schema with options of its own, none of which is needed."""
    fields = {probatio.Optional(name): check for name, check in options.items()}
    return ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {probatio.Required(CONF_OPTIONS, default={}): fields}
    )


class SipEventTrigger(OurEntities, StatelessEntityTriggerBase):
    """An event entity of ours has an event of certain types."""

    _domain_specs = _ANY
    _event_types: ClassVar[frozenset[str]]

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Tell whether an event is one of these."""
        return state.attributes.get(ATTR_EVENT_TYPE) in self._event_types


class DoorbellRangTrigger(SipEventTrigger):
    """A bell rang, or the bell of one button."""

    _keys = frozenset({"doorbell"})
    _event_types = frozenset({"ring"})
    _schema = _schema(button=cv.string)

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the bells that are meant."""
        entities = super().entity_filter(entities)
        button = self._options.get(OPTION_BUTTON)
        if not button:
            return entities
        return {each for each in entities if self._is_named(each, button)}

    def _is_named(self, entity_id: str, button: str) -> bool:
        """Tell whether a bell is that of a button."""
        entry = er.async_get(self._hass).async_get(entity_id)
        names = (entry.name, entry.original_name) if entry else ()
        return button.strip().casefold() in {str(name).casefold() for name in names}


class CallAnsweredTrigger(SipEventTrigger):
    """A call was answered."""

    _keys = frozenset({"call", "incoming_call"})
    _event_types = frozenset({"answered"})


class CallEndedTrigger(SipEventTrigger):
    """An answered call has ended."""

    _keys = frozenset({"call", "incoming_call"})
    _event_types = frozenset({"ended"})


class CallMissedTrigger(SipEventTrigger):
    """Nobody has answered a call."""

    _keys = frozenset({"call", "incoming_call"})
    _event_types = frozenset({"missed"})


class DoorOpenedTrigger(SipEventTrigger):
    """A door was opened."""

    _keys = frozenset({"door"})
    _event_types = frozenset({"opened"})
    _schema = _schema(door=cv.string)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Tell whether it was this door."""
        wanted = self._options.get(OPTION_DOOR, "").strip().casefold()
        name = str(state.attributes.get(ATTR_DOOR, "")).casefold()
        return super().is_valid_state(state, report_not_triggered) and (
            not wanted or wanted == name
        )


class PinRefusedTrigger(SipEventTrigger):
    """A PIN was wrong, or not even looked at."""

    _keys = frozenset({"pin"})
    _event_types = frozenset({"refused", "locked_out"})


class ToneReceivedTrigger(SipEventTrigger):
    """A tone was pressed, or several in one go, in one call.

    What does not fit starts anew after a pause, a star or a hash.
    """

    _keys = frozenset({"tone"})
    _event_types = frozenset({"tone"})
    _schema = _schema(tones=_TONES)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Start with nothing pressed."""
        super().__init__(hass, config)
        self._pressed: dict[str, tuple[object, str, float]] = {}

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Tell whether this tone is the one, or the last one of the sequence."""
        if not super().is_valid_state(state, report_not_triggered):
            return False
        tone = str(state.attributes.get(ATTR_TONE, ""))
        wanted = self._options.get(OPTION_TONES, "")
        if len(wanted) <= 1:
            return not wanted or tone == wanted
        return self._completes(state, tone, wanted)

    def _completes(self, state: State, tone: str, wanted: str) -> bool:
        """Add a tone to what was pressed before it, and tell whether that is it."""
        call, now = state.attributes.get(ATTR_CALL_ID), monotonic()
        before, pressed, last = self._pressed.get(state.entity_id, (None, "", now))
        if before != call or now - last > LONGEST_PAUSE:
            pressed = ""
        pressed += tone
        done = pressed == wanted
        if done or (tone in _RESETS and not wanted.startswith(pressed)):
            pressed = ""
        self._pressed[state.entity_id] = call, pressed[: len(wanted) + 1], now
        return done


class RegistrationLostTrigger(OurEntities, EntityTransitionTriggerBase):
    """An account, or a device that registers with us, is not registered any more."""

    _domain_specs = {"binary_sensor": DomainSpec()}  # noqa: RUF012
    _keys = frozenset({"registered"})
    _from_states = {STATE_ON}  # noqa: RUF012
    _to_states = {STATE_OFF}  # noqa: RUF012


class RegistrationBackTrigger(RegistrationLostTrigger):
    """An account, or a device that registers with us, is registered again."""

    _from_states = {STATE_OFF}  # noqa: RUF012
    _to_states = {STATE_ON}  # noqa: RUF012


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "call_answered": CallAnsweredTrigger,
    "call_ended": CallEndedTrigger,
    "call_missed": CallMissedTrigger,
    "door_opened": DoorOpenedTrigger,
    "doorbell_rang": DoorbellRangTrigger,
    "pin_refused": PinRefusedTrigger,
    "registration_back": RegistrationBackTrigger,
    "registration_lost": RegistrationLostTrigger,
    "tone_received": ToneReceivedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
