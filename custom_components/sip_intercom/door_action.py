"""The action that opens a door."""

from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
import probatio

from .const import ATTR_DOOR, SUBENTRY_DEVICE
from .coordinator import SipCoordinator
from .door_opening import DoorSource, async_open_door
from .doors import Door, doors_of
from .errors import input_error
from .targets import async_get_coordinator, async_targeted_subentries

SCHEMA: Final = probatio.Schema(
    {**cv.ENTITY_SERVICE_FIELDS, probatio.Optional(ATTR_DOOR): cv.string}
)


async def async_open(call: ServiceCall) -> None:
    """Open a door of the device that is targeted."""
    coordinator = async_get_coordinator(call.hass)
    targets = async_targeted_subentries(coordinator, call.data) or set()
    device, door = _door(coordinator, targets, call.data.get(ATTR_DOOR))
    await async_open_door(
        coordinator, device, door, DoorSource.ACTION, context=call.context
    )


def _door(
    coordinator: SipCoordinator, targets: set[str], name: str | None
) -> tuple[str, Door]:
    """Return the door that is meant: by its name, or the only one of a device."""
    subentries = coordinator.config_entry.subentries
    devices = [
        target
        for target in targets
        if subentries[target].subentry_type == SUBENTRY_DEVICE
    ]
    if len(devices) != 1:
        raise input_error("one_device")
    doors = list(doors_of(subentries[devices[0]]))
    found = [door for door in doors if name is None or _is_named(door, name)]
    if not found:
        raise input_error("no_such_door")
    if len(found) > 1:
        raise input_error("several_doors")
    return devices[0], found[0]


def _is_named(door: Door, name: str) -> bool:
    """Tell whether a door is meant by a name or an id."""
    return name == door.id or name.strip().casefold() == door.name.casefold()
