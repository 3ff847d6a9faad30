"""Which calls an action means."""

from collections.abc import Callable, Iterable

from homeassistant.core import callback
from homeassistant.helpers.typing import ConfigType

from .const import ATTR_CALL_ID
from .coordinator import SipCoordinator
from .errors import input_error
from .lib.sipagent.protocol.calls import Call
from .targets import async_targeted_subentries

type CallChoice = Callable[[Iterable[Call]], Call | None]


@callback
def async_chosen_calls(
    coordinator: SipCoordinator,
    data: ConfigType,
    choice: CallChoice,
    no_call_key: str,
) -> list[str]:
    """Return the ids of the calls that are meant: one of each device targeted."""
    if call_id := data.get(ATTR_CALL_ID):
        if call_id not in coordinator.data.calls:
            raise input_error("no_such_call")
        return [call_id]
    targets = async_targeted_subentries(coordinator, data)
    groups: dict[str | None, list[Call]] = {}
    for open_call in coordinator.data.calls.values():
        owner = open_call.device or open_call.account
        if targets is None or owner in targets:
            groups.setdefault(owner, []).append(open_call)
    chosen = [found.id for group in groups.values() if (found := choice(group))]
    if not chosen:
        raise input_error(no_call_key)
    if targets is None and len(chosen) > 1:
        raise input_error("several_calls")
    return chosen
