"""Open the doors of devices, and tell who or what did."""

from enum import StrEnum
from typing import Final

from homeassistant.core import Context

from .coordinator import SipCoordinator
from .data import DoorMoment
from .doors import Door
from .errors import translated
from .lib.sipagent.protocol.errors import CommandError, SipAgentError

UNAVAILABLE: Final = "agent_unavailable"
"""Reason of an opening that no agent could be asked for."""


class DoorSource(StrEnum):
    """What asked for a door to be opened."""

    BUTTON = "button"
    LOCK = "lock"
    ACTION = "action"
    PIN = "pin"


async def async_open_door(
    coordinator: SipCoordinator,
    device: str,
    door: Door,
    source: DoorSource,
    *,
    context: Context | None = None,
    name: str | None = None,
) -> None:
    """Open a door and tell the outcome; HomeAssistantError where it failed.

    `name` is whose PIN it was.
    """
    moment = DoorMoment(
        device=device,
        door=door.id,
        door_name=door.name,
        source=source.value,
        name=name,
        context=context,
    )
    try:
        call = await coordinator.client.open_door(device, door.id)
    except SipAgentError as err:
        coordinator.async_tell(moment.failed(_reason(err)))
        raise translated(err) from err
    coordinator.async_tell(moment.opened(call))


def _reason(err: SipAgentError) -> str:
    """Return why a door was not opened: what became of the call, or the error."""
    if isinstance(err, CommandError):
        return str(err) if err.code == "door_call_failed" else err.code
    return UNAVAILABLE
