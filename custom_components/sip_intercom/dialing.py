"""The action that calls somebody."""

import asyncio
from contextlib import suppress
from typing import Final

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
import probatio

from .const import (
    ATTR_ACCOUNT,
    ATTR_CALL_ID,
    ATTR_REASON,
    CONF_NUMBER,
    CONF_SERVER,
    SUBENTRY_DEVICE,
)
from .coordinator import SipCoordinator
from .data import Moment
from .errors import input_error, translated_errors
from .lib.sipagent.protocol.calls import TERMINAL_EVENTS, CallEventType, CallReason
from .lib.sipagent.protocol.commands import Dial
from .lib.sipagent.protocol.config import Transport
from .lib.sipagent.protocol.errors import SipAgentError
from .lib.sipagent.protocol.messages import CallChanged
from .lib.sipagent.protocol.sip_uri import SipUri, parse_target
from .targets import (
    async_find_account,
    async_get_coordinator,
    async_targeted_subentries,
)

ATTR_WAIT: Final = "wait"
ATTR_TIMEOUT: Final = "timeout"
ATTR_OUTCOME: Final = "outcome"
MAX_TIMEOUT: Final = 60  # seconds; then the agent gives up

OUTCOME_DIALING: Final = "dialing"
OUTCOME_ANSWERED: Final = "answered"
OUTCOME_NO_ANSWER: Final = "no_answer"
OUTCOME_FAILED: Final = "failed"
OUTCOMES: Final = {
    CallReason.BUSY: "busy",
    CallReason.DECLINED: "declined",
    CallReason.NO_ANSWER: OUTCOME_NO_ANSWER,
}

SCHEMA: Final = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Optional(CONF_NUMBER): cv.string,
        probatio.Optional(ATTR_ACCOUNT): cv.string,
        probatio.Optional(ATTR_WAIT, default=False): cv.boolean,
        probatio.Optional(ATTR_TIMEOUT, default=MAX_TIMEOUT): probatio.All(
            probatio.Coerce(int), probatio.Range(min=1, max=MAX_TIMEOUT)
        ),
    }
)


async def async_call(call: ServiceCall) -> ServiceResponse:
    """Call a device, or a number over an account; wait for the answer if asked to."""
    coordinator = async_get_coordinator(call.hass)
    dial = await _async_dial(coordinator, call)
    if not call.data[ATTR_WAIT]:
        with translated_errors():
            call_id = await coordinator.client.dial(dial)
        return {ATTR_CALL_ID: call_id, ATTR_OUTCOME: OUTCOME_DIALING}
    call_id, end = await async_reach(coordinator, dial, call.data[ATTR_TIMEOUT])
    if end is None:
        return {ATTR_CALL_ID: call_id, ATTR_OUTCOME: OUTCOME_NO_ANSWER}
    return {ATTR_CALL_ID: call_id, **_outcome(end)}


async def async_reach(
    coordinator: SipCoordinator, dial: Dial, seconds: float
) -> tuple[str, CallChanged | None]:
    """Call somebody and return the call's id and what decided it.

    A call that is not answered in time is hung up; nothing has decided it then.
    """
    changes: asyncio.Queue[Moment] = asyncio.Queue()
    remove = coordinator.async_add_moment_listener(
        coordinator.config_entry.entry_id, changes.put_nowait
    )
    try:
        with translated_errors():
            call_id = await coordinator.client.dial(dial)
        try:
            async with asyncio.timeout(seconds):
                return call_id, await _async_decision(changes, call_id)
        except TimeoutError:
            with suppress(SipAgentError):
                await coordinator.client.hang_up(call_id)
            return call_id, None
    finally:
        remove()


async def _async_dial(coordinator: SipCoordinator, call: ServiceCall) -> Dial:
    """Return whom to call."""
    number = call.data.get(CONF_NUMBER)
    targets = async_targeted_subentries(coordinator, call.data) or set()
    subentries = coordinator.config_entry.subentries
    devices = [
        target
        for target in targets
        if subentries[target].subentry_type == SUBENTRY_DEVICE
    ]
    if number is None:
        if len(devices) != 1:
            raise input_error("one_device_or_number")
        return Dial(device=devices[0])
    if devices or len(targets) > 1:
        raise input_error("one_device_or_number")
    account = _account(coordinator, targets, call.data.get(ATTR_ACCOUNT))
    server = "" if account is None else subentries[account].data[CONF_SERVER]
    with translated_errors():
        uri = parse_target(number, domain=server)
    if account is None and not uri.host:
        raise input_error("account_required")
    hosts = await coordinator.resolver.async_hosts(_names(uri, server))
    return Dial(target=number, account=account, hosts=hosts)


def _account(
    coordinator: SipCoordinator, targets: set[str], name: str | None
) -> str | None:
    """Return the account to call over: the target, or the one of the field."""
    if not name:
        return next(iter(targets), None)
    if targets:
        raise input_error("one_account")
    return async_find_account(coordinator, name).subentry_id


def _names(uri: SipUri, server: str) -> list[tuple[str, Transport | None]]:
    """Return the host name of a URI and whether its port is to be looked up.

    The name of the account's server is looked up all the time.
    """
    if uri.host in ("", server):
        return []
    return [(uri.host, None if uri.port else uri.transport or Transport.UDP)]


async def _async_decision(changes: asyncio.Queue[Moment], call_id: str) -> CallChanged:
    """Return the event that decides whether a call was answered."""
    while True:
        match await changes.get():
            case CallChanged(event=event, call=call) as change if (
                call.id == call_id
                and event in TERMINAL_EVENTS | {CallEventType.ANSWERED}
            ):
                return change


def _outcome(change: CallChanged) -> dict[str, str | None]:
    """Return what a call came to."""
    if change.event is CallEventType.ANSWERED:
        return {ATTR_OUTCOME: OUTCOME_ANSWERED}
    reason = change.call.reason
    outcome = OUTCOMES.get(reason, OUTCOME_FAILED) if reason else OUTCOME_FAILED
    return {ATTR_OUTCOME: outcome, ATTR_REASON: reason and reason.value}
