"""A peer's process: started, watched, and never left behind."""

import asyncio
from contextlib import suppress
import os
from pathlib import Path
import re
import signal

STOP_TIMEOUT = 5.0  # seconds
OUTPUT_TIMEOUT = 10.0  # seconds


class PeerProcess:
    """One process in a group of its own, whose output can be waited for."""

    def __init__(self, *command: str | Path, folder: Path) -> None:
        """Remember what to run and where; nothing happens yet."""
        self._command = [str(word) for word in command]
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self.output = ""

    async def start(self) -> None:
        """Start the process."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._reading = asyncio.create_task(self._read(self._process.stdout))

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether the process was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def printed(self, pattern: str, seconds: float = OUTPUT_TIMEOUT) -> None:
        """Wait until the output matches; fails when the process ends before."""
        async with asyncio.timeout(seconds), self._news:
            while re.search(pattern, self.output) is None:
                assert self._reading is not None
                assert not self._reading.done(), (
                    f"ended without {pattern}: {self.output}"
                )
                await self._news.wait()

    async def wait(self, seconds: float) -> int:
        """Return the exit status, waiting at most so many seconds."""
        assert self._process is not None
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def stop(self) -> None:
        """End the process and its children, by force if they do not listen."""
        if self._process is None:
            return
        self.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await self.wait(STOP_TIMEOUT)
        await self.kill()

    async def kill(self) -> None:
        """End the process and its children at once."""
        assert self._process is not None
        assert self._reading is not None
        self.send_signal(signal.SIGKILL)
        await self._process.wait()
        await self._reading

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while data := await stream.read(65536):
            async with self._news:
                self.output += data.decode(errors="replace")
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()
