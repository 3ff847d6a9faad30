"""SIPp as a doorbell: the scenario of scripts/ring, controlled by a test."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ring.press import Press, outcomes, sipp_command

from .addresses import Endpoint, new_endpoint
from .process import PeerProcess
from .programs import find_program

__all__ = ["Press", "Sipp"]


@dataclass(kw_only=True)
class Sipp:
    """SIPp at one scenario: ours unless `scenario` names another."""

    folder: Path
    press: Press
    endpoint: Endpoint = field(default_factory=new_endpoint)

    async def __aenter__(self) -> Self:
        """Start SIPp."""
        find_program("sipp")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = PeerProcess(
            *sipp_command(self.press, self.folder), folder=self.folder
        )
        await self._process.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End SIPp."""
        await self._process.stop()

    async def outcomes(self, seconds: float = 30.0) -> tuple[str, ...]:
        """Return what happened to every press, once the last one is over."""
        await self._process.wait(seconds)
        return outcomes(self.folder)

    @property
    def errors(self) -> str:
        """Return what SIPp did not expect."""
        path = self.folder / "errors.log"
        return path.read_text() if path.exists() else ""
