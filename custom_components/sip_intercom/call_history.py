"""Sensors of past calls: when, how long, how many were missed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity
from homeassistant.util import dt as dt_util

from .const import ATTR_CALL_ID, ATTR_CALLER, ATTR_DIRECTION, ATTR_OUTCOME
from .data import Moment
from .entity import SipMomentEntity
from .lib.sipagent.protocol.calls import (
    FIRST_EVENTS,
    TERMINAL_EVENTS,
    Call,
    CallEventType,
)
from .lib.sipagent.protocol.messages import CallChanged

LAST_CALL: Final = SensorEntityDescription(
    key="last_call",
    translation_key="last_call",
    device_class=SensorDeviceClass.TIMESTAMP,
)
LAST_CALL_DURATION: Final = SensorEntityDescription(
    key="last_call_duration",
    translation_key="last_call_duration",
    device_class=SensorDeviceClass.DURATION,
    native_unit_of_measurement=UnitOfTime.SECONDS,
    suggested_display_precision=0,
    state_class=SensorStateClass.MEASUREMENT,
)
MISSED_CALLS: Final = SensorEntityDescription(
    key="missed_calls",
    translation_key="missed_calls",
    state_class=SensorStateClass.TOTAL,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered(ExtraStoredData):
    """What outlives a restart, since the last state may be an unavailable one."""

    value: str | float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return it for the store."""
        return asdict(self)


class SipHistorySensor(SipMomentEntity, RestoreEntity, SensorEntity):
    """A sensor that remembers something of past calls."""

    _remembered = Remembered()

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what goes with the value."""
        return self._remembered.attributes

    @property
    @override
    def extra_restore_state_data(self) -> Remembered:
        """Return what is kept."""
        return self._remembered

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was known before."""
        await super().async_added_to_hass()
        if stored := await self.async_get_last_extra_data():
            known = stored.as_dict()
            self._remembered = Remembered(
                value=known.get("value"), attributes=known.get("attributes") or {}
            )

    @callback
    def _remember(self, value: str | float | None, **attributes: Any) -> None:
        """Take over a new value."""
        self._remembered = Remembered(value=value, attributes=attributes)
        self.async_write_ha_state()


class SipLastCallSensor(SipHistorySensor):
    """When the last call began, and what became of it."""

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the time."""
        return dt_util.parse_datetime(str(self._remembered.value or ""))

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Note the beginning of a call, then its end."""
        match moment:
            case CallChanged(event=event, call=call) if event in FIRST_EVENTS:
                self._remember(dt_util.utcnow().isoformat(), **_facts(call))
            case CallChanged(event=event, call=call) if event in TERMINAL_EVENTS:
                known = self._remembered.attributes.get(ATTR_CALL_ID) == call.id
                begun = self._remembered.value if known else None
                self._remember(
                    begun or dt_util.utcnow().isoformat(),
                    **_facts(call),
                    **{ATTR_OUTCOME: event.value},
                )


class SipLastCallDurationSensor(SipHistorySensor):
    """How long the last answered call took."""

    @property
    @override
    def native_value(self) -> float | None:
        """Return the seconds."""
        value = self._remembered.value
        return float(value) if isinstance(value, int | float) else None

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Note the duration of a call that has ended."""
        match moment:
            case CallChanged(event=CallEventType.ENDED, call=call):
                self._remember(call.duration)


class SipMissedCallsSensor(SipHistorySensor):
    """How many calls nobody answered since somebody has looked."""

    _remembered = Remembered(value=0)

    @property
    @override
    def native_value(self) -> int:
        """Return the number."""
        value = self._remembered.value
        return int(value) if isinstance(value, int | float) else 0

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return when the number was set to zero."""
        reset = self._remembered.attributes.get("since")
        return dt_util.parse_datetime(str(reset)) if reset else None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the button that resets the number."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_add_reset_listener(self.owner, self._reset)
        )

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Count a call that was missed."""
        match moment:
            case CallChanged(event=CallEventType.MISSED):
                self._remembered = replace(
                    self._remembered, value=self.native_value + 1
                )
                self.async_write_ha_state()

    @callback
    def _reset(self) -> None:
        """Count from zero."""
        self._remember(0, since=dt_util.utcnow().isoformat())


def _facts(call: Call) -> dict[str, str]:
    """Return what is remembered of a call."""
    return {
        ATTR_CALL_ID: call.id,
        ATTR_DIRECTION: call.direction.value,
        ATTR_CALLER: call.caller_name or call.caller or call.called,
    }
