"""A STUN and TURN server."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from custom_components.sip_intercom.lib.sipagent.protocol.config import IceServer

from .addresses import Endpoint, new_endpoint
from .process import PeerProcess
from .programs import find_program


@dataclass(kw_only=True)
class Coturn:
    """A server with one user, that relays between addresses of this machine."""

    folder: Path
    endpoint: Endpoint = field(default_factory=new_endpoint)

    async def __aenter__(self) -> Self:
        """Start it."""
        self.folder.mkdir()
        address, port = self.endpoint.address, str(self.endpoint.port)
        self._process = PeerProcess(
            find_program("turnserver"),
            *("-n", "--lt-cred-mech", "--user", "house:word", "--realm", "test"),
            *("--listening-ip", address, "--relay-ip", address),
            *("--listening-port", port, "--no-tls", "--no-dtls", "--no-cli"),
            *("--allow-loopback-peers", "--log-file", "stdout", "--verbose"),
            *("--pidfile", self.folder / "pid", "--userdb", self.folder / "users"),
            folder=self.folder,
        )
        await self._process.start()
        await self._process.printed("UDP listener opened on")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self._process.stop()

    @property
    def server(self) -> IceServer:
        """Return it as the agent is told of it."""
        return IceServer(
            address=self.endpoint.address,
            port=self.endpoint.port,
            username="house",
            password="word",
        )

    async def allocated(self) -> None:
        """Wait until it has given somebody an address to be reached at."""
        await self._process.printed("ALLOCATE processed, success")
