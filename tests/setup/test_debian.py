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
