"""The agent as Home Assistant sees it: a typed method per command, and events."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
import logging
from typing import Final, override

from ..protocol.bindings import Binding, by_device
from ..protocol.commands import (
    CheckHealth,
    Configure,
    ListState,
    Restore,
    SetHost,
)
from ..protocol.config import AccountConfig, HostConfig, UserAgentConfig
from ..protocol.errors import (
    AgentGoneError,
    AgentStartError,
    CommandError,
    NativeLibraryDamagedError,
    NativeLibraryMissingError,
    SchemaMismatchError,
    SipAgentError,
)
from ..protocol.messages import (
    BindingsChanged,
    Configured,
    Hello,
    NameWanted,
    Snapshot,
)
from .agent_log import AgentLog
from .commanding import AgentCommands
from .connection import AgentConnection
from .events import (
    AgentEvent,
    AgentLost,
    AgentReady,
    ClientEvent,
    Resolver,
    without_overtaken,
)
from .launch import agent_launch
from .names import NameService
from .supervisor import Deaths, Supervisor
from .timing import Timing

_LOGGER = logging.getLogger(__name__)
_LAST_LOG_LINES = 20
FOR_A_PERSON: Final = (
    NativeLibraryDamagedError,
    NativeLibraryMissingError,
    SchemaMismatchError,
)
"""What keeps an agent from starting however often it is tried."""


class AgentClient(AgentCommands):
    """Drives one agent process and keeps it alive.

    Events of a new process that come before it is healthy are delivered
    after its AgentReady, so that states can be written before a ring; states
    that have been overtaken by then are not told any more.
    """

    def __init__(
        self,
        config: UserAgentConfig,
        resolver: Resolver,
        *,
        bindings: Iterable[Binding] = (),
        command: Sequence[str] | None = None,
        timing: Timing | None = None,
        deaths: Deaths | None = None,
    ) -> None:
        """Take the configuration; `command` replaces the agent's command line.

        `bindings` and `deaths` are what clients before this one have heard.
        """
        self._command = command
        self._timing = timing or Timing()
        self._log = AgentLog()
        self._secrets: set[str] = set()
        self._bindings = by_device(bindings)
        self._keep(config)
        self._subscribers: list[Callable[[ClientEvent], None]] = []
        self._held: list[AgentEvent] | None = []
        self._connection: AgentConnection | None = None
        self._ready = False
        self._down = False
        self._stopped = False
        self._hello: Hello | None = None
        self._names = NameService(resolver, self._tell_host, self._timing)
        self._supervisor = Supervisor(
            self._bring_up, self._handle_death, deaths or Deaths(self._timing)
        )

    @property
    def connected(self) -> bool:
        """Tell whether a healthy agent runs."""
        connection = self._connection
        return self._ready and connection is not None and not connection.ended.done()

    @property
    def hello(self) -> Hello | None:
        """Return what the last agent said it is."""
        return self._hello

    @property
    def deaths(self) -> int:
        """Return how many agents have died in the history."""
        return self._supervisor.deaths.total

    @property
    def log_lines(self) -> tuple[str, ...]:
        """Return the last lines of the agent's log, redacted."""
        return self._log.lines

    def subscribe(self, callback: Callable[[ClientEvent], None]) -> Callable[[], None]:
        """Call back for every event; return what ends it."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    async def start(self) -> None:
        """Start the agent and supervise it until stop().

        Raises NativeLibraryMissingError, NativeLibraryDamagedError,
        SchemaMismatchError or AgentStartError. A port that is taken is no error
        here: the result of configure() and TransportChanged tell.
        """
        self._stopped = False
        try:
            connection = await self._bring_up()
        except FOR_A_PERSON:
            raise
        except SipAgentError as err:
            self._count_failed_start()
            if isinstance(err, AgentStartError):
                raise
            raise AgentStartError(f"the agent did not start: {err}") from err
        self._supervisor.start(connection)

    async def stop(self) -> None:
        """End the agent, also one that is being started; no process is left."""
        self._stopped = True
        await self._supervisor.stop()
        await self._names.stop()
        self._ready = False
        if self._connection is not None:
            await self._connection.process.stop()
            self._connection = None

    async def configure(self, config: UserAgentConfig) -> Configured:
        """Apply a configuration and keep it for agents to come.

        Without an agent it is only kept, and no transports are returned.
        """
        self._keep(config)
        if not self.connected:
            return Configured(transports=())
        return await self._agent().ask(Configure(config=config), Configured)

    @override
    def _agent(self) -> AgentConnection:
        """Return the healthy agent."""
        if self._connection is None or not self.connected:
            raise AgentGoneError("the agent is not running")
        return self._connection

    async def _bring_up(self) -> AgentConnection:
        """Return a healthy agent with the configuration applied."""
        loop = asyncio.get_running_loop()
        launch = await loop.run_in_executor(None, agent_launch, self._command)
        self._ready, self._held = False, []
        connection = self._connection = await AgentConnection.open(
            launch, on_event=self._handle_event, log=self._log, timing=self._timing
        )
        try:
            self._hello = await self._greet(connection)
            snapshot = await self._make_healthy(connection)
        except BaseException as err:
            self._connection = None
            await connection.process.abandon(f"it did not start: {err}")
            raise
        self._become_ready(AgentReady(hello=self._hello, snapshot=snapshot))
        return connection

    async def _greet(self, connection: AgentConnection) -> Hello:
        """Return the hello of an agent, unless it is not wanted any more."""
        if self._stopped:
            raise AgentStartError("it was stopped meanwhile")
        return await connection.hello()

    async def _make_healthy(self, connection: AgentConnection) -> Snapshot:
        """Apply the configuration, also one that changes meanwhile; check health.

        Returns the state after the last of them.
        """
        while True:
            applied = self._config
            configured = await connection.ask(Configure(config=applied), Configured)
            await self._restore(connection)
            if any(status.listening for status in configured.transports):
                await connection.tell(CheckHealth(), seconds=self._timing.health)
            snapshot = await connection.ask(ListState(), Snapshot)
            if applied is self._config:
                self._bindings = by_device(snapshot.bindings)
                return snapshot

    async def _restore(self, connection: AgentConnection) -> None:
        """Give the bindings back; one that is not taken keeps no agent from starting."""
        for bindings in tuple(self._bindings.values()):
            try:
                await connection.tell(Restore(bindings=bindings))
            except CommandError as err:
                _LOGGER.warning("The bindings of a device are lost: %s", err)

    def _keep(self, config: UserAgentConfig) -> None:
        """Remember the configuration for agents to come."""
        self._config = config
        self._hide(*config.accounts)
        for device in config.devices:
            if device.credentials:
                self._secrets.update(device.credentials.hashes.values())
            self._secrets.update(door.code for door in device.doors)
        self._log.hide(self._secrets)

    @override
    def _hide(self, *accounts: AccountConfig) -> None:
        """Keep passwords out of the log, old ones too."""
        self._secrets.update(account.password for account in accounts)
        self._log.hide(self._secrets)

    def _become_ready(self, ready: AgentReady) -> None:
        """Tell that the agent is healthy, then what has happened since its hello."""
        held, self._held = self._held or [], None
        self._ready = True
        if self._down:
            _LOGGER.info("The SIP agent is back")
        self._down = False
        self._emit(ready)
        for event in without_overtaken(held):
            self._emit(event)

    def _handle_death(self, reason: str, error: SipAgentError | None) -> None:
        """Tell that the agent is gone."""
        self._ready = False
        self._connection = None
        level = logging.DEBUG if self._down else logging.WARNING
        _LOGGER.log(level, "The SIP agent is lost and started again: %s", reason)
        self._down = True
        self._tell_death(error)

    def _count_failed_start(self) -> None:
        """Tell that the first agent did not become healthy, unless that was wished."""
        if not self._stopped:
            now = asyncio.get_running_loop().time()
            self._supervisor.deaths.record(now, None)
            self._tell_death()

    def _tell_death(self, error: SipAgentError | None = None) -> None:
        """Tell how often agents die."""
        deaths = self._supervisor.deaths
        now = asyncio.get_running_loop().time()
        self._emit(
            AgentLost(
                deaths=deaths.total,
                recent_deaths=deaths.recent(now),
                last_log=self._log.lines[-_LAST_LOG_LINES:],
                keeps_dying=deaths.keeps_dying(now),
                error=error,
            )
        )

    def _handle_event(self, event: AgentEvent | NameWanted) -> None:
        """Serve the agent's wish for a name; hand on or hold everything else."""
        if isinstance(event, BindingsChanged):
            self._bindings[event.device] = event.bindings
        match event:
            case NameWanted(name=name):
                self._names.want(name)
            case _ if self._held is not None:
                self._held.append(event)
            case _:
                self._emit(event)

    def _emit(self, event: ClientEvent) -> None:
        """Call every subscriber; one that fails harms no other."""
        for callback in tuple(self._subscribers):
            try:
                callback(event)
            except Exception:
                _LOGGER.exception("Error while handling %s", type(event).__name__)

    async def _tell_host(self, host: HostConfig) -> None:
        """Answer a NameWanted."""
        if self._connection is not None:
            await self._connection.tell(SetHost(host=host))
