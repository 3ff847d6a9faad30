"""Debian's archive, asked with an apt configuration of our own."""

from collections.abc import Iterator
from pathlib import Path
import re
import subprocess
import time

from .index import Package, parse
from .paths import cache, locked
from .run import BuildError, run

APT = Path("/etc/apt")
SUITES = ("testing", "unstable", "stable")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = re.compile(r"https?://[^\s\]]+/debian(?=/?(?:\s|$))")
DAY = 86400


class Archive:
    """The source packages that one mirror has, by the index that Debian signs."""

    def __init__(self, mirror: str) -> None:
        self._mirror = mirror
        self._folder = cache() / "archive" / re.sub(r"\W+", "-", mirror)

    def packages(self, name: str, *, newest: bool = False) -> list[Package]:
        """Return the versions of a source package.

        The newest index is at most a day old; otherwise any that is here will do. Raise
        BuildError if there is none and the mirror does not answer.
        """
        with locked(self._folder):
            age = self._age()
            if age is None or (newest and age > DAY):
                self._read_index()
        result = subprocess.run(
            ["apt-cache", *self._options(), "showsrc", "--only-source", name],
            capture_output=True,
            text=True,
            check=False,
        )
        return parse(result.stdout)

    def fetch(self, package: Package, file: str, to: Path) -> None:
        """Fetch one file of a package; apt compares it with the index."""
        run(
            f"fetching {file}",
            *("/usr/lib/apt/apt-helper", *self._options(), "download-file"),
            *(f"{self._mirror}/{package.folder}/{file}", to),
            f"SHA256:{package.files[file]}",
        )

    def read_index(self) -> None:
        """Fetch the index anew; raise BuildError if the mirror does not answer."""
        with locked(self._folder):
            self._read_index()

    def _age(self) -> float | None:
        """Return how old the index is, in seconds, or None if there is none."""
        read = self._folder / "sources.list"
        return time.time() - read.stat().st_mtime if read.is_file() else None

    def _read_index(self) -> None:
        for folder in ("lists/partial", "cache/archives/partial"):
            (self._folder / folder).mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        part = self._folder / "sources.part"
        part.write_text(
            "".join(
                f"deb-src {signed}{self._mirror} {suite} main\n" for suite in SUITES
            )
        )
        run(
            "reading the index of Debian's sources",
            *("apt-get", *self._options(part), "--error-on=any", "update"),
        )
        part.rename(self._folder / "sources.list")

    def _options(self, sources: Path | None = None) -> Iterator[str]:
        for setting in (
            f"Dir::Etc::sourcelist={sources or self._folder / 'sources.list'}",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={self._folder}/lists",
            f"Dir::Cache={self._folder}/cache",
            "Acquire::Languages=none",
            "Acquire::Retries=3",
            *("Acquire::http::Timeout=20", "Acquire::https::Timeout=20"),
            "APT::Sandbox::User=root",
        ):
            yield from ("-o", setting)


def download(package: str, file: str, sha256: str, to: Path) -> None:
    """Fetch one file of a source package; raise BuildError if no mirror has it."""
    reasons = []
    for archive in archives():
        try:
            if _download(archive, package, sha256, to):
                return
        except BuildError as error:
            reasons.append(str(error))
        else:
            reasons.append(f"{file} is not in Debian's archive, or no longer")
    raise BuildError("\n".join(reasons) or "apt names no mirror of Debian")


def _download(archive: Archive, package: str, sha256: str, to: Path) -> bool:
    for again in (False, True):
        if again:
            archive.read_index()
        for one in archive.packages(package):
            for file, known in one.files.items():
                if known == sha256:
                    archive.fetch(one, file, to)
                    return True
    return False


def archives() -> list[Archive]:
    """Return the Debian archives that this machine uses."""
    return [Archive(mirror) for mirror in mirrors()]


def mirrors() -> list[str]:
    """Return the addresses of the Debian mirrors that this machine uses."""
    files = [APT / "sources.list", *sorted(APT.glob("sources.list.d/*"))]
    found = (
        mirror
        for file in files
        if file.is_file()
        for mirror in MIRROR.findall(file.read_text(errors="replace"))
    )
    return list(dict.fromkeys(found))
