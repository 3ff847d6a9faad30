"""Home Assistant and what it needs, from the package index, for a Python of musl."""

from collections.abc import Iterator
from importlib import metadata
import os
from pathlib import Path
import re
import sys

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bootstrap.environments import NEWEST
from bootstrap.paths import REQUIREMENTS, cache_folder, fingerprint
from bootstrap.steps import build_once, run

from .platforms import Platform

LOCK = REQUIREMENTS / NEWEST.locks[0]
COMPONENTS = LOCK.with_suffix(".components.in")
# Home Assistant has it among its own requirements.
UV = NEWEST.python.with_name("uv")
# Compiled, and not there for musl: voice assistants do without.
LEFT_OUT = frozenset({"pymicro-vad", "pyspeex-noise"})
# Not compiled or not necessarily, and there for musl only as source.
FROM_SOURCE = frozenset(
    {"cached-ipaddress", "gazetteer-matcher", "pyric", "pyturbojpeg"}
)
# A compiler would make something for this machine, not for musl.
NOTHING_COMPILED = {"SKIP_CYTHON": "1", "CC": "false", "CXX": "false"}
BLOCK = re.compile(r"^[\w.-]+==.*(?:\n[ \t].*)*", re.MULTILINE)
# Raise when the way the folder is made changes.
RECIPE = "1"
ADVICE = "The package index must be reachable and have the package for musl."


def prepare(platform: Platform) -> Path:
    """Return the folder, filled if it is not yet there; SetupError.

    The versions and their checksums are those of the set-up's environment.
    """
    key = fingerprint([RECIPE, *sorted(FROM_SOURCE), LOCK, COMPONENTS])
    target = cache_folder() / "platforms" / f"{platform.key}-home-assistant-{key}"

    def build(folder: Path) -> None:
        names = needed() - LEFT_OUT
        _install(platform, folder, names - FROM_SOURCE, "--only-binary", ":all:")
        # A wheel that uv has made for this machine is none for the other.
        sources = (f"--no-binary={name}" for name in sorted(FROM_SOURCE))
        _install(platform, folder, names & FROM_SOURCE, "--no-cache", *sources)

    return build_once(target, build, title=f"Home Assistant for {platform.key}")


def needed() -> set[str]:
    """Return what Home Assistant and the components of our tests need, with itself."""
    lines = COMPONENTS.read_text().splitlines()
    waiting = [Requirement(line) for line in lines if not line.startswith("#")]
    waiting.append(Requirement("homeassistant"))
    seen = set()
    while waiting:
        requirement = waiting.pop()
        one = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if one not in seen:
            seen.add(one)
            waiting += _dependencies(requirement)
    return {name for name, _ in seen}


def locked(names: set[str], lock: str) -> str:
    """Return the lock's lines for these names, with their checksums."""
    blocks = BLOCK.findall(lock)
    wanted = (
        block for block in blocks if canonicalize_name(block.split("==")[0]) in names
    )
    return "\n".join(wanted) + "\n"


def _dependencies(requirement: Requirement) -> Iterator[Requirement]:
    extras = requirement.extras or {""}
    for line in metadata.requires(requirement.name) or ():
        one = Requirement(line)
        if not one.marker or any(
            one.marker.evaluate({"extra": extra}) for extra in extras
        ):
            yield one


def _install(platform: Platform, folder: Path, names: set[str], *options: str) -> None:
    requirements = folder / "requirements.txt"
    requirements.write_text(locked(names, LOCK.read_text()))
    run(
        [
            *(UV, "pip", "install", "--quiet", "--require-hashes", "--no-deps"),
            *("--python", sys.executable, "--target", folder, "-r", requirements),
            *("--python-platform", f"{platform.machine}-unknown-linux-musl"),
            *options,
        ],
        advice=ADVICE,
        env={**os.environ, **NOTHING_COMPILED},
    )
