"""Sentences for the activity log."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .call_log import EVENT_CALL
from .const import ATTR_CALLER, ATTR_CALLER_NAME, ATTR_DIRECTION, ATTR_NAME, DOMAIN

type Describe = Callable[[str, str, Callable[[Event], dict[str, str]]], None]


@callback
def async_describe_events(hass: HomeAssistant, async_describe_event: Describe) -> None:
    """Describe calls."""
    async_describe_event(DOMAIN, EVENT_CALL, describe_call)


@callback
def describe_call(event: Event) -> dict[str, str]:
    """Return what became of a call as a sentence."""
    return {
        LOGBOOK_ENTRY_NAME: event.data[ATTR_NAME],
        LOGBOOK_ENTRY_MESSAGE: _sentence(event.data),
    }


def _sentence(call: Mapping[str, Any]) -> str:
    """Return the part of the sentence that follows the name of the device."""
    inbound = call[ATTR_DIRECTION] == "inbound"
    caller = call[ATTR_CALLER_NAME] or call[ATTR_CALLER]
    who = f" ({caller})" if inbound and caller and caller != call[ATTR_NAME] else ""
    match call["outcome"], inbound:
        case "ended", True:
            return f"called{who} and was talked with for {_time(call['duration'])}"
        case "ended", False:
            return f"was called and talked with for {_time(call['duration'])}"
        case "missed", _:
            return f"rang{who} and nobody answered"
        case "declined", _ if call["reason"] == "do_not_disturb":
            return f"wanted to ring{who} but was not to disturb"
        case "declined", _:
            return f"rang{who} and was declined"
        case "answered_elsewhere", _:
            return f"rang{who} and was answered elsewhere"
        case _, True:
            return f"rang{who} but the call failed"
        case _:
            return "was called but did not answer"


def _time(seconds: float) -> str:
    """Return a duration in words."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} second{'s' * (rest != 1)}"
    return f"{minutes}:{rest:02} minutes"
