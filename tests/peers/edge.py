"""Kamailio as an outbound proxy in front of us."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from .addresses import Endpoint, new_endpoint
from .kamailio import module_folder
from .process import PeerProcess
from .programs import find_program

CONFIGURATION = Path(__file__).with_name("kamailio_edge.cfg")


@dataclass(kw_only=True)
class Edge:
    """A proxy that adds itself to the Path of what it passes to a registrar."""

    folder: Path
    registrar: Endpoint
    endpoint: Endpoint = field(default_factory=new_endpoint)

    async def __aenter__(self) -> Self:
        """Start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.read_text()
        for name, value in {
            "HOST": self.endpoint.host,
            "PORT": str(self.endpoint.port),
            "FOLDER": str(self.folder),
            "MODULES": module_folder(),
            "REGISTRAR": str(self.registrar),
        }.items():
            text = text.replace(f"@{name}@", value)
        (self.folder / "kamailio.cfg").write_text(text)
        self._process = PeerProcess(
            *(find_program("kamailio"), "-DD", "-E", "-m", "32", "-M", "8"),
            *("-f", self.folder / "kamailio.cfg", "-Y", self.folder),
            folder=self.folder,
        )
        await self._process.start()
        await self._process.printed("registrar ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self._process.stop()
