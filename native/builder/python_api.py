"""Python's C headers and its stable ABI, from the pinned source of CPython.

The headers of whichever Python is at hand would do, but not always give the same bytes.
"""

from pathlib import Path
import shutil
import tarfile
import tomllib

from .paths import NATIVE

CONFIG = NATIVE / "platform" / "pyconfig.h"
OLDEST = (3, 11)
LIMITED_API = f"-DPy_LIMITED_API=0x{OLDEST[0]:02x}{OLDEST[1]:02x}0000"
STABLE = "stable_abi.toml"


def unpack(source: Path, folder: Path) -> None:
    """Put the headers, ours among them, and the list of stable symbols in the folder."""
    with tarfile.open(source) as tar:
        for member in tar:
            inner = member.name.partition("/")[2]
            if member.isfile() and inner.startswith("Include/"):
                _write(tar, member, folder / inner.removeprefix("Include/"))
            elif inner == f"Misc/{STABLE}":
                _write(tar, member, folder / STABLE)
    shutil.copyfile(CONFIG, folder / CONFIG.name)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None
    file.write_bytes(content.read())


def stable(headers: Path) -> set[str]:
    """Return the functions and data that every Python from OLDEST on has on Linux."""
    known = tomllib.loads((headers / STABLE).read_text())
    return {
        name
        for kind in ("function", "data")
        for name, facts in known[kind].items()
        if "ifdef" not in facts and _version(facts["added"]) <= OLDEST
    }


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
