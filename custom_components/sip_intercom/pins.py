"""Opens doors for PINs that are entered in calls."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import (
    CONF_DOOR,
    CONF_MIN_PROOF,
    CONF_PINS,
    CONF_VALID_FROM,
    CONF_VALID_UNTIL,
    DOMAIN,
    EVENT_ACCEPTED,
    EVENT_LOCKED_OUT,
    EVENT_REFUSED,
    LOGGER,
)
from .coordinator import SipConfigEntry
from .data import Moment, PinMoment
from .door_opening import DoorSource, async_open_door
from .doors import Door, doors_of
from .lib.sipagent.protocol.calls import (
    TERMINAL_EVENTS,
    Call,
    CallState,
    Direction,
    Proof,
)
from .lib.sipagent.protocol.messages import CallChanged, ToneReceived
from .lockout import Lockout
from .pin_hash import is_pin

STORAGE_VERSION: Final = 1
TERMINATOR: Final = "#"
CLEAR: Final = "*"
MIN_DIGITS: Final = 4
MAX_DIGITS: Final = 16
MAX_WAITING: Final = 4
"""Entries that wait while hashes are made; more are wrong without a look."""
_PROOFS: Final = tuple(Proof)


class Pins:
    """Collects what is entered in calls; an entry counts from its end only."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Listen to all tones of a user agent."""
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._entered: dict[str, str] = {}
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.pins.{entry.entry_id}", private=True
        )
        self._lockout: Lockout | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        entry.async_on_unload(
            self._coordinator.async_add_moment_listener(entry.entry_id, self._hear)
        )

    @callback
    def _hear(self, moment: Moment) -> None:
        """Collect tones; judge an entry at its terminator."""
        match moment:
            case ToneReceived(call=call_id, tone=tone):
                call = self._coordinator.data.calls.get(call_id)
                if call and (subentry := self._subentry(call)):
                    self._take(call, subentry, tone)
            case CallChanged(event=event, call=call) if event in TERMINAL_EVENTS:
                self._entered.pop(call.id, None)

    def _subentry(self, call: Call) -> ConfigSubentry | None:
        """Return the device of a call, if it has PINs."""
        subentry = self._entry.subentries.get(call.device or "")
        return subentry if subentry and subentry.data.get(CONF_PINS) else None

    def _take(self, call: Call, subentry: ConfigSubentry, tone: str) -> None:
        """Take one tone of a call."""
        if tone == TERMINATOR:
            digits = self._entered.pop(call.id, "")
            if len(digits) >= MIN_DIGITS:
                self._begin(call, subentry, digits)
        elif tone == CLEAR:
            self._entered.pop(call.id, None)
        else:
            # What is too long stays wrong until its end: no part of it counts.
            entered = self._entered.get(call.id, "") + tone
            self._entered[call.id] = entered[: MAX_DIGITS + 1]

    def _begin(self, call: Call, subentry: ConfigSubentry, digits: str) -> None:
        """Judge an entry in the background, since its hashes take their time."""
        if self._waiting >= MAX_WAITING:
            self._tell(call, EVENT_LOCKED_OUT, reason="locked")
            return
        self._waiting += 1
        self._entry.async_create_background_task(
            self._hass, self._async_judge(call, subentry, digits), "sip_intercom PIN"
        )

    async def _async_judge(
        self, call: Call, subentry: ConfigSubentry, digits: str
    ) -> None:
        """Open the door that an entry is for, or count it as wrong."""
        try:
            async with self._turn:
                pin = await self._async_find(call, subentry, digits)
        finally:
            self._waiting -= 1
        if pin is None:
            return
        door = _door(subentry, pin)
        name = pin[CONF_NAME]
        self._tell(call, EVENT_ACCEPTED, name=name, door=door.name if door else None)
        if door is None:
            return
        try:
            await async_open_door(
                self._coordinator,
                subentry.subentry_id,
                door,
                DoorSource.PIN,
                name=name,
            )
        except HomeAssistantError as err:
            LOGGER.debug("A PIN has not opened its door: %s", err)

    async def _async_find(
        self, call: Call, subentry: ConfigSubentry, digits: str
    ) -> Mapping[str, Any] | None:
        """Return the PIN that was entered; everything else is counted and told."""
        lockout = await self._async_lockout()
        caller = _caller(call)
        now = dt_util.utcnow()
        if lockout.is_locked(caller, now.timestamp()):
            self._tell(call, EVENT_LOCKED_OUT, reason="locked")
            return None
        if not _is_proven(call, subentry):
            self._tell(call, EVENT_REFUSED, reason="unproven")
            return None
        pins = subentry.data[CONF_PINS]
        found = await self._hass.async_add_executor_job(_find, digits, pins)
        if found and _is_valid(found, now):
            lockout.succeed(caller)
            await self._store.async_save(lockout.as_dict())
            return found
        lockout.fail(caller, now.timestamp())
        await self._store.async_save(lockout.as_dict())
        self._tell(call, EVENT_REFUSED, reason="expired" if found else "wrong")
        return None

    async def _async_lockout(self) -> Lockout:
        """Return the failures so far, also those before a restart."""
        if self._lockout is None:
            stored = await self._store.async_load()
            self._lockout = Lockout.from_dict(stored or {})
        return self._lockout

    def _tell(
        self,
        call: Call,
        event: str,
        *,
        name: str | None = None,
        door: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Tell what became of an entry."""
        self._coordinator.async_tell(
            PinMoment(
                device=call.device or "",
                event=event,
                call=call.id,
                caller=call.caller,
                name=name,
                door=door,
                reason=reason,
            )
        )


def _find(digits: str, pins: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the PIN that digits are; every hash is made, whichever it is."""
    found = [pin for pin in pins if is_pin(digits, pin)]
    return found[0] if found else None


def _caller(call: Call) -> str:
    """Return whom a failure is counted for."""
    return f"{call.device}|{call.caller}" if call.caller else str(call.device)


def _is_proven(call: Call, subentry: ConfigSubentry) -> bool:
    """Tell whether a call is confirmed, and by enough proof.

    A call that we made goes to the device itself.
    """
    if call.state is not CallState.IN_CALL:
        return False
    if call.direction is Direction.OUTBOUND:
        return True
    least = Proof(subentry.data.get(CONF_MIN_PROOF, Proof.ADDRESS))
    return call.proof is not None and (
        _PROOFS.index(call.proof) >= _PROOFS.index(least)
    )


def _is_valid(pin: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a PIN may be used at a time."""
    begin, end = (_time(pin, key) for key in (CONF_VALID_FROM, CONF_VALID_UNTIL))
    return (begin is None or begin <= now) and (end is None or now < end)


def _time(pin: Mapping[str, Any], key: str) -> datetime | None:
    """Return a time of a PIN, which is local."""
    time = dt_util.parse_datetime(pin.get(key) or "")
    if time is None or time.tzinfo:
        return time
    return time.replace(tzinfo=dt_util.get_default_time_zone())


def _door(subentry: ConfigSubentry, pin: Mapping[str, Any]) -> Door | None:
    """Return the door that a PIN opens, if it is still there."""
    return next(
        (each for each in doors_of(subentry) if each.id == pin[CONF_DOOR]), None
    )


async def async_remove_pins(hass: HomeAssistant, entry: SipConfigEntry) -> None:
    """Forget the failures with their entry."""
    await Store[dict[str, Any]](
        hass, STORAGE_VERSION, f"{DOMAIN}.pins.{entry.entry_id}"
    ).async_remove()
