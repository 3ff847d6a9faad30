"""The action that joins a call with phones."""

from collections.abc import Iterable
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv, device_registry as dr
import probatio

from .call_choice import async_chosen_calls
from .calls import joinable_call
from .const import ATTR_ACCOUNT, ATTR_CALL_ID, CONF_NUMBER, DOMAIN, SUBENTRY_DEVICE
from .coordinator import SipCoordinator
from .errors import input_error, translated_errors
from .lib.sipagent.protocol.calls import CallState
from .lib.sipagent.protocol.commands import Callee
from .targets import async_find_account, async_get_coordinator

ATTR_PHONES: Final = "phones"

SCHEMA: Final = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Optional(ATTR_CALL_ID): cv.string,
        probatio.Optional(ATTR_PHONES, default=list): probatio.All(
            cv.ensure_list, [cv.string]
        ),
        probatio.Optional(CONF_NUMBER): cv.string,
        probatio.Optional(ATTR_ACCOUNT): cv.string,
    }
)


async def async_connect(call: ServiceCall) -> None:
    """Call phones for a call; the first who answers is connected with it."""
    coordinator = async_get_coordinator(call.hass)
    calls = async_chosen_calls(
        coordinator, call.data, joinable_call, "no_call_to_connect"
    )
    if len(calls) > 1:
        raise input_error("several_calls")
    callees = [
        *_phones(coordinator, call.data[ATTR_PHONES]),
        *_number(coordinator, call),
    ]
    if not callees:
        raise input_error("nobody_to_connect")
    with translated_errors():
        await coordinator.client.connect(calls[0], tuple(callees))
    waiting = coordinator.data.calls.get(calls[0])
    if coordinator.wait_sound and waiting and waiting.state is CallState.IN_CALL:
        coordinator.wait_sound(waiting)


def _phones(coordinator: SipCoordinator, device_ids: Iterable[str]) -> Iterable[Callee]:
    """Yield the devices to call."""
    registry = dr.async_get(coordinator.hass)
    for device_id in device_ids:
        device = registry.async_get(device_id)
        found = [
            owner
            for domain, owner in (device.identifiers if device else ())
            if domain == DOMAIN and _is_device(coordinator, owner)
        ]
        if not found:
            raise input_error("no_device_targeted")
        yield Callee(device=found[0])


def _number(coordinator: SipCoordinator, call: ServiceCall) -> Iterable[Callee]:
    """Yield the number to call over an account."""
    number, account = call.data.get(CONF_NUMBER), call.data.get(ATTR_ACCOUNT)
    if number is None:
        return
    if not account:
        raise input_error("account_required")
    found = async_find_account(coordinator, account)
    yield Callee(target=number, account=found.subentry_id)


def _is_device(coordinator: SipCoordinator, owner: str) -> bool:
    """Tell whether an id is that of a device."""
    subentry = coordinator.config_entry.subentries.get(owner)
    return subentry is not None and subentry.subentry_type == SUBENTRY_DEVICE
