"""One running agent: requests and their answers, events, signs of life."""

import asyncio
from collections.abc import Callable
from itertools import count
import logging
from types import NoneType
from typing import Final

from ..protocol.codec import decode_message, encode_request, read_schema
from ..protocol.commands import Command
from ..protocol.errors import (
    AgentGoneError,
    AgentStartError,
    AgentTimeoutError,
    CommandError,
    MalformedMessageError,
    ProtocolError,
    SchemaMismatchError,
)
from ..protocol.messages import (
    AgentMessage,
    Failure,
    Heartbeat,
    Hello,
    NameWanted,
    Request,
    Result,
    ResultValue,
)
from ..protocol.version import SCHEMA_VERSION
from .agent_log import AgentLog
from .events import AgentEvent
from .launch import Launch
from .process import AgentProcess
from .timing import Timing

MAX_GARBAGE_LINES: Final = 10_000
"""An agent that wrote more lines that are no messages is killed."""

_LOGGER = logging.getLogger(__name__)

type PendingResult = asyncio.Future[ResultValue | None]


class AgentConnection:
    """The messages of one agent process, from its hello to its end."""

    process: AgentProcess

    def __init__(
        self, on_event: Callable[[AgentEvent | NameWanted], None], timing: Timing
    ) -> None:
        """Prepare; open() makes a connection."""
        self.garbage_lines = 0
        self._on_event = on_event
        self._timing = timing
        self._loop = asyncio.get_running_loop()
        self._hello: asyncio.Future[Hello] = self._loop.create_future()
        self._ids = count(1)
        self._pending: dict[int, PendingResult] = {}
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None

    @classmethod
    async def open(
        cls,
        launch: Launch,
        *,
        on_event: Callable[[AgentEvent | NameWanted], None],
        log: AgentLog,
        timing: Timing,
    ) -> AgentConnection:
        """Start an agent; AgentStartError."""
        connection = cls(on_event, timing)
        log.restart()
        connection.process = await AgentProcess.spawn(
            launch,
            on_line=connection._handle_line,
            log=log,
            timing=timing,
        )
        connection.process.ended.add_done_callback(connection._handle_end)
        return connection

    @property
    def ended(self) -> asyncio.Future[str]:
        """Return the future of the reason why the agent ended."""
        return self.process.ended

    async def hello(self) -> Hello:
        """Return the agent's first message; from here on it must keep beating.

        Raises AgentStartError or SchemaMismatchError.
        """
        try:
            async with asyncio.timeout(self._timing.hello):
                hello = await self._hello
        except TimeoutError:
            raise AgentStartError("the agent does not say hello") from None
        self._heard = self._loop.time()
        self._watch_heartbeat()
        return hello

    async def tell(self, command: Command, *, seconds: float | None = None) -> None:
        """Have a command executed that returns nothing."""
        await self._request(command, NoneType, seconds)

    async def ask[T: ResultValue](
        self, command: Command, expected: type[T], *, seconds: float | None = None
    ) -> T:
        """Return the result of a command.

        Raises the command's own error, AgentGoneError or AgentTimeoutError
        after `seconds`, by default the time for requests.
        """
        return await self._request(command, expected, seconds)

    async def _request[T](
        self, command: Command, expected: type[T], seconds: float | None
    ) -> T:
        """Send a command and wait for its answer."""
        number = next(self._ids)
        line = encode_request(Request(id=number, command=command))
        future: PendingResult = self._loop.create_future()
        self._pending[number] = future
        try:
            async with asyncio.timeout(seconds or self._timing.request):
                await self.process.write(line)
                value = await future
        except TimeoutError:
            raise AgentTimeoutError(
                f"the agent did not answer {type(command).__name__} in time"
            ) from None
        finally:
            self._pending.pop(number, None)
        if not isinstance(value, expected):
            raise MalformedMessageError(
                f"{type(command).__name__} was answered with {type(value).__name__}"
            )
        return value

    def _handle_line(self, line: bytes) -> None:
        """Take one line of the agent's output."""
        try:
            message = decode_message(line)
        except ProtocolError as err:
            self._handle_garbage(line, err)
            return
        self._heard = self._loop.time()
        if self._hello.done():
            self._handle_message(message)
        else:
            self._handle_first(message)

    def _handle_first(self, message: AgentMessage) -> None:
        """Take the first message, which must be a hello of this schema."""
        if not isinstance(message, Hello):
            self._hello.set_exception(AgentStartError("the agent said no hello first"))
        elif message.schema != SCHEMA_VERSION:
            self._hello.set_exception(_mismatch(message.schema))
        else:
            self._hello.set_result(message)

    def _handle_message(self, message: AgentMessage) -> None:
        """Give an answer to its request and an event to its listener."""
        match message:
            case Result(id=number, value=value):
                if (future := self._answered(number)) is not None:
                    future.set_result(value)
            case Failure(id=number, code=code, text=text):
                error = CommandError.by_code.get(code, CommandError)(text)
                if (future := self._answered(number)) is not None:
                    future.set_exception(error)
                elif number is None:
                    _LOGGER.error("The agent could not read a command: %s", text)
            case Heartbeat() | Hello():
                pass
            case _:
                self._on_event(message)

    def _answered(self, number: int | None) -> PendingResult | None:
        """Return the request that is answered, if it still waits."""
        future = None if number is None else self._pending.get(number)
        return None if future is None or future.done() else future

    def _handle_garbage(self, line: bytes, error: ProtocolError) -> None:
        """Count a line that is no message and go on."""
        if not self._hello.done() and (schema := read_schema(line)) is not None:
            self._hello.set_exception(_mismatch(schema))
            return
        self.garbage_lines += 1
        if self.garbage_lines == 1:
            _LOGGER.warning("The agent wrote a line that is no message: %s", error)
        elif self.garbage_lines > MAX_GARBAGE_LINES:
            self.process.kill("it wrote too much that is no message")

    def _watch_heartbeat(self) -> None:
        """Look again when the agent would have been silent for too long."""
        if not self.ended.done():
            due = self._heard + self._timing.heartbeat
            self._watch = self._loop.call_at(due, self._check_heartbeat, due)

    def _check_heartbeat(self, due: float) -> None:
        """Kill an agent whose loop does not turn."""
        now = self._loop.time()
        if now - due > self._timing.late_timer:
            # We ourselves were held up, and the agent perhaps with us.
            self._heard = now
        if now - self._heard >= self._timing.heartbeat:
            self.process.kill(f"it was silent for {self._timing.heartbeat:g} s")
        else:
            self._watch_heartbeat()

    def _handle_end(self, ended: asyncio.Future[str]) -> None:
        """Fail whatever still waits."""
        if self._watch is not None:
            self._watch.cancel()
        reason = ended.result()
        if not self._hello.done():
            self._hello.set_exception(AgentStartError(f"the agent ended: {reason}"))
        if not self._hello.cancelled():
            self._hello.exception()  # Retrieved, should nobody wait for it.
        for future in self._pending.values():
            if not future.done():
                future.set_exception(AgentGoneError(f"the agent ended: {reason}"))


def _mismatch(schema: int) -> SchemaMismatchError:
    """Return the error about an agent of another schema."""
    return SchemaMismatchError(
        f"the agent speaks schema {schema}, this side {SCHEMA_VERSION}; "
        "restart Home Assistant to use the same version for both"
    )
