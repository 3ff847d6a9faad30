"""Source archives: pinned by checksum, taken from a folder or Debian's archive."""

from dataclasses import dataclass
import hashlib
import json
from pathlib import Path
import shutil
import tarfile

from .archive import download
from .paths import NATIVE, cache
from .run import BuildError

PINS = NATIVE / "sources.json"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One pinned source archive and the Debian source package that carries it."""

    name: str
    version: str
    package: str
    file: str
    sha256: str


def pinned() -> list[Source]:
    """Return the source archives that a library is made from."""
    return [Source(**pin) for pin in json.loads(PINS.read_text())]


def fetch(folder: Path | None) -> dict[str, Path]:
    """Return the path of every source archive by name; the folder is asked first."""
    store = cache() / "sources"
    store.mkdir(parents=True, exist_ok=True)
    return {source.name: _fetch(source, store, folder) for source in pinned()}


def _fetch(source: Source, store: Path, folder: Path | None) -> Path:
    kept = store / source.sha256
    if kept.is_file():
        return kept
    part = store / f"{source.sha256}.part"
    if folder is not None and (folder / source.file).is_file():
        shutil.copyfile(folder / source.file, part)
    else:
        index = cache() / "archive"
        download(source.package, source.file, source.sha256, index, part)
    if hashlib.sha256(part.read_bytes()).hexdigest() != source.sha256:
        part.unlink()
        raise BuildError(f"{source.file} does not have the checksum in {PINS.name}")
    return part.rename(kept)


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive and return the folder of its sources."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="tar")
    inner = list(folder.iterdir())
    return inner[0] if len(inner) == 1 else folder
