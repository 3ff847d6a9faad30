"""Which version a release may have."""

from pathlib import Path
import subprocess

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import pytest

from release import version
from release.errors import ReleaseError

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- Something to come.

## [1.1.0] - 2026-12-01

- Something new.

## [1.0.0] - 2026-11-01

- All of it.
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a clone with one commit."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    manifest = tmp_path / "custom_components/sip_intercom/manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"version": "0.1.0"}')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "All")):
        git(tmp_path, *words, "--date=@1700000000" if "commit" in words else "")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    """Run git for a person of its own."""
    person = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(
        ["git", "-C", folder, *person, *filter(None, words)],
        env={"GIT_COMMITTER_DATE": "@1700000000 +0000", "PATH": "/usr/bin:/bin"},
        check=True,
    )


@pytest.mark.parametrize("asked", ["1.1.0", "v1.1.0"])
def test_version_with_its_notes(clone: Path, asked: str) -> None:
    found = version.wanted(clone, asked)

    assert found.name == "1.1.0"
    assert found.notes == "- Something new."
    assert found.moment == 1_700_000_000


def test_trial(clone: Path) -> None:
    found = version.wanted(clone, None)

    assert found.name == "0.1.0"
    assert found.notes == "### Added\n\n- Something to come."


@pytest.mark.parametrize("name", ["1.2.3", "0.1.0", "2.0.0-beta.1", "1.0.0-rc.12"])
def test_versions_are_those_of_home_assistant(name: str) -> None:
    assert version.checked(name) == name
    known = AwesomeVersion(
        name,
        ensure_strategy=[
            AwesomeVersionStrategy.CALVER,
            AwesomeVersionStrategy.SEMVER,
            AwesomeVersionStrategy.PEP440,
        ],
    )
    assert known.valid
    assert known < AwesomeVersion("9.0.0")


@pytest.mark.parametrize(
    "name", ["1.2", "1.2.3.4", "01.2.3", "1.2.3-dirty", "main", ""]
)
def test_no_version(clone: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match="is no version"):
        version.wanted(clone, name)


@pytest.mark.parametrize("name", ["1.2.0", "1.1.0-beta.1"])
def test_version_that_nobody_describes(clone: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match=f"says nothing of {name}"):
        version.wanted(clone, name)


def test_changes_that_are_in_no_commit(clone: Path) -> None:
    (clone / "new").touch()
    with pytest.raises(ReleaseError, match=r"in no commit:\n.. new"):
        version.wanted(clone, "1.1.0")
    assert version.wanted(clone, None).name == "0.1.0"


def test_time_that_is_given(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    assert version.wanted(clone, "1.1.0").moment == 1_800_000_000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ReleaseError, match="no time"):
        version.wanted(clone, "1.1.0")


def test_no_clone(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="made from a clone"):
        version.git(tmp_path, "log")
