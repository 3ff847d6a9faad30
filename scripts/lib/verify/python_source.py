"""The source of CPython: Debian's newest, else one that is known by its checksum."""

from collections.abc import Iterator
import hashlib
from pathlib import Path

from bootstrap import debian, interpreter
from bootstrap.steps import SetupError
from native.builder.run import say
from native.builder.sources import save

from . import debian_source

PACKAGE = f"python{interpreter.SERIES}"
# Also the checksum that Python's own site tells of Python-3.14.4.tar.xz.
VERSION = "3.14.4"
SHA256 = "d923c51303e38e249136fc1bdf3568d56ecb03214efdef48516176d3d7faaef8"
RELEASES = "https://www.python.org/ftp/python"


def fetch(folder: Path) -> Path:
    """Return the archive, fetched into the folder; SetupError.

    Debian's archive does not always have the sources that its index names, but keeps
    older ones that the index names no longer.
    """
    try:
        return debian_source.fetch(PACKAGE, folder)
    except SetupError as err:
        reasons = [str(err)]
    say(f"Debian does not have its newest source of {PACKAGE}: taking {VERSION}")
    archive = folder / f"{PACKAGE}.tar.xz"
    for address in _addresses():
        try:
            save(address, archive)
        except OSError as err:
            reasons.append(f"{address}: {err}")
            continue
        if hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256:
            return archive
        reasons.append(f"{address}: not the pinned checksum")
    raise SetupError("\n".join(reasons))


def _addresses() -> Iterator[str]:
    pool = f"{debian.find_mirror().uri.rstrip('/')}/pool/main/p/{PACKAGE}"
    yield f"{pool}/{PACKAGE}_{VERSION}.orig.tar.xz"
    yield f"{RELEASES}/{VERSION}/Python-{VERSION}.tar.xz"
