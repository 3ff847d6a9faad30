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


def fetch_packages(
    names: tuple[str, ...], folder: Path, architecture: str | None = None
) -> None:
    """Download the packages into folder from the first newer suite that has them all.

    A suite's index and pool are sometimes out of step, hence the second suite.
    They are for this machine's architecture unless another is named.
    """
    mirror = find_mirror()
    failures = []
    for suite in NEWER_SUITES:
        try:
            apt = Archive(mirror, suite, folder, architecture=architecture)
            apt.read("download", *names)
        except SetupError as err:
            failures.append(f"{suite}: {err}")
        else:
            return
    raise SetupError("\n".join(failures))


def fetch_source(package: str, folder: Path) -> Path:
    """Download the newest upstream archive of a source package that can be had.

    Raises SetupError if no suite has any.
    """
    mirror = find_mirror()
    failures = []
    for suite in NEWER_SUITES:
        apt = Archive(mirror, suite, folder, kind="deb-src")
        for version in apt.source_versions(package):
            try:
                apt.read("source", "--download-only", "--tar-only", version)
            except SetupError as err:
                failures.append(f"{suite}: {err}")
            else:
                return _upstream_archive(package, folder)
    reasons = "\n".join(failures) or "no suite has it"
    raise SetupError(f"The source of {package} could not be fetched: {reasons}")


def unpack(archive: Path, prefix: Path) -> None:
    """Unpack one package below prefix; nothing of it is run."""
    run(["dpkg", "-x", archive, prefix], advice="Is the disk full?")


def architecture() -> str:
    """Return Debian's name of this machine's architecture."""
    return run(["dpkg", "--print-architecture"], advice="dpkg is broken.").strip()


class Archive:
    """One suite as apt-get sees it, with state of its own in a folder."""

    def __init__(
        self,
        mirror: Mirror,
        suite: str,
        folder: Path,
        *,
        architecture: str | None = None,
        kind: str = "deb",
    ) -> None:
        """Read the suite's signed index of packages or sources; SetupError."""
        self._folder = folder
        self._advice = f"Debian's archive ({suite}) must be reachable with apt-get."
        state = folder / f"apt-{suite}-{kind}"
        for name in ("lists/partial", "archives/partial"):
            (state / name).mkdir(parents=True, exist_ok=True)
        (state / "status").touch()
        signed = f" [signed-by={mirror.signed_by}]" if mirror.signed_by else ""
        line = f"{kind}{signed} {mirror.uri} {suite} main\n"
        (state / "sources.list").write_text(line)
        options = _apt_options(state)
        if architecture is not None:
            options["APT::Architecture"] = architecture
            options["APT::Architectures"] = architecture
        self._options = [f"-o{key}={value}" for key, value in options.items()]
        self.read("update")

    def read(self, *words: str) -> None:
        """Run apt-get in the folder; SetupError."""
        command = ["apt-get", "-qq", *self._options, *words]
        run(command, advice=self._advice, cwd=self._folder)

    def source_versions(self, package: str) -> list[str]:
        """Return what apt-get calls the versions of a source package, newest first."""
        shown = run(
            ["apt-cache", *self._options, "showsrc", "--only-source", package],
            advice=self._advice,
        )
        found = re.findall(r"^Version: (\S+)$", shown, re.MULTILINE)
        return [f"{package}={version}" for version in reversed(found)]


def _upstream_archive(package: str, folder: Path) -> Path:
    found = folder.glob(f"{package}_*.orig.tar.*")
    return next(file for file in sorted(found) if file.suffix != ".asc")


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
