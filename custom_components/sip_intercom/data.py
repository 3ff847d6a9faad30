"""The state of a user agent and how it follows the agent's events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from homeassistant.core import CALLBACK_TYPE, Context, callback

from .const import (
    ATTR_CALL_ID,
    ATTR_CALLER,
    ATTR_DOOR,
    ATTR_NAME,
    ATTR_REASON,
    LOGGER,
)
from .lib.sipagent.protocol.bindings import Binding
from .lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    CallReason,
    CallState,
    Registration,
)
from .lib.sipagent.protocol.config import Transport
from .lib.sipagent.protocol.messages import (
    CallChanged,
    Hello,
    MessageReceived,
    ToneReceived,
    TransportStatus,
)

TURNED_AWAY: Final = frozenset({CallReason.BUSY, CallReason.DO_NOT_DISTURB})
"""Why a call has an end without having rung."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorMoment:
    """A door of a device was opened, or not.

    `call` is the one in which the code was sent, `reason` why it was not. `source` is
    what asked for it, `name` whose PIN that was.
    """

    device: str
    door: str
    door_name: str
    source: str
    name: str | None = None
    context: Context | None = None
    call: str | None = None
    reason: str | None = None

    def opened(self, call: str) -> DoorMoment:
        """Return that the code was sent in a call."""
        return replace(self, call=call)

    def failed(self, reason: str) -> DoorMoment:
        """Return that the code was not sent."""
        return replace(self, reason=reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class PinMoment:
    """A PIN was entered in a call of a device; `event` tells what became of it."""

    device: str
    event: str
    call: str
    caller: str
    name: str | None = None
    door: str | None = None
    reason: str | None = None

    def attributes(self) -> dict[str, str]:
        """Return what applies."""
        attributes = {
            ATTR_CALL_ID: self.call,
            ATTR_CALLER: self.caller,
            ATTR_NAME: self.name,
            ATTR_DOOR: self.door,
            ATTR_REASON: self.reason,
        }
        return {name: value for name, value in attributes.items() if value}


type Moment = CallChanged | ToneReceived | MessageReceived | DoorMoment | PinMoment


@dataclass(frozen=True, kw_only=True, slots=True)
class SipData:
    """What lasts of a user agent; calls and registrations by their ids.

    Bindings are by the ids of the devices that registered them.
    """

    available: bool = False
    calls: Mapping[str, Call] = field(default_factory=dict)
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    bindings: Mapping[str, tuple[Binding, ...]] = field(default_factory=dict)
    transports: tuple[TransportStatus, ...] = ()
    refused: int = 0
    restarts: int = 0
    hello: Hello | None = None


class Listeners[*Args]:
    """Callbacks by the subentry or entry that they concern."""

    def __init__(self) -> None:
        """Start with none."""
        self._callbacks: dict[str, list[Callable[[*Args], None]]] = {}

    @callback
    def async_add(self, owner: str, listener: Callable[[*Args], None]) -> CALLBACK_TYPE:
        """Add a listener and return what removes it."""
        listeners = self._callbacks.setdefault(owner, [])
        listeners.append(listener)

        @callback
        def remove() -> None:
            listeners.remove(listener)

        return remove

    @callback
    def async_call(self, owner: str, *args: *Args) -> None:
        """Call the listeners of one owner; one that fails harms no other."""
        for listener in tuple(self._callbacks.get(owner, ())):
            try:
                listener(*args)
            except Exception:  # noqa: BLE001
                LOGGER.exception("Error in a listener of %s", owner)

    @callback
    def async_call_all(self, *args: *Args) -> None:
        """Call every listener."""
        for owner in tuple(self._callbacks):
            self.async_call(owner, *args)


def ended_by(reason: CallReason, call: Call, talked: float) -> CallChanged:
    """Return the end of a call that the agent cannot tell, after seconds of talk."""
    in_call = call.state is CallState.IN_CALL
    return CallChanged(
        event=CallEventType.ENDED if in_call else CallEventType.FAILED,
        call=replace(
            call,
            state=CallState.IDLE,
            duration=round(talked, 3),
            reason=reason,
        ),
    )


def listener_of(status: TransportStatus) -> tuple[Transport, bool]:
    """Return what there is one of, wherever it listens: IPv4 and IPv6 each."""
    return status.transport, ":" in status.address
