"""Tells each call that has ended as one event, which the activity log shows."""

from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import (
    ATTR_CALL_ID,
    ATTR_CALLER,
    ATTR_CALLER_NAME,
    ATTR_DIRECTION,
    ATTR_DURATION,
    ATTR_NAME,
    ATTR_OUTCOME,
    ATTR_REASON,
    DOMAIN,
)
from .coordinator import SipConfigEntry
from .data import Moment
from .lib.sipagent.protocol.calls import TERMINAL_EVENTS, Call, CallEventType
from .lib.sipagent.protocol.messages import CallChanged

EVENT_CALL: Final = f"{DOMAIN}_call"


class CallLog:
    """Fires an event for each call of a device that has ended."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Listen to all calls of a user agent."""
        self._hass = hass
        self._entry = entry
        entry.async_on_unload(
            entry.runtime_data.async_add_moment_listener(entry.entry_id, self._hear)
        )

    @callback
    def _hear(self, moment: Moment) -> None:
        """Fire the event at the end of a call."""
        match moment:
            case CallChanged(event=event, call=call) if event in TERMINAL_EVENTS:
                self._fire(event, call)

    def _fire(self, event: CallEventType, call: Call) -> None:
        """Fire what is known of a call, unless it is nobody's."""
        subentry = self._entry.subentries.get(call.device or call.account or "")
        if subentry is None:
            return
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, subentry.subentry_id), self._entry.entry_id
        )
        self._hass.bus.async_fire(
            EVENT_CALL,
            {
                ATTR_DEVICE_ID: device.id if device else None,
                ATTR_NAME: subentry.title,
                ATTR_OUTCOME: event.value,
                ATTR_DIRECTION: call.direction.value,
                ATTR_CALL_ID: call.id,
                ATTR_CALLER: call.caller,
                ATTR_CALLER_NAME: call.caller_name,
                ATTR_DURATION: call.duration,
                ATTR_REASON: call.reason and call.reason.value,
            },
        )
