"""Debian's archive, asked with an apt configuration of our own."""

from collections.abc import Iterator
from pathlib import Path
import re
import subprocess

from .run import BuildError, run

APT = Path("/etc/apt")
SUITES = ("testing", "unstable", "stable")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = re.compile(r"https?://[^\s\]]+/debian(?=/?(?:\s|$))")
HELP = """\
{file} is not in Debian's archive as this machine sees it, nor could it be had from the
project itself. Put the files that native/sources.json names into a folder and pass it
with --sources FOLDER. If the archive has a newer version now, pin that one."""


def download(package: str, file: str, sha256: str, folder: Path, to: Path) -> None:
    """Fetch one file of a source package; raise BuildError if no mirror has it."""
    for mirror in mirrors():
        archive = _Archive(mirror, folder / re.sub(r"\W+", "-", mirror))
        if (place := archive.find(package, sha256)) is not None:
            archive.fetch(f"{mirror}/{place}", sha256, to)
            return
    raise BuildError(HELP.format(file=file))


class _Archive:
    """The source packages that one mirror has."""

    def __init__(self, mirror: str, folder: Path) -> None:
        self._mirror = mirror
        self._folder = folder

    def find(self, package: str, sha256: str) -> str | None:
        """Return the path of the package's file with the checksum."""
        kept = (self._folder / "sources.list").is_file()
        if kept and (place := self._look_up(package, sha256)) is not None:
            return place
        self._read_index()
        return self._look_up(package, sha256)

    def _look_up(self, package: str, sha256: str) -> str | None:
        result = subprocess.run(
            ["apt-cache", *self._options(), "showsrc", "--only-source", package],
            capture_output=True,
            text=True,
            check=False,
        )
        for paragraph in result.stdout.split("\n\n"):
            folder = re.search(r"^Directory: (.*)$", paragraph, re.MULTILINE)
            file = re.search(rf"^ {sha256} \d+ (\S+)$", paragraph, re.MULTILINE)
            if folder and file:
                return f"{folder[1]}/{file[1]}"
        return None

    def fetch(self, address: str, sha256: str, to: Path) -> None:
        """Fetch one file, checked by its sum."""
        run(
            f"fetching {address.rpartition('/')[2]}",
            *("/usr/lib/apt/apt-helper", *self._options()),
            *("download-file", address, to, f"SHA256:{sha256}"),
        )

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
            *("apt-get", *self._options(part), "update"),
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
            "APT::Sandbox::User=root",
        ):
            yield from ("-o", setting)


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
