"""What subscribers of the client hear."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ..protocol.errors import SipAgentError
from ..protocol.messages import (
    BindingsChanged,
    CallChanged,
    CallerRefused,
    CredentialsRefused,
    Hello,
    MessageReceived,
    RegistrationChanged,
    RequestsRefused,
    ServerSought,
    Snapshot,
    ToneReceived,
    TransportChanged,
    VideoChanged,
    ViewerCandidate,
    ViewerClosed,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentReady:
    """A new agent process is configured and healthy; its state starts afresh.

    Every call of the snapshot that began in this process is told by its own
    CallChanged as well, after this.
    """

    hello: Hello
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentLost:
    """The agent process died, with all of its calls; a new one is being started.

    An agent that never became healthy has died, too. `deaths` counts all of the
    history, `recent_deaths` those of the last minutes; `last_log` are the last
    lines that it wrote, redacted. `error` is what kept it from becoming healthy.
    """

    deaths: int
    recent_deaths: int
    last_log: tuple[str, ...]
    keeps_dying: bool
    error: SipAgentError | None = None


type AgentEvent = (
    CallChanged
    | ToneReceived
    | MessageReceived
    | RegistrationChanged
    | BindingsChanged
    | CredentialsRefused
    | ServerSought
    | TransportChanged
    | CallerRefused
    | RequestsRefused
    | ViewerCandidate
    | ViewerClosed
    | VideoChanged
)
type ClientEvent = AgentEvent | AgentReady | AgentLost


def without_overtaken(events: Iterable[AgentEvent]) -> list[AgentEvent]:
    """Return events without the states that a later one has overtaken."""
    kept: dict[object, AgentEvent] = {}
    for number, event in enumerate(events):
        subject = _subject(event) or number
        kept.pop(subject, None)
        kept[subject] = event
    return list(kept.values())


def _subject(event: AgentEvent) -> tuple[object, ...] | None:
    """Return whose state an event tells; nothing if it tells a moment."""
    match event:
        case RegistrationChanged(registration=registration):
            return RegistrationChanged, registration.account
        case BindingsChanged(device=device):
            return BindingsChanged, device
        case TransportChanged(status=status):
            return TransportChanged, status.transport, ":" in status.address
        case _:
            return None


class Resolver(Protocol):
    """Finds the addresses of names, since the agent must not wait for DNS."""

    async def resolve(self, name: str) -> tuple[str, ...]:
        """Return `address` or `address:port`, best first; empty if there is none."""
        ...
