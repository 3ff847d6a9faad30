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
HELP = """\
Put the files that native/sources.json names into a folder and pass it with --sources
FOLDER. If Debian's archive has a newer version, native/newer.py can pin that one."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One pinned source: as Debian's source package carries it, and as released.

    Newer versions are looked for within the series, if there is one. The checksum of
    the project's own file may be empty: then there is no such way.
    """

    name: str
    version: str
    package: str
    file: str
    sha256: str
    upstream: str
    upstream_sha256: str
    series: str = ""

    def checksums(self) -> dict[str, str]:
        """Return the pinned checksums, Debian's file first."""
        names = ("sha256", "upstream_sha256")
        return {name: value for name in names if (value := getattr(self, name))}


def pinned() -> list[Source]:
    """Return the sources that a library is made from."""
    return [Source(**pin) for pin in json.loads(PINS.read_text())]


def fetch(folder: Path | None) -> dict[str, Path]:
    """Return the archive of every source by name.

    The folder is asked first, then Debian's archive, then the project itself.
    """
    return {source.name: _fetch(source, folder) for source in pinned()}


def store() -> Path:
    """Return the folder that keeps archives by their checksum."""
    folder = cache() / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def matched(source: Source, archive: Path) -> str:
    """Return which of the pinned checksums a fetched archive has.

    "sha256" is in the index that Debian signs; "upstream_sha256" is the project's own
    file, which only the pin vouches for. A file may be both, and then is the first.
    """
    return next(
        name for name, value in source.checksums().items() if value == archive.name
    )


def _fetch(source: Source, folder: Path | None) -> Path:
    for sha256 in source.checksums().values():
        if (kept := store() / sha256).is_file():
            return kept
    part = store() / f"{source.sha256}.part"
    if folder is not None and (folder / source.file).is_file():
        shutil.copyfile(folder / source.file, part)
    else:
        _download(source, part)
    found = hashlib.sha256(part.read_bytes()).hexdigest()
    if found not in source.checksums().values():
        part.unlink()
        raise BuildError(f"{source.file} does not have the checksum in {PINS.name}")
    return part.rename(store() / found)


def _download(source: Source, to: Path) -> None:
    try:
        download(source.package, source.file, source.sha256, to)
    except BuildError as error:
        if not source.upstream_sha256:
            raise BuildError(f"{source.name}: {error}\n{HELP}") from None
        say(f"{source.name}: not from Debian's archive: {error}")
        say(f"{source.name}: taking {source.version} from {source.upstream} instead")
        try:
            save(source.upstream, to)
        except OSError as reason:
            raise BuildError(
                f"{source.name}: {error}\n{source.upstream}: {reason}\n{HELP}"
            ) from None


def save(address: str, to: Path) -> None:
    """Fetch a file from the network; raise OSError if that fails."""
    with urlopen(address, timeout=60) as answer, to.open("wb") as file:
        shutil.copyfileobj(answer, file)


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive and return the folder of its sources."""
    with tarfile.open(archive) as tar:
        # Debian 12's own Python is from before filters.
        tar.extraction_filter = getattr(tarfile, "tar_filter", None)
        tar.extractall(folder)
    inner = list(folder.iterdir())
    return inner[0] if len(inner) == 1 else folder
