"""A real Home Assistant process, set up as scripts/develop does it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from aiohttp import ClientSession

from demo import config_folder
from demo.api import Api
from tests.peers.addresses import free_port

from .observer import Observer
from .sip_intercom import SipIntercom

START_TIMEOUT = 120.0  # seconds
STOP_TIMEOUT = 30.0  # seconds
POLL_INTERVAL = 0.1  # seconds
AGENT_MODULE = b"sipagent.agent"


class HomeAssistant:
    """One process with a configuration folder of its own; its tests share it.

    The folder gets a link to the working copy, unless an integration is
    `unpacked` there already. `environment` changes that of the process.
    """

    def __init__(
        self,
        folder: Path,
        *,
        python: str = sys.executable,
        arguments: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        unpacked: bool = False,
    ) -> None:
        """Choose a port; nothing happens yet."""
        self.folder = folder
        self._command = (python, "-m", "homeassistant", *arguments)
        self._environment = environment or {}
        self._write = config_folder.write_settings if unpacked else config_folder.write
        self.port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers requests."""
        self._write(self.folder, self.port)
        env = dict(os.environ)
        env.pop("PYTHONPATH", None)
        env |= self._environment
        with (self.folder / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                [*self._command, "--config", self.folder],
                env=env,
                # `-m` looks for custom_components in the working directory first.
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT
        # Another process has no event to wait for.
        while not self._answers():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(POLL_INTERVAL)

    def stop(self) -> None:
        """End it, and check that it leaves no agent behind."""
        if self._process is None:
            return
        agents = list(self.agents())
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert not any(map(_is_agent, agents)), "an agent was left behind"

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Tell whether the process has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Return what it has logged."""
        return (self.folder / "output.log").read_text(errors="replace")

    def agents(self) -> Iterator[int]:
        """Yield the ids of the agent processes that it has started."""
        for path in Path(f"/proc/{self.pid}/task").glob("*/children"):
            for pid in map(int, path.read_text().split()):
                if _is_agent(pid):
                    yield pid

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[SipIntercom]:
        """Log in and listen to what happens."""
        async with ClientSession() as session:
            api = Api(session, self.url)
            await api.log_in()
            # Another process has no event to wait for.
            while (await api.get("/api/config"))["state"] != "RUNNING":  # noqa: ASYNC110
                await asyncio.sleep(POLL_INTERVAL)
            async with Observer(api) as observer:
                yield SipIntercom(api, observer)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/api/onboarding", timeout=5) as response:
                return bool(response.status == 200)
        except HTTPError:
            return True  # Where there are users already, there is no such view.
        except URLError, OSError:
            return False


def _is_agent(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError, ProcessLookupError:
        return False
    return AGENT_MODULE in words
