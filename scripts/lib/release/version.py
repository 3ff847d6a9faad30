"""The version of a release, and the moment that all of its files carry."""

from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import subprocess

from .errors import ReleaseError

# A part of Semantic Versioning that Home Assistant orders as it is meant.
VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(alpha|beta|rc)\.[1-9]\d*)?"
)
SECTION = re.compile(
    r"^## \[(?P<version>[^\]]+)\].*\n(?P<text>(?:(?!## ).*\n?)*)", re.MULTILINE
)
EPOCH = "SOURCE_DATE_EPOCH"
FIRST_OF_ZIP = 315_532_800  # seconds; 1980-01-01


@dataclass(frozen=True, kw_only=True)
class Version:
    """What is released: its name, what has changed, and when its source was written."""

    name: str
    notes: str
    moment: int


def wanted(root: Path, asked: str | None) -> Version:
    """Return the version that is asked for, by default a trial of the manifest's.

    Raises ReleaseError for a name that is no version, one that CHANGELOG.md does not
    describe, and changes that are in no commit.
    """
    if asked is None:
        manifest = root / "custom_components/sip_intercom/manifest.json"
        name = str(json.loads(manifest.read_text())["version"])
        notes = section(root, name) or section(root, "Unreleased") or ""
        return Version(name=checked(name), notes=notes, moment=moment(root))
    name = checked(asked.removeprefix("v"))
    if (notes := section(root, name) or "") == "":
        raise ReleaseError(
            f"CHANGELOG.md says nothing of {name}: turn its section [Unreleased] "
            f"into [{name}], with the date, and commit that."
        )
    if changed := git(root, "status", "--porcelain"):
        raise ReleaseError(f"These changes are in no commit:\n{changed}")
    return Version(name=name, notes=notes, moment=moment(root))


def checked(name: str) -> str:
    """Return the name, or raise ReleaseError if it is no version."""
    if VERSION.fullmatch(name) is None:
        raise ReleaseError(
            f"{name!r} is no version: give one like 1.2.3 or 1.2.3-beta.1."
        )
    return name


def section(root: Path, name: str) -> str | None:
    """Return what CHANGELOG.md says of a version."""
    for found in SECTION.finditer((root / "CHANGELOG.md").read_text()):
        if found["version"] == name:
            return found["text"].strip()
    return None


def moment(root: Path) -> int:
    """Return the time of the commit in seconds, or what the environment says.

    It differs between versions: Python takes a compiled file for current when the
    source has the time and size that it had.
    """
    said = os.environ.get(EPOCH) or git(root, "log", "-1", "--format=%ct")
    if not said.isdecimal() or int(said) < FIRST_OF_ZIP:
        raise ReleaseError(f"{EPOCH}={said} is no time in seconds since 1970.")
    return int(said)


def git(root: Path, *words: str) -> str:
    """Return what git says; ReleaseError."""
    # In a container the clone belongs to somebody else.
    command = ["git", "-C", str(root), "-c", f"safe.directory={root}", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError as err:
        raise ReleaseError("git is missing: a release is made from a clone.") from err
    except subprocess.CalledProcessError as err:
        raise ReleaseError(
            f"{' '.join(command)}: {err.stderr.strip()}\nA release is made from a clone."
        ) from err
    return done.stdout.strip()
