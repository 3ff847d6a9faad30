"""The real agent, driven as Home Assistant drives it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import signal
import sys
from typing import Self

from custom_components.sip_intercom.lib.sipagent.client.client import AgentClient
from custom_components.sip_intercom.lib.sipagent.client.events import (
    AgentReady,
    ClientEvent,
    Resolver,
)
from custom_components.sip_intercom.lib.sipagent.client.native import (
    find_native_library,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    Registration,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    DeviceConfig,
    TransportsConfig,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    RegistrationChanged,
)

from .addresses import Endpoint, new_endpoint
from .certificates import Identity

EVENT_TIMEOUT = 10.0  # seconds
RTP_PORTS = 400
_HASTY = Path(__file__).with_name("hasty_agent.py")


class NoNames:
    """A resolver that knows no names; peers are called by address."""

    async def resolve(self, name: str) -> tuple[str, ...]:
        """Return nothing."""
        return ()


class Agent:
    """An agent on an address of its own, and what it has told."""

    def __init__(
        self,
        *devices: DeviceConfig,
        accounts: tuple[AccountConfig, ...] = (),
        endpoint: Endpoint | None = None,
        identity: Identity | None = None,
    ) -> None:
        """Configure the agent; it starts when entered."""
        self.endpoint = endpoint or new_endpoint(span=2)
        self.config = UserAgentConfig(
            transports=_transports(self.endpoint, identity),
            accounts=accounts,
            devices=devices,
        )
        self.command: tuple[str, ...] | None = None
        self.client: AgentClient
        self.resolver: Resolver = NoNames()
        self.events: list[ClientEvent] = []

    async def __aenter__(self) -> Self:
        """Start the agent."""
        self._heard: asyncio.Queue[ClientEvent] = asyncio.Queue()
        self.client = AgentClient(self.config, self.resolver, command=self.command)
        self.client.subscribe(self._heard.put_nowait)
        await self.client.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the agent."""
        await self.client.stop()

    def listen_everywhere(self) -> None:
        """Start without a bind address, as most installations do."""
        transports = replace(self.config.transports, bind_address="")
        self.config = replace(self.config, transports=transports)

    def hasten(self, **limits: float) -> None:
        """Start with other limits, and log what the SIP stack holds."""
        words = (f"{name}={seconds}" for name, seconds in limits.items())
        program = (sys.executable, "-P", str(_HASTY), str(find_native_library()))
        self.command = (*program, *words)

    @property
    def tls_endpoint(self) -> Endpoint:
        """Return where the agent listens for TLS."""
        return Endpoint(address=self.endpoint.address, port=self.endpoint.port + 1)

    def uri(self, transport: str = "udp", user: str = "homeassistant") -> str:
        """Return the URI that a direct device dials."""
        endpoint = self.tls_endpoint if transport == "tls" else self.endpoint
        return f"sip:{user}@{endpoint};transport={transport}"

    async def next[T: ClientEvent](
        self,
        kind: type[T],
        matches: Callable[[T], bool] = lambda _: True,
        seconds: float = EVENT_TIMEOUT,
    ) -> T:
        """Return the next event of a kind that matches; keep all that were seen."""
        async with asyncio.timeout(seconds):
            while True:
                event = await self._heard.get()
                self.events.append(event)
                if isinstance(event, kind) and matches(event):
                    return event

    async def call(self, *types: CallEventType, seconds: float = EVENT_TIMEOUT) -> Call:
        """Return the call of the next call event, which must be of these types."""
        changed = await self.next(CallChanged, seconds=seconds)
        assert changed.event in types, changed
        return changed.call

    async def registration(
        self, account: str, *states: RegistrationState, seconds: float = EVENT_TIMEOUT
    ) -> Registration:
        """Return an account's registration once it has one of the states."""
        changed = await self.next(
            RegistrationChanged,
            lambda event: (
                event.registration.account == account
                and event.registration.state in states
            ),
            seconds,
        )
        return changed.registration

    async def ready(self, seconds: float = EVENT_TIMEOUT) -> AgentReady:
        """Wait for the next agent after a death."""
        return await self.next(AgentReady, seconds=seconds)

    async def seen[T: ClientEvent](self, kind: type[T]) -> list[T]:
        """Return every event of a kind so far, also what is still on its way."""
        await self.client.list_state()
        while not self._heard.empty():
            self.events.append(self._heard.get_nowait())
        return [event for event in self.events if isinstance(event, kind)]

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the agent's process."""
        process = self.client._connection.process  # type: ignore[union-attr]
        process._transport.send_signal(number)


def _transports(endpoint: Endpoint, identity: Identity | None) -> TransportsConfig:
    rtp = new_endpoint(endpoint.address).port
    first = min(rtp + rtp % 2, 65000)
    transports = TransportsConfig(
        bind_address=endpoint.address,
        port=endpoint.port,
        rtp_first=first,
        rtp_last=first + RTP_PORTS,
    )
    if identity is None:
        return transports
    return TransportsConfig(
        bind_address=endpoint.address,
        port=endpoint.port,
        tls_port=endpoint.port + 1,
        tls_certificate=str(identity.certificate),
        tls_key=str(identity.key),
        rtp_first=first,
        rtp_last=first + RTP_PORTS,
    )
