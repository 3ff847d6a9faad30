"""Source archives: pinned by checksum, taken from a folder or Debian's archive."""

from dataclasses import dataclass
import hashlib
import json
from pathlib import Path
import shutil
import tarfile
from urllib.request import urlopen

from .archive import download
from .paths import NATIVE, cache
from .run import BuildError, say

PINS = NATIVE / "sources.json"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One pinned source: as Debian's source package carries it, and as released."""

    name: str
    version: str
    package: str
    file: str
    sha256: str
    upstream: str
    upstream_sha256: str


def pinned() -> list[Source]:
    """Return the sources that a library is made from."""
    return [Source(**pin) for pin in json.loads(PINS.read_text())]


def fetch(folder: Path | None) -> dict[str, Path]:
    """Return the archive of every source by name.

    The folder is asked first, then Debian's archive, then the project itself.
    """
    store = cache() / "sources"
    store.mkdir(parents=True, exist_ok=True)
    return {source.name: _fetch(source, store, folder) for source in pinned()}


def _fetch(source: Source, store: Path, folder: Path | None) -> Path:
    for sha256 in (source.sha256, source.upstream_sha256):
        if (kept := store / sha256).is_file():
            return kept
    part = store / f"{source.sha256}.part"
    if folder is not None and (folder / source.file).is_file():
        shutil.copyfile(folder / source.file, part)
    else:
        _download(source, part)
    found = hashlib.sha256(part.read_bytes()).hexdigest()
    if found not in (source.sha256, source.upstream_sha256):
        part.unlink()
        raise BuildError(f"{source.file} does not have the checksum in {PINS.name}")
    return part.rename(store / found)


def _download(source: Source, to: Path) -> None:
    try:
        download(source.package, source.file, source.sha256, cache() / "archive", to)
    except BuildError as error:
        say(f"fetching {source.upstream}")
        try:
            with urlopen(source.upstream, timeout=60) as answer, to.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except OSError as reason:
            raise BuildError(f"{error}\n{source.upstream}: {reason}") from None


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive and return the folder of its sources."""
    with tarfile.open(archive) as tar:
        # Debian 12's own Python is from before filters.
        tar.extraction_filter = getattr(tarfile, "tar_filter", None)
        tar.extractall(folder)
    inner = list(folder.iterdir())
    return inner[0] if len(inner) == 1 else folder
