"""A user agent with a fake phone, a fake clock and what it told."""

from dataclasses import dataclass, field, replace
from typing import Any

from custom_components.sip_intercom.lib.sipagent.agent.network import NetworkWatch
from custom_components.sip_intercom.lib.sipagent.agent.user_agent import UserAgent
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    ButtonConfig,
    DeviceConfig,
    HostConfig,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    Event,
)

from .fake_phone import DOOR, FakePhone

PBX = "198.51.100.5"
BELL = DeviceConfig(id="bell", addresses=(DOOR,), user="door", uri=f"sip:door@{DOOR}")
PANEL = DeviceConfig(
    id="panel",
    addresses=("192.0.2.20",),
    buttons=(
        ButtonConfig(id="ground", number="101"),
        ButtonConfig(id="first", number="102"),
    ),
    uri="sip:192.0.2.20",
)
ACCOUNT = AccountConfig(
    id="pbx",
    server="pbx.example",
    username="600",
    password="secret-pass",
    token="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
)
SECOND = replace(ACCOUNT, id="second", token="2" * 32)
GATE = DeviceConfig(
    id="gate", account="pbx", user="200", callers=("201",), uri="sip:200@pbx.example"
)
CONFIG = UserAgentConfig(
    accounts=(ACCOUNT,),
    devices=(BELL, PANEL, GATE),
    hosts=(HostConfig(name="pbx.example", addresses=(f"{PBX}:5060",)),),
)


@dataclass
class Clock:
    """Time that passes only when told."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """Everything a test of the user agent needs."""

    clock: Clock = field(default_factory=Clock)
    phone: FakePhone = field(default_factory=FakePhone)
    addresses: set[str] = field(default_factory=lambda: {"192.0.2.1"})
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        network = NetworkWatch(self.clock, lambda: frozenset(self.addresses))
        self.agent = UserAgent(
            self.phone,
            self.events.append,
            clock=self.clock,
            jitter=lambda: 0.5,
            network=network,
        )
        self.agent.start()

    def configure(self, **changes: Any) -> None:
        """Apply the household's configuration with changes."""
        self.agent.configure(replace(CONFIG, **changes))

    def register(self, account: str = "pbx", **facts: Any) -> None:
        """Have an account registered."""
        self.phone.report(account, RegistrationState.REGISTERED, **facts)

    def token(self, account: str = "pbx") -> str:
        """Return the token in an account's Contact."""
        return self.phone.accounts[account].token

    def contact(self, account: str = "pbx") -> str:
        """Return the Request-URI with which a PBX calls an account."""
        return f"sip:600@192.0.2.1:5060;line={self.token(account)}"

    def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass as the loop would see it."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.now = min(end, self.clock.now + step)
            self.phone.poll(0)
            self.agent.tick()
            self.phone.poll(0)

    def told(self) -> list[CallEventType]:
        """Return the call events in order."""
        return [each.event for each in self.calls()]

    def calls(self) -> list[CallChanged]:
        """Return what was told about calls."""
        return [event for event in self.events if isinstance(event, CallChanged)]

    def call(self) -> Call:
        """Return the call that was told about last."""
        return self.calls()[-1].call

    def of[T](self, kind: type[T]) -> list[T]:
        """Return the events of one class."""
        return [event for event in self.events if isinstance(event, kind)]
