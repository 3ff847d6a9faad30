"""Conditions: what is going on at the door."""

from typing import Final

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .automation_targets import OurEntities
from .lib.sipagent.protocol.calls import CallState


class IsRingingCondition(OurEntities, EntityStateConditionBase):
    """A device rings."""

    _domain_specs = {"sensor": DomainSpec()}  # noqa: RUF012
    _keys = frozenset({"call_state"})
    _states = {CallState.RINGING.value}  # noqa: RUF012


class IsInCallCondition(IsRingingCondition):
    """A device is in an answered call."""

    _states = {CallState.IN_CALL.value}  # noqa: RUF012


class IsRegisteredCondition(OurEntities, EntityStateConditionBase):
    """An account, or a device that registers with us, is registered."""

    _domain_specs = {"binary_sensor": DomainSpec()}  # noqa: RUF012
    _keys = frozenset({"registered"})
    _states = {STATE_ON}  # noqa: RUF012


class DoNotDisturbCondition(OurEntities, EntityStateConditionBase):
    """A device, or everything, is not to disturb."""

    _domain_specs = {"switch": DomainSpec()}  # noqa: RUF012
    _keys = frozenset({"do_not_disturb"})
    _states = {STATE_ON}  # noqa: RUF012


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "do_not_disturb": DoNotDisturbCondition,
    "is_in_call": IsInCallCondition,
    "is_registered": IsRegisteredCondition,
    "is_ringing": IsRingingCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
