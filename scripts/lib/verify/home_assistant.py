"""The releases of Home Assistant, each with the unpacked zip."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bootstrap.steps import step

from . import installations, judge, release, stage
from .installations import Installation
from .table import table

HEAD = (
    "Home Assistant",
    "version",
    "Python",
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
    """What was seen of one release with the zip in `folder`.

    `lacking` tells why it could not be started.
    """

    name: str
    story: dict[str, Any] = field(default_factory=dict)
    folder: Path = Path("/")
    platform: str = ""
    lacking: str = ""

    @property
    def failures(self) -> list[str]:
        """Return what is wrong with it; that something is lacking is not wrong."""
        if self.lacking:
            return []
        return [f"Home Assistant {self.name}: {one}" for one in self._failures()]

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a line for each call."""
        if self.lacking:
            yield self._empty("-", "NOT VERIFIED")
            return
        network = "loopback only" if self.story["alone"] else "NOT cut off"
        if "error" in self.story:
            yield self._empty(network, "FAILED")
            return
        for call in self.story["calls"]:
            peer = call["peer"]
            kind = judge.KEYING[call["encryption"]]
            yield (
                self.name,
                self.story["version"],
                self.story["python"],
                network,
                "rang, answered, ended",
                peer["transport"],
                f"{kind} {peer[kind]}",
                peer["codec"],
                "5 in, 7 out",
                "refused, counted",
                ", ".join(self.story["compilers"]) or "none",
            )

    def _empty(self, network: str, what: str) -> tuple[str, ...]:
        row = (self.name, "-", "-", network, what)
        return (*row, *("-",) * (len(HEAD) - len(row)))

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
        library = Path(self.story["library"])
        name = library.parent.name.rpartition("-")[0]
        if self.folder.resolve() not in library.parents or name != self.platform:
            yield f"another library was loaded: {library}"


def verify(archive: Path, folder: Path) -> list[House]:
    """Complete calls with each release; slow, some 40 s each."""
    return [
        _verify(one, archive, folder / one.name.replace(" ", "-"))
        for one in installations.ALL
    ]


def _verify(one: Installation, archive: Path, folder: Path) -> House:
    try:
        order = one.prepare()
    except installations.LackingError as err:
        return House(name=one.name, lacking=str(err))
    config = folder / "config"
    release.unpack(archive, config)
    with step(f"calls with Home Assistant {one.name}"):
        story = stage.run(
            "house", {**order, "config": str(config), "folder": str(folder)}
        )
    return House(name=one.name, story=story, folder=config, platform=one.platform.key)


def report(houses: Sequence[House]) -> str:
    """Return the table."""
    return table([HEAD, *(row for house in houses for row in house.rows())])
