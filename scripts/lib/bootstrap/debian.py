"""Packages of a newer Debian suite, fetched without touching the machine's own."""

from dataclasses import dataclass
from pathlib import Path
import re
import shutil

from .steps import SetupError, run

SOURCES = Path("/etc/apt/sources.list")
SOURCE_PARTS = Path("/etc/apt/sources.list.d")
OS_RELEASE = Path("/etc/os-release")
NEWER_SUITES = ("testing", "unstable")
ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirror:
    """The archive that this machine installs Debian from."""

    uri: str
    signed_by: str | None


def is_debian() -> bool:
    """Tell whether this machine is Debian itself, not a derivative."""
    return _os_release().get("ID") == "debian" and shutil.which("apt-get") is not None


def find_mirror() -> Mirror:
    """Return the archive of the machine's own suite.

    Raises SetupError if the machine's apt sources name none.
    """
    codename = _os_release().get("VERSION_CODENAME", "")
    for stanza in _stanzas():
        if codename in stanza.get("suites", "").split() and "uris" in stanza:
            uri = stanza["uris"].split()[0]
            return Mirror(uri=uri, signed_by=stanza.get("signed-by"))
    raise SetupError(
        f"The apt sources of this machine name no archive for Debian {codename}.\n"
        "Install Python 3.14.2 or newer as python3.14, then start again."
    )


def unpack_packages(names: tuple[str, ...], prefix: Path, architecture: str) -> None:
    """Fetch packages of an architecture and unpack them below prefix.

    From the first newer suite that has them all: a suite's index and pool are
    sometimes out of step. Raises SetupError if none has.
    """
    downloads = prefix / "downloads"
    downloads.mkdir()
    _fetch_packages(names, downloads, architecture)
    for archive in sorted(downloads.glob("*.deb")):
        unpack(archive, prefix)
    shutil.rmtree(downloads)


def unpack(archive: Path, prefix: Path) -> None:
    """Unpack one package below prefix; nothing of it is run."""
    run(["dpkg", "-x", archive, prefix], advice="Is the disk full?")


def architecture() -> str:
    """Return Debian's name of this machine's architecture."""
    return run(["dpkg", "--print-architecture"], advice="dpkg is broken.").strip()


def _fetch_packages(names: tuple[str, ...], folder: Path, architecture: str) -> None:
    mirror = find_mirror()
    failures = []
    for suite in NEWER_SUITES:
        try:
            _fetch_from(mirror, suite, names, folder, architecture)
        except SetupError as err:
            failures.append(f"{suite}: {err}")
        else:
            return
    raise SetupError("\n".join(failures))


def _fetch_from(
    mirror: Mirror, suite: str, names: tuple[str, ...], folder: Path, architecture: str
) -> None:
    state = folder / f"apt-{suite}"
    for name in ("lists/partial", "archives/partial"):
        (state / name).mkdir(parents=True)
    (state / "status").touch()
    option = f" [signed-by={mirror.signed_by}]" if mirror.signed_by else ""
    sources = state / "sources.list"
    sources.write_text(f"deb{option} {mirror.uri} {suite} main\n")
    options = {
        **_apt_options(state),
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
    }
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
    advice = f"Debian's archive ({suite}) must be reachable with apt-get."
    run([*apt, "update"], advice=advice)
    run([*apt, "download", *names], advice=advice, cwd=folder)


def _apt_options(state: Path) -> dict[str, str]:
    return {
        "Dir::State": str(state),
        "Dir::State::lists": str(state / "lists"),
        "Dir::State::status": str(state / "status"),
        "Dir::Cache": str(state),
        "Dir::Cache::archives": str(state / "archives"),
        "Dir::Etc::sourcelist": str(state / "sources.list"),
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        # The private folders belong to whoever runs this, not to apt's own user.
        "APT::Sandbox::User": "root",
    }


def _os_release() -> dict[str, str]:
    if not OS_RELEASE.exists():
        return {}
    pairs = (line.partition("=") for line in OS_RELEASE.read_text().splitlines())
    return {key: value.strip('"') for key, _, value in pairs if key}


def _stanzas() -> list[dict[str, str]]:
    found = []
    for path in sorted(SOURCE_PARTS.glob("*.sources")):
        found += [_deb822(text) for text in re.split(r"\n\s*\n", path.read_text())]
    for path in (SOURCES, *sorted(SOURCE_PARTS.glob("*.list"))):
        if path.exists():
            found += [_one_line(line) for line in path.read_text().splitlines()]
    return [stanza for stanza in found if stanza.get("enabled", "yes") != "no"]


def _deb822(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and not line.startswith(("#", " ", "\t")):
            fields[key.strip().lower()] = value.strip()
    return fields if "deb" in fields.get("types", "").split() else {}


def _one_line(line: str) -> dict[str, str]:
    match = ONE_LINE.match(line.strip())
    if match is None:
        return {}
    fields = {"uris": match["uri"], "suites": match["suite"]}
    for option in (match["options"] or "").split():
        key, _, value = option.partition("=")
        fields[key.lower()] = value
    return fields
