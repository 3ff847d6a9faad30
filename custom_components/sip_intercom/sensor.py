"""Sensor platform: calls, callers and registrations."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_ID, CONF_NAME, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .binding_sensor import BINDING_DESCRIPTIONS, SipBindingSensor
from .call_history import (
    LAST_CALL,
    LAST_CALL_DURATION,
    MISSED_CALLS,
    SipLastCallDurationSensor,
    SipLastCallSensor,
    SipMissedCallsSensor,
)
from .calls import call_attributes
from .const import (
    ATTR_BUTTON,
    ATTR_REASON,
    ATTR_STATUS,
    CONF_BUTTONS,
    SUBENTRY_ACCOUNT,
    SUBENTRY_DEVICE,
)
from .coordinator import SipConfigEntry, SipCoordinator
from .data import SipData
from .entity import SipEntity, SubentryEntities
from .last_caller import LAST_CALLER, SipLastCallerSensor
from .lib.sipagent.protocol.calls import Call, CallState, RegistrationState
from .registering import registers

PARALLEL_UPDATES = 0

CALL_STATE: Final = SensorEntityDescription(
    key="call_state",
    translation_key="call_state",
    device_class=SensorDeviceClass.ENUM,
    options=[state.value for state in CallState],
)
REGISTRATION: Final = SensorEntityDescription(
    key="registration",
    translation_key="registration",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=[state.value for state in RegistrationState],
)


@dataclass(frozen=True, kw_only=True)
class SipUserAgentSensorEntityDescription(SensorEntityDescription):
    """Describe a sensor of the user agent."""

    value_fn: Callable[[SipData], StateType]


USER_AGENT_DESCRIPTIONS: Final = (
    SipUserAgentSensorEntityDescription(
        key="active_calls",
        translation_key="active_calls",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda data: len(data.calls),
    ),
    SipUserAgentSensorEntityDescription(
        key="refused_callers",
        translation_key="refused_callers",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda data: data.refused,
    ),
    SipUserAgentSensorEntityDescription(
        key="agent_restarts",
        translation_key="agent_restarts",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda data: data.restarts,
    ),
    SipUserAgentSensorEntityDescription(
        key="pjsip_version",
        translation_key="pjsip_version",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.hello.pjsip if data.hello else None,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    async_add_entities(
        SipUserAgentSensor(entry.runtime_data, entry.entry_id, description)
        for description in USER_AGENT_DESCRIPTIONS
    )
    SubentryEntities(entry, Platform.SENSOR, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the entities of an account or a device."""
    owner = subentry.subentry_id
    if subentry.subentry_type == SUBENTRY_DEVICE:
        yield SipCallStateSensor(coordinator, owner, CALL_STATE)
        yield SipLastCallerSensor(coordinator, owner, LAST_CALLER)
        yield SipLastCallSensor(coordinator, owner, LAST_CALL)
        yield SipLastCallDurationSensor(coordinator, owner, LAST_CALL_DURATION)
        yield SipMissedCallsSensor(coordinator, owner, MISSED_CALLS)
        if registers(subentry.data):
            for description in BINDING_DESCRIPTIONS:
                yield SipBindingSensor(coordinator, owner, description)
    elif subentry.subentry_type == SUBENTRY_ACCOUNT:
        yield SipRegistrationSensor(coordinator, owner, REGISTRATION)


class SipUserAgentSensor(SipEntity, SensorEntity):
    """A sensor of the user agent."""

    entity_description: SipUserAgentSensorEntityDescription

    @property
    @override
    def native_value(self) -> StateType:
        """Return the value."""
        return self.entity_description.value_fn(self.coordinator.data)


class SipCallStateSensor(SipEntity, SensorEntity):
    """What the newest call of a device is doing."""

    @property
    @override
    def native_value(self) -> str:
        """Return the state of the call."""
        call = self._call()
        return call.state if call else CallState.IDLE

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return the call."""
        call = self._call()
        if call is None:
            return None
        attributes = call_attributes(call, self._account_name(call))
        if button := self._button_name(call):
            attributes[ATTR_BUTTON] = button
        return attributes

    def _button_name(self, call: Call) -> str | None:
        """Return the name of the button that was pressed."""
        device = self.coordinator.config_entry.subentries.get(self.owner)
        buttons = device.data.get(CONF_BUTTONS, ()) if device else ()
        names = (each[CONF_NAME] for each in buttons if each[CONF_ID] == call.button)
        return next(names, None)

    def _call(self) -> Call | None:
        """Return the newest call."""
        calls = self.coordinator.device_calls(self.owner)
        return calls[-1] if calls else None


class SipRegistrationSensor(SipEntity, SensorEntity):
    """How the registration of an account stands, and why."""

    @property
    @override
    def native_value(self) -> str | None:
        """Return the state of the registration."""
        registration = self.coordinator.data.registrations.get(self.owner)
        return registration.state if registration else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what the registrar said."""
        registration = self.coordinator.data.registrations.get(self.owner)
        if registration is None:
            return None
        return {
            ATTR_STATUS: registration.status or None,
            ATTR_REASON: registration.text or None,
        }
