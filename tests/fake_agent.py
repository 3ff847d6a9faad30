"""An agent without a process: AgentClient's surface, and what a test does to it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from custom_components.sip_intercom.lib.sipagent.client.events import (
    AgentLost,
    AgentReady,
    ClientEvent,
    Resolver,
)
from custom_components.sip_intercom.lib.sipagent.client.supervisor import Deaths
from custom_components.sip_intercom.lib.sipagent.protocol.bindings import (
    Binding,
    Guesser,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    TERMINAL_EVENTS,
    Call,
    CallEventType,
    CallReason,
    CallState,
    Direction,
    Proof,
    Registration,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import (
    AddCandidates,
    Callee,
    Dial,
    OpenViewer,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    HostConfig,
    Transport,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentGoneError,
    SipAgentError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    BindingsChanged,
    CallChanged,
    CallerRefused,
    Configured,
    CredentialsRefused,
    Hello,
    MessageReceived,
    RegistrationChanged,
    ServerSought,
    Snapshot,
    ToneReceived,
    TransportChanged,
    TransportStatus,
)
from custom_components.sip_intercom.lib.sipagent.protocol.tones import (
    RFC_4733,
    ToneStyle,
)
from custom_components.sip_intercom.lib.sipagent.protocol.version import SCHEMA_VERSION

HELLO = Hello(
    schema=SCHEMA_VERSION,
    pjsip="2.17",
    build={"id": "test", "compiler": "none", "asserts": True, "patches": ("one",)},
)
STATES = {
    CallEventType.INCOMING: CallState.RINGING,
    CallEventType.OUTGOING: CallState.DIALING,
    CallEventType.PROGRESS: CallState.EARLY_MEDIA,
    CallEventType.ANSWERED: CallState.IN_CALL,
} | dict.fromkeys(TERMINAL_EVENTS, CallState.IDLE)


class FakeAgent:
    """The agent itself: it rings, answers to commands, dies and comes back."""

    def __init__(self) -> None:
        """Start with nothing configured."""
        self.config = UserAgentConfig()
        self.resolver: Resolver | None = None
        self.configurations: list[UserAgentConfig] = []
        self.commands: list[tuple[object, ...]] = []
        self.trials: list[tuple[AccountConfig, tuple[HostConfig, ...]]] = []
        self.starts = 0
        self.stops = 0
        self.start_error: SipAgentError | None = None
        self.trial_error: SipAgentError | None = None
        self.command_error: SipAgentError | None = None
        self.calls: dict[str, Call] = {}
        self.registrations: dict[str, Registration] = {}
        self.bindings: dict[str, tuple[Binding, ...]] = {}
        self.guessers: list[Guesser] = []
        self.refused = 0
        self.played: list[bytes] = []
        self.playing: asyncio.Future[bool] | None = None
        self.volume = 1.0
        self.video_port = 9
        self.recording: Callable[[str, str], Awaitable[None]] | None = None
        self._subscribers: list[Callable[[ClientEvent], None]] = []
        self._connected = False
        self._deaths = 0
        self._ids = count(1)

    def __call__(
        self,
        config: UserAgentConfig,
        resolver: Resolver,
        *,
        bindings: Iterable[Binding] = (),
        deaths: Deaths | None = None,
    ) -> FakeAgent:
        """Stand in for the constructor of AgentClient."""
        for binding in bindings:
            self.bindings[binding.device] = (binding,)
        self.config = config
        self.resolver = resolver
        return self

    # What AgentClient has.

    @property
    def connected(self) -> bool:
        return self._connected

    @property
    def hello(self) -> Hello | None:
        return HELLO

    @property
    def deaths(self) -> int:
        return self._deaths

    @property
    def log_lines(self) -> tuple[str, ...]:
        return ("INFO pjsip: hello", "WARNING pjsip: no route")

    def subscribe(self, callback: Callable[[ClientEvent], None]) -> Callable[[], None]:
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    async def start(self) -> None:
        if self.start_error:
            raise self.start_error
        self.starts += 1
        self.ready()

    async def stop(self) -> None:
        self.stops += 1
        self._connected = False

    async def configure(self, config: UserAgentConfig) -> Configured:
        self.config = config
        self.configurations.append(config)
        if self.command_error:
            raise self.command_error
        if not self._connected:
            return Configured(transports=())
        return Configured(transports=self.transports())

    async def set_host(self, host: HostConfig) -> None:
        self._command("set_host", host)

    async def try_account(
        self, account: AccountConfig, hosts: tuple[HostConfig, ...] = ()
    ) -> None:
        self.trials.append((account, hosts))
        if self.trial_error:
            raise self.trial_error

    async def list_state(self) -> Snapshot:
        return self.snapshot()

    async def answer(self, call: str, by: str = "") -> None:
        self._command("answer", call, *([by] if by else []))

    async def decline(self, call: str, status: int = 486) -> None:
        self._command("decline", call, status)

    async def hang_up(self, call: str) -> None:
        self._command("hang_up", call)

    async def dial(self, dial: Dial) -> str:
        self._command("dial", dial)
        call = Call(
            id=self._new_id(),
            direction=Direction.OUTBOUND,
            state=CallState.DIALING,
            device=dial.device,
            account=dial.account,
            called=dial.target or "",
        )
        self.change(call, CallEventType.OUTGOING)
        return call.id

    async def send_tones(
        self, call: str, tones: str, style: ToneStyle = RFC_4733
    ) -> None:
        self._command("send_tones", call, tones, style)

    async def play(
        self, call: str, path: str, seconds: float, *, loop: bool = False
    ) -> bool:
        self._command("play_loop" if loop else "play", call, seconds)
        self.played.append(Path(path).read_bytes())  # noqa: ASYNC240
        if self.playing is None:
            return True
        return await self.playing

    async def stop_playing(self, call: str) -> None:
        self._command("stop_playing", call)
        if self.playing and not self.playing.done():
            self.playing.set_result(False)

    async def set_volume(self, call: str, volume: float) -> None:
        self.volume = volume

    async def record(self, call: str, heard: str, sent: str) -> None:
        self._command("record", call, heard, sent)
        if self.recording:
            await self.recording(heard, sent)

    async def stop_recording(self, call: str) -> None:
        self._command("stop_recording", call)

    async def hold(self, call: str, *, held: bool) -> None:
        self._command("hold", call, held)

    async def mute(self, call: str, *, muted: bool) -> None:
        self._command("mute", call, muted)

    async def transfer(self, call: str, target: str) -> None:
        self._command("transfer", call, target)

    async def connect(self, call: str, callees: tuple[Callee, ...]) -> None:
        self._command("connect", call, callees)

    async def send_message(self, to: Callee, text: str) -> None:
        self._command("send_message", to, text)

    async def open_door(self, device: str, door: str) -> str:
        self._command("open_door", device, door)
        return self._new_id()

    async def open_viewer(self, command: OpenViewer) -> str:
        self._command("open_viewer", command)
        return "the answer"

    async def add_candidates(self, command: AddCandidates) -> None:
        self._command("add_candidates", command)

    async def close_viewer(self, viewer: str) -> None:
        self._command("close_viewer", viewer)

    async def open_video(self, device: str) -> int:
        self._command("open_video", device)
        return self.video_port

    async def close_video(self, device: str) -> None:
        self._command("close_video", device)

    async def watch_video(self, device: str, port: int, *, watched: bool) -> None:
        self._command("watch_video", device, port, watched)

    # What a test does to it.

    def emit(self, event: ClientEvent) -> None:
        """Tell every subscriber."""
        for callback in tuple(self._subscribers):
            callback(event)

    def ring(self, device: str | None = None, **facts: Any) -> Call:
        """Let a device, or an unknown caller over an account, call."""
        defaults: dict[str, Any] = {
            "caller": "100",
            "caller_name": "Gate",
            "called": "homeassistant",
        }
        call = Call(
            id=self._new_id(),
            direction=Direction.INBOUND,
            state=CallState.RINGING,
            device=device,
            **(defaults | facts),
        )
        return self.change(call, CallEventType.INCOMING)

    def change(self, call: Call, event: CallEventType, **facts: Any) -> Call:
        """Let something happen to a call."""
        call = replace(call, state=STATES[event], **facts)
        self.calls[call.id] = call
        if event in TERMINAL_EVENTS:
            del self.calls[call.id]
        self.emit(CallChanged(event=event, call=call))
        return call

    def answered(self, call: Call) -> Call:
        """Let a call be answered."""
        return self.change(call, CallEventType.ANSWERED)

    def close(
        self,
        call: Call,
        event: CallEventType = CallEventType.ENDED,
        reason: CallReason = CallReason.REMOTE_HANGUP,
        **facts: Any,
    ) -> Call:
        """Let a call end."""
        return self.change(call, event, reason=reason, **facts)

    def tone(self, call: Call, tone: str) -> None:
        """Let the peer send a tone."""
        self.emit(ToneReceived(call=call.id, tone=tone))

    def message(self, device: str | None, text: str, **facts: Any) -> None:
        """Let a text arrive."""
        defaults: dict[str, Any] = {
            "account": None,
            "caller": "100",
            "caller_name": "Gate",
            "proof": Proof.ADDRESS,
        }
        self.emit(MessageReceived(device=device, text=text, **(defaults | facts)))

    def register(
        self, account: str, state: RegistrationState, **facts: Any
    ) -> Registration:
        """Let a registration change."""
        registration = Registration(account=account, state=state, **facts)
        self.registrations[account] = registration
        self.emit(RegistrationChanged(registration=registration))
        return registration

    def refuse(self, source: str, attempts: int = 2, **facts: Any) -> None:
        """Let a stranger be refused."""
        self.refused += 1
        defaults: dict[str, Any] = {
            "transport": Transport.UDP,
            "caller": "200",
            "caller_name": "Front gate",
            "called": "homeassistant",
            "user_agent": "Doorbell/1.0",
        }
        self.emit(
            CallerRefused(
                source=source,
                attempts=attempts,
                total=self.refused,
                **(defaults | facts),
            )
        )

    def bind(self, device: str, **facts: Any) -> Binding:
        """Let a device register."""
        defaults: dict[str, Any] = {
            "contact": "sip:201@192.0.2.31:5062",
            "expires_at": datetime.now(UTC).timestamp() + 300,
            "transport": Transport.UDP,
            "address": "192.0.2.31",
            "port": 5062,
            "call_id": "c1",
            "cseq": 1,
            "user_agent": "Gate/1.2",
        }
        binding = Binding(device=device, **(defaults | facts))
        self.bindings[device] = (binding,)
        self.emit(BindingsChanged(device=device, bindings=(binding,)))
        return binding

    def unbind(self, device: str) -> None:
        """Let a device's registration end."""
        self.bindings[device] = ()
        self.emit(BindingsChanged(device=device, bindings=()))

    def guess(self, attempts: int = 1, **facts: Any) -> None:
        """Let somebody show a wrong password."""
        defaults: dict[str, Any] = {
            "source": "192.0.2.99",
            "username": "201",
            "known": True,
            "locked": 0.0,
        }
        guesser = Guesser(attempts=attempts, **(defaults | facts))
        self.guessers = [guesser]
        self.emit(
            CredentialsRefused(
                guesser=guesser, transport=Transport.UDP, user_agent="scanner"
            )
        )

    def seek(self, address: str, **facts: Any) -> None:
        """Let a phone look for a server."""
        defaults: dict[str, Any] = {
            "port": 5060,
            "mac": "000413aabbcc",
            "vendor": "snom",
            "model": "D785",
            "version": "10",
            "user_agent": "snomD785/10",
        }
        self.emit(ServerSought(address=address, **(defaults | facts)))

    def lose_port(
        self, port: int, transport: Transport = Transport.UDP, text: str = "in use"
    ) -> None:
        """Let a transport be lost."""
        self._tell_transport(port, transport, text, listening=False)

    def regain_port(self, port: int, transport: Transport = Transport.UDP) -> None:
        """Let a transport be back."""
        self._tell_transport(port, transport, "", listening=True)

    def lose(
        self,
        *,
        keeps_dying: bool = False,
        recent_deaths: int = 1,
        error: SipAgentError | None = None,
    ) -> None:
        """Let the agent die, with all of its calls."""
        self._connected = False
        self._deaths += 1
        self.calls.clear()
        self.registrations.clear()
        self.refused = 0
        self.emit(
            AgentLost(
                deaths=self._deaths,
                recent_deaths=recent_deaths,
                last_log=("ERROR pjsip: assertion failed",),
                keeps_dying=keeps_dying,
                error=error,
            )
        )

    def ready(self) -> None:
        """Let a new agent be healthy."""
        self._connected = True
        self.emit(AgentReady(hello=HELLO, snapshot=self.snapshot()))

    def snapshot(self) -> Snapshot:
        """Return what lasts."""
        return Snapshot(
            registrations=tuple(self.registrations.values()),
            calls=tuple(self.calls.values()),
            transports=self.transports(),
            refused=self.refused,
            bindings=tuple(
                binding for found in self.bindings.values() for binding in found
            ),
            guessers=tuple(self.guessers),
        )

    def transports(self) -> tuple[TransportStatus, ...]:
        """Return where it listens: wherever it is told to."""
        return tuple(
            TransportStatus(
                transport=transport,
                address="0.0.0.0",
                port=self.config.transports.port,
                listening=True,
            )
            for transport in (Transport.UDP, Transport.TCP)
        )

    def _tell_transport(
        self, port: int, transport: Transport, text: str, *, listening: bool
    ) -> None:
        self.emit(
            TransportChanged(
                status=TransportStatus(
                    transport=transport,
                    address="0.0.0.0",
                    port=port,
                    listening=listening,
                    text=text,
                )
            )
        )

    def _command(self, *command: object) -> None:
        if not self._connected:
            raise AgentGoneError("the agent is not running")
        self.commands.append(command)
        if self.command_error:
            raise self.command_error

    def _new_id(self) -> str:
        return f"c{next(self._ids)}"
