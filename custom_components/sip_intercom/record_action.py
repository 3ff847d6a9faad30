"""The actions that record a call."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
import probatio

from .call_choice import async_chosen_calls
from .calls import talking_call
from .const import ATTR_CALL_ID
from .errors import translated_errors
from .targets import async_get_coordinator

SCHEMA: Final = probatio.Schema(
    {**cv.ENTITY_SERVICE_FIELDS, probatio.Optional(ATTR_CALL_ID): cv.string}
)


async def async_record(call: ServiceCall) -> None:
    """Begin to record calls; one that is recorded already goes on."""
    coordinator = async_get_coordinator(call.hass)
    for chosen in async_chosen_calls(coordinator, call.data, talking_call, "no_talk"):
        if coordinator.start_recording:
            coordinator.start_recording(coordinator.data.calls[chosen])


async def async_stop_recording(call: ServiceCall) -> None:
    """End the recordings of calls."""
    coordinator = async_get_coordinator(call.hass)
    for chosen in async_chosen_calls(coordinator, call.data, talking_call, "no_talk"):
        with translated_errors():
            await coordinator.client.stop_recording(chosen)
