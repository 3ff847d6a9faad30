"""One agent process: its pipes, its end, nothing of its messages."""

import asyncio
from collections.abc import Callable
import contextlib
import os
import signal
from typing import cast, override

from ..protocol.errors import AgentGoneError, AgentStartError, AgentTimeoutError
from ..protocol.version import MAX_LINE_LENGTH
from .agent_log import MAX_LOG_LINE_LENGTH, AgentLog
from .launch import Launch
from .lines import LineSplitter
from .timing import Timing

_STDIN = 0


class AgentProcess(asyncio.SubprocessProtocol):
    """A child process whose output is handed on where it arrives.

    Its output has a pipe of its own, because asyncio's subprocess transport
    and its streams hand data on in a later turn of the event loop, and each
    turn waits anew for every busy thread of the interpreter.
    """

    def __init__(
        self, on_line: Callable[[bytes], None], log: AgentLog, timing: Timing
    ) -> None:
        """Prepare for a process; spawn() makes it."""
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why the child ended; done when everything it wrote has been read."""
        self._log = log
        self._timing = timing
        self._output = _Output(on_line, self._handle_pipe_lost)
        self._errors = LineSplitter(MAX_LOG_LINE_LENGTH)
        self._writable = asyncio.Event()
        self._writable.set()
        self._writing = asyncio.Lock()
        self._reason = ""
        self._exited = False
        self._stopping = False
        self._last_call: asyncio.TimerHandle | None = None
        self._transport: asyncio.SubprocessTransport
        self._stdin: asyncio.WriteTransport

    @classmethod
    async def spawn(
        cls,
        launch: Launch,
        *,
        on_line: Callable[[bytes], None],
        log: AgentLog,
        timing: Timing,
    ) -> AgentProcess:
        """Start the child; AgentStartError.

        It has a session of its own, so that Ctrl-C in a terminal reaches only
        Home Assistant, which ends it by closing its input.
        """
        process = cls(on_line, log, timing)
        reading, writing = os.pipe()
        output = os.fdopen(reading, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        try:
            await loop.subprocess_exec(
                lambda: process,
                *launch.command,
                stdout=writing,
                env=launch.environment,
                cwd=launch.folder,
                start_new_session=True,
            )
        except (OSError, ValueError) as err:
            output.close()
            raise AgentStartError(f"cannot start {launch.command[0]}: {err}") from err
        finally:
            os.close(writing)
        try:
            await loop.connect_read_pipe(lambda: process._output, output)
        except BaseException:
            process.kill("its start was given up")
            raise
        return process

    @property
    def pid(self) -> int:
        """Return the child's process id."""
        return self._transport.get_pid()

    async def write(self, data: bytes) -> None:
        """Write in the order of the calls; a child that does not read is killed.

        Raises AgentGoneError or AgentTimeoutError.
        """
        async with self._writing:
            if not self._writable.is_set():
                await self._until_writable()
            if self.ended.done() or self._stdin.is_closing():
                raise AgentGoneError("the agent process has ended")
            self._stdin.write(data)

    def kill(self, reason: str) -> None:
        """Kill the child, also a stopped one."""
        self._reason = self._reason or reason
        with contextlib.suppress(ProcessLookupError):
            self._transport.kill()

    async def abandon(self, reason: str) -> None:
        """Kill the child and wait for its end."""
        self.kill(reason)
        await asyncio.shield(self.ended)

    async def stop(self) -> None:
        """Close the child's input, then terminate, then kill it; wait for its end."""
        self._stopping = True
        try:
            self._stdin.close()
            await asyncio.wait((self.ended,), timeout=self._timing.stop)
            if not self.ended.done():
                with contextlib.suppress(ProcessLookupError):
                    self._transport.terminate()
                await asyncio.wait((self.ended,), timeout=self._timing.terminate)
        finally:
            if not self.ended.done():
                self.kill("it did not stop")
        await asyncio.shield(self.ended)

    async def _until_writable(self) -> None:
        """Wait until the child reads its input again."""
        try:
            async with asyncio.timeout(self._timing.drain):
                await self._writable.wait()
        except TimeoutError:
            self.kill("it does not read its input")
            raise AgentTimeoutError("the agent does not read its input") from None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the pipes."""
        self._transport = cast(asyncio.SubprocessTransport, transport)
        stdin = self._transport.get_pipe_transport(_STDIN)
        self._stdin = cast(asyncio.WriteTransport, stdin)

    @override
    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """Hand lines of standard error to the log."""
        for line in self._errors.feed(cast(bytes, data)):
            self._log.feed(line)

    @override
    def pause_writing(self) -> None:
        """Notice that the pipe is full."""
        self._writable.clear()

    @override
    def resume_writing(self) -> None:
        """Notice that the child reads again."""
        self._writable.set()

    @override
    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Notice the end of standard input or error."""
        self._handle_pipe_lost()

    @override
    def process_exited(self) -> None:
        """Notice the end of the child; its last output may still be in a pipe."""
        self._handle_pipe_lost()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Notice the end of the child, its standard input and error."""
        self._exited = True
        self._handle_pipe_lost()

    def _handle_pipe_lost(self) -> None:
        """End the process once all is lost, or soon when only a part is."""
        if self._exited and self._output.closed:
            self._end()
        elif self._last_call is None and not self._runs_to_its_stop():
            loop = asyncio.get_running_loop()
            self._last_call = loop.call_later(self._timing.pipes, self._give_up)

    def _runs_to_its_stop(self) -> bool:
        """Tell whether the child was asked to end and has not ended."""
        return self._stopping and self._transport.get_returncode() is None

    def _give_up(self) -> None:
        """Kill a child without pipes; let go of pipes without a child."""
        if self._transport.get_returncode() is None:
            self.kill("it closed a pipe")
        self._output.close()
        self._transport.close()

    def _end(self) -> None:
        """Tell why the child ended."""
        if self._last_call is not None:
            self._last_call.cancel()
        self._writable.set()
        self._transport.close()
        code = self._transport.get_returncode()
        if not self.ended.done():
            self.ended.set_result(self._reason or _exit_reason(code))


class _Output(asyncio.Protocol):
    """The child's standard output."""

    def __init__(
        self, on_line: Callable[[bytes], None], on_lost: Callable[[], None]
    ) -> None:
        """Hand lines and the end to callbacks."""
        # Two more tell the codec that a line was too long.
        self._lines = LineSplitter(MAX_LINE_LENGTH + 2)
        self.closed = False
        self._on_line = on_line
        self._on_lost = on_lost
        self._transport: asyncio.ReadTransport | None = None

    def close(self) -> None:
        """Let go of the pipe."""
        if self._transport is not None:
            self._transport.close()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the pipe."""
        self._transport = cast(asyncio.ReadTransport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Hand on whole lines."""
        for line in self._lines.feed(data):
            self._on_line(line)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Notice that nothing more comes."""
        self.closed = True
        self._on_lost()


def _exit_reason(code: int | None) -> str:
    """Return why a process ended, in words."""
    if code is None:
        return "its pipes broke"
    if code >= 0:
        return f"it exited with code {code}"
    with contextlib.suppress(ValueError):
        return f"it was ended by {signal.Signals(-code).name}"
    return f"it was ended by signal {-code}"
