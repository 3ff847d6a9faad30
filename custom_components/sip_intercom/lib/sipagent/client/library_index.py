"""What a release says of its native libraries, and whether they are whole."""

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import json
from pathlib import Path
import re
import shutil
from typing import Any, Final

from ..protocol.errors import NativeLibraryDamagedError, SchemaMismatchError

INDEX: Final = "libraries.json"
FORMAT: Final = 1
"""Counts up with every change that an older reader would misread."""

_OURS = re.compile(r"\w+-linux-\w+-[0-9a-f]{12}(-checked)?")
_COMPILED = "__pycache__"
_HEAD = 8  # A compiled file's magic number and flags.
_whole: set[tuple[LibraryFile, int]] = set()


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryFile:
    """One file of a library as the release made it."""

    path: Path
    size: int
    sha256: str

    def check(self) -> None:
        """Raise NativeLibraryDamagedError unless it is whole; read it only once."""
        try:
            status = self.path.stat()
            seen = (self, status.st_mtime_ns)
            if status.st_size == self.size and seen in _whole:
                return
            content = self.path.read_bytes()
        except OSError as err:
            if self._compiled and isinstance(err, FileNotFoundError):
                return
            raise NativeLibraryDamagedError(f"{self.path}: {err.strerror}") from err
        if self._compiled and not any(content[4:_HEAD]):
            return
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise NativeLibraryDamagedError(f"{self.path}: not as it was released")
        _whole.add(seen)

    @property
    def _compiled(self) -> bool:
        """Tell if Python can do without it.

        A backup of Home Assistant leaves it out, and Python then makes one of its
        own, whose flags are zero.
        """
        return self.path.parent.name == _COMPILED


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryIndex:
    """The libraries of a release by platform."""

    folders: Mapping[str, Path]
    files: Mapping[str, tuple[LibraryFile, ...]]

    @classmethod
    def read(cls, root: Path) -> LibraryIndex | None:
        """Return the index of the folder, None for a working copy, which has none.

        Raises NativeLibraryDamagedError, or SchemaMismatchError for the index of
        a version to come, which has been unpacked over this one.
        """
        path = root / INDEX
        try:
            data = json.loads(path.read_bytes())
            if (found := data["format"]) == FORMAT:
                return _index(root, data["libraries"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as err:
            raise NativeLibraryDamagedError(f"{path}: {err}") from err
        raise SchemaMismatchError(f"{path} has format {found}, this version {FORMAT}")

    def whole(self, platform: str) -> Path | None:
        """Return the platform's folder, checked; None if there is none for it."""
        for file in self.files.get(platform, ()):
            file.check()
        return self.folders.get(platform)


def remove_stale(root: Path) -> list[str]:
    """Remove the libraries of versions before this one; return their folders' names.

    Blocks. A child that still uses one is not harmed, since it has loaded all of it
    before its hello. Raises what LibraryIndex.read raises.
    """
    if (index := LibraryIndex.read(root)) is None:
        return []
    kept = {folder.name for folder in index.folders.values()}
    stale = [
        folder
        for folder in root.iterdir()
        if _OURS.fullmatch(folder.name)
        and folder.name not in kept
        and folder.is_dir()
        and not folder.is_symlink()
    ]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder.name for folder in stale]


def _index(root: Path, libraries: dict[str, Any]) -> LibraryIndex:
    """Return the index that the JSON describes; raise what a wrong one raises."""
    folders = {key: root / str(each["folder"]) for key, each in libraries.items()}
    return LibraryIndex(
        folders=folders,
        files={
            key: tuple(
                LibraryFile(
                    path=folders[key] / name,
                    size=int(facts["size"]),
                    sha256=str(facts["sha256"]),
                )
                for name, facts in each["files"].items()
            )
            for key, each in libraries.items()
        },
    )
