"""What subscribers of the client hear."""

from dataclasses import dataclass
from typing import Protocol

from ..protocol.messages import (
    CallChanged,
    CallerRefused,
    Hello,
    RegistrationChanged,
    RequestsRefused,
    Snapshot,
    ToneReceived,
    TransportChanged,
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

    `deaths` counts since the client was made, `recent_deaths` those of the
    last minutes; `last_log` are the last lines that it wrote, redacted.
    """

    deaths: int
    recent_deaths: int
    last_log: tuple[str, ...]
    keeps_dying: bool


type AgentEvent = (
    CallChanged
    | ToneReceived
    | RegistrationChanged
    | TransportChanged
    | CallerRefused
    | RequestsRefused
)
type ClientEvent = AgentEvent | AgentReady | AgentLost


class Resolver(Protocol):
    """Finds the addresses of names, since the agent must not wait for DNS."""

    async def resolve(self, name: str) -> tuple[str, ...]:
        """Return `address` or `address:port`, best first; empty if there is none."""
        ...
