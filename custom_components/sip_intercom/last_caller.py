"""The sensor that remembers who called last."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.core import callback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity

from .calls import call_attributes
from .const import (
    ATTR_ACCOUNT,
    ATTR_CALL_ID,
    ATTR_CALLED,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    ATTR_PROOF,
)
from .data import Moment
from .entity import SipMomentEntity
from .lib.sipagent.protocol.calls import Call, CallEventType
from .lib.sipagent.protocol.messages import CallChanged

MAX_STATE_LENGTH: Final = 255  # characters
CALLER_ATTRIBUTES: Final = (
    ATTR_CALL_ID,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    ATTR_CALLED,
    ATTR_ACCOUNT,
    ATTR_PROOF,
)

LAST_CALLER: Final = SensorEntityDescription(
    key="last_caller",
    translation_key="last_caller",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastCaller(ExtraStoredData):
    """What outlives a restart, since the last state may be an unavailable one."""

    native_value: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return the caller for the store."""
        return asdict(self)


class SipLastCallerSensor(SipMomentEntity, RestoreEntity, SensorEntity):
    """Who called last from a device."""

    _caller = LastCaller()

    @property
    @override
    def native_value(self) -> str | None:
        """Return the name, else the number."""
        return self._caller.native_value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the call."""
        return self._caller.attributes

    @property
    @override
    def extra_restore_state_data(self) -> LastCaller:
        """Return the caller for the next start."""
        return self._caller

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the last caller."""
        await super().async_added_to_hass()
        if (extra := await self.async_get_last_extra_data()) is None:
            return
        stored = extra.as_dict()
        self._caller = LastCaller(
            native_value=stored.get("native_value"),
            attributes=stored.get("attributes", {}),
        )

    @override
    @callback
    def _handle_moment(self, moment: Moment) -> None:
        """Remember who calls."""
        match moment:
            case CallChanged(event=CallEventType.INCOMING, call=call):
                self._caller = _last_caller(call, self._account_name(call))
                self.async_write_ha_state()


def _last_caller(call: Call, account: str | None) -> LastCaller:
    """Return who calls; `account` is its name."""
    attributes = call_attributes(call, account)
    return LastCaller(
        native_value=(call.caller_name or call.caller)[:MAX_STATE_LENGTH] or None,
        attributes={
            name: attributes[name] for name in CALLER_ATTRIBUTES if name in attributes
        },
    )
