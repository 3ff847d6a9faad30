"""The releases of Home Assistant that the set-up has, each with the unpacked zip."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootstrap import environments
from bootstrap.steps import step

from . import judge, release, stage
from .table import table

HEAD = (
    "Home Assistant",
    "network",
    "call",
    "SIP at peer",
    "SRTP at peer",
    "codec at peer",
    "tones",
    "stranger",
    "compiler",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What was seen of one release."""

    name: str
    story: dict[str, Any]
    own_library: bool

    @property
    def failures(self) -> list[str]:
        """Return what is wrong with it."""
        return [f"Home Assistant {self.name}: {one}" for one in self._failures()]

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a line for each call."""
        network = "loopback only" if self.story["alone"] else "NOT cut off"
        if "error" in self.story:
            yield (self.name, network, "FAILED", *("-",) * (len(HEAD) - 3))
            return
        for call in self.story["calls"]:
            peer = call["peer"]
            kind = judge.KEYING[call["encryption"]]
            yield (
                self.story["version"],
                network,
                "rang, answered, ended",
                peer["transport"],
                f"{kind} {peer[kind]}",
                peer["codec"],
                "5 in, 7 out",
                "refused, counted",
                ", ".join(self.story["compilers"]) or "none",
            )

    def _failures(self) -> Iterator[str]:
        if error := self.story.get("error"):
            yield error
            return
        for call in self.story["calls"]:
            peer = call["peer"]
            if (peer["transport"], peer["codec"]) != ("TLS", "opus"):
                yield f"not TLS and Opus: {peer}"
            if not peer[judge.KEYING[call["encryption"]]]:
                yield f"the peer does not say that {call['encryption']} is active"
        if self.story["strangers"] != judge.REFUSED:
            yield f"a stranger was answered {self.story['strangers']}"
        if self.story["compilers"]:
            yield f"there was a compiler: {self.story['compilers']}"
        if not self.own_library:
            yield f"another library was loaded: {self.story['library']}"


def verify(archive: Path, folder: Path) -> list[House]:
    """Complete calls with each release; slow, some 40 s each."""
    return [
        _verify(environment, archive, folder / environment.name)
        for environment in environments.ALL
    ]


def _verify(
    environment: environments.Environment, archive: Path, folder: Path
) -> House:
    config = folder / "config"
    release.unpack(archive, config)
    order = {
        "python": str(environment.python),
        "config": str(config),
        "folder": str(folder),
    }
    with step(f"calls with Home Assistant ({environment.name})"):
        story = stage.run("house", order)
    library = Path(story.get("library", "/"))
    return House(
        name=environment.name.removeprefix("ha-"),
        story=story,
        own_library=config.resolve() in library.parents,
    )


def report(houses: Sequence[House]) -> str:
    """Return the table."""
    return table([HEAD, *(row for house in houses for row in house.rows())])
