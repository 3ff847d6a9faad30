"""The archive of the machine is found in each form that apt knows."""

from pathlib import Path

import pytest

from bootstrap import debian
from bootstrap.steps import SetupError

DEB822 = """\
Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm

# The second stanza is the one.
Types: deb deb-src
URIs: http://mirror.example/debian http://other.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
"""
ONE_LINE = """\
# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/a.gpg] http://mirror.example/debian bookworm main
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the apt folder of a machine that runs bookworm."""
    (tmp_path / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    (tmp_path / "sources.list.d").mkdir()
    monkeypatch.setattr(debian, "OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(debian, "SOURCES", tmp_path / "sources.list")
    monkeypatch.setattr(debian, "SOURCE_PARTS", tmp_path / "sources.list.d")
    return tmp_path


def test_deb822(machine: Path) -> None:
    (machine / "sources.list.d/debian.sources").write_text(DEB822)

    assert debian.find_mirror() == debian.Mirror(
        uri="http://mirror.example/debian", signed_by="/usr/share/keyrings/archive.gpg"
    )


def test_disabled_stanza_is_ignored(machine: Path) -> None:
    text = DEB822.replace("Types: deb deb-src", "Enabled: no\nTypes: deb deb-src")
    (machine / "sources.list.d/debian.sources").write_text(text)

    with pytest.raises(SetupError, match="name no archive for Debian bookworm"):
        debian.find_mirror()


def test_one_line_with_options(machine: Path) -> None:
    (machine / "sources.list").write_text(ONE_LINE)

    assert debian.find_mirror() == debian.Mirror(
        uri="http://mirror.example/debian", signed_by="/etc/apt/keyrings/a.gpg"
    )


def test_one_line_without_options(machine: Path) -> None:
    line = "deb http://mirror.example/debian bookworm main\n"
    (machine / "sources.list.d/debian.list").write_text(line)

    assert debian.find_mirror() == debian.Mirror(
        uri="http://mirror.example/debian", signed_by=None
    )


def test_no_archive_of_this_suite(machine: Path) -> None:
    line = "deb http://mirror.example/debian trixie main\n"
    (machine / "sources.list").write_text(line)

    with pytest.raises(SetupError, match=r"Install Python 3\.14"):
        debian.find_mirror()


def test_the_archive_of_a_source_is_not_its_signature(
    machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The newest version that can be had is taken, whatever else lies there."""
    (machine / "sources.list").write_text(ONE_LINE)
    asked = []

    def run(command: list[str], **_: object) -> str:
        if command[0] == "apt-cache":
            return "Package: thing\nVersion: 1.0-1\n\nPackage: thing\nVersion: 1.1-1\n"
        if command[-1].startswith("thing="):
            asked.append(command[-1])
            if command[-1] == "thing=1.1-1":
                raise SetupError("404")
            for name in ("thing_1.0.orig.tar.xz", "thing_1.0.orig.tar.xz.asc"):
                (tmp_path / name).touch()
        return ""

    monkeypatch.setattr(debian, "run", run)
    archive = debian.fetch_source("thing", tmp_path)

    assert asked == ["thing=1.1-1", "thing=1.0-1"]
    assert archive.name == "thing_1.0.orig.tar.xz"


def test_a_source_that_cannot_be_had(
    machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (machine / "sources.list").write_text(ONE_LINE)
    monkeypatch.setattr(debian, "run", lambda *_, **__: "")

    with pytest.raises(SetupError, match="The source of thing could not be fetched"):
        debian.fetch_source("thing", tmp_path)
