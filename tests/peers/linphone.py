"""linphone as an independent SIP phone, controlled over its daemon's socket."""

import asyncio
from dataclasses import dataclass, field
import os
from pathlib import Path
import re
from typing import Self

from .addresses import LOOPBACK4, Endpoint, new_endpoint
from .process import PeerProcess
from .programs import find_program

ANSWER_TIMEOUT = 10.0  # seconds
SETTINGS = """\
[sip]
sip_port={port}
sip_tcp_port={port}
sip_tls_port=0
use_ipv6=0
default_proxy=0
[net]
mtu=1300
[sound]
playback_dev_id=none
capture_dev_id=none
[proxy_0]
reg_proxy=<sip:{server};transport={transport}>
reg_identity=sip:{user}@{host}
reg_expires=600
reg_sendregister=1
[auth_info_0]
username={user}
passwd={password}
"""


@dataclass(kw_only=True)
class Linphone:
    """A phone with one account."""

    folder: Path
    user: str
    password: str
    server: Endpoint
    transport: str = "udp"
    endpoint: Endpoint = field(default_factory=lambda: new_endpoint(LOOPBACK4))

    async def __aenter__(self) -> Self:
        """Start the phone, and have it register."""
        # Without a place for its database it does not even register.
        (self.folder / ".local/share/linphone").mkdir(parents=True, exist_ok=True)
        settings = self.folder / "linphonerc"
        settings.write_text(
            SETTINGS.format(
                port=self.endpoint.port,
                server=self.server,
                host=self.server.address,
                transport=self.transport,
                user=self.user,
                password=self.password,
            )
        )
        pipe = f"sip-intercom-{os.getpid()}-{self.endpoint.port}"
        self._process = PeerProcess(
            *("env", f"HOME={self.folder}", find_program("linphone-daemon")),
            *("--pipe", pipe, "--config", settings),
            *("--log", self.folder / "log"),
            folder=self.folder,
        )
        await self._process.start()
        self._reader, self._writer = await self._connect(Path("/tmp") / pipe)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the phone."""
        self._writer.close()
        await self._process.stop()

    async def command(self, words: str) -> str:
        """Run a command of the daemon and return what it answered."""
        self._writer.write(f"{words}\n".encode())
        async with asyncio.timeout(ANSWER_TIMEOUT):
            answer = (await self._reader.read(65536)).decode()
        assert answer.startswith("Status: Ok"), f"{words}: {answer}"
        return answer

    async def event(self, pattern: str, seconds: float = ANSWER_TIMEOUT) -> str:
        """Wait for an event that matches; the daemon is asked for each."""
        async with asyncio.timeout(seconds):
            while True:
                answer = await self.command("pop-event")
                if re.search(pattern, answer):
                    return answer
                await asyncio.sleep(0.05)

    async def _connect(
        self, path: Path
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            while True:
                assert self._process.running, self._process.output
                try:
                    return await asyncio.open_unix_connection(path)
                except OSError:
                    await asyncio.sleep(0.05)
