"""The newest sources of a package that Debian's archive gives out."""

from collections.abc import Iterator
from pathlib import Path
import re

from bootstrap.steps import SetupError
from native.builder.archive import Archive, archives
from native.builder.index import Package, released
from native.builder.run import BuildError


def fetch(package: str, folder: Path) -> Path:
    """Return the upstream archive of the newest version that can be had; SetupError.

    An index at times names what its archive does not have, or no longer.
    """
    failures = []
    for archive in archives():
        try:
            for version, file in _newest_first(archive, package):
                try:
                    archive.fetch(version, file, folder / file)
                except BuildError as err:
                    failures.append(str(err))
                else:
                    return folder / file
        except BuildError as err:
            failures.append(str(err))
    reasons = "\n".join(failures) or "no suite has it"
    raise SetupError(f"The source of {package} could not be fetched: {reasons}")


def _newest_first(archive: Archive, package: str) -> Iterator[tuple[Package, str]]:
    name = re.compile(rf"{re.escape(package)}_[^/]*\.orig\.tar\.\w+")
    for version in reversed(released(archive.packages(package, newest=True))):
        for file in filter(name.fullmatch, version.files):
            yield version, file
