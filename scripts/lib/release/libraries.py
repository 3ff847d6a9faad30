"""The native libraries: built, staged by platform, and named by an index."""

from collections.abc import Mapping
from pathlib import Path
import subprocess
import sys

from native.builder.check import LARGEST
from native.builder.facts import NAME
from native.builder.library import MODULE
from native.builder.pythons import SERIES
from native.builder.target import TARGETS
from native.install import INDEX, described, written

from .errors import ReleaseError

PLATFORMS = tuple(target.host for target in TARGETS.values())
FILES = (
    MODULE,
    "pjsua2.py",
    f"__pycache__/pjsua2.cpython-{SERIES.replace('.', '')}.pyc",
    NAME,
)
FOLDER = "lib/native"


def build(root: Path, python: Path) -> dict[str, Path]:
    """Return the folder of every platform's library; what is built stays built."""
    done = subprocess.run(
        [
            *(sys.executable, root / "native" / "build.py"),
            *("--target", "all", "--python", python),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(
            "A native library could not be built; the lines above say why."
        )
    folders = map(Path, done.stdout.splitlines())
    return dict(zip(PLATFORMS, folders, strict=True))


def files(
    folders: Mapping[str, Path], platforms: tuple[str, ...] = PLATFORMS
) -> dict[str, bytes]:
    """Return the libraries and their index by their paths in the zip.

    Raises ReleaseError if one is missing or too large. Only tests want other
    platforms than those of a release.
    """
    found: dict[str, bytes] = {}
    index: dict[str, object] = {}
    for key in platforms:
        folder = folders.get(key)
        if folder is None:
            raise ReleaseError(f"There is no library for {key}.")
        contents = _contents(folder, key)
        index[key] = described(key, folder.name, contents)
        found |= {
            f"{FOLDER}/{folder.name}/{name}": content
            for name, content in contents.items()
        }
    found[f"{FOLDER}/{INDEX}"] = written(index)
    return found


def _contents(folder: Path, key: str) -> dict[str, bytes]:
    if not folder.name.startswith(f"{key}-"):
        raise ReleaseError(f"{folder} is no folder of a library for {key}.")
    try:
        contents = {name: (folder / name).read_bytes() for name in FILES}
    except OSError as err:
        raise ReleaseError(f"The library for {key} is not whole: {err}") from err
    if (size := len(contents[MODULE])) > LARGEST:
        raise ReleaseError(
            f"The library for {key} has {size:,} bytes, more than {LARGEST:,}."
        )
    return contents
