"""Sources of Debian's archive, whose index and pool are at times out of step."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from bootstrap.steps import SetupError
from native.builder.index import Package
from native.builder.run import BuildError
from verify import debian_source


def package(version: str) -> Package:
    """Return a version of a package, as the index has it."""
    names = ("thing_{}.orig-docs.tar.xz", "thing_{}.orig.tar.xz.asc")
    files = dict.fromkeys([*names, "thing_{}.orig.tar.xz"], "0" * 64)
    return Package(
        version=f"{version}-1",
        folder="pool",
        files={name.format(version): sha256 for name, sha256 in files.items()},
    )


class Archive:
    """An archive of one package that gives out some of its files."""

    def __init__(self, versions: Iterable[str], given: Iterable[str] = ()) -> None:
        self._versions = [package(version) for version in versions]
        self._given = set(given)
        self.asked: list[str] = []

    def packages(self, name: str, *, newest: bool = False) -> list[Package]:
        assert (name, newest) == ("thing", True)
        return self._versions

    def fetch(self, package: Package, file: str, to: Path) -> None:
        self.asked.append(file)
        if file not in self._given:
            raise BuildError("404")
        to.touch()


def test_the_archive_of_a_source_is_not_its_signature(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The newest version that can be had is taken, whatever else lies there."""
    archive = Archive(["1.0", "1.1"], given=["thing_1.0.orig.tar.xz"])
    monkeypatch.setattr(debian_source, "archives", lambda: [archive])

    found = debian_source.fetch("thing", tmp_path)

    assert archive.asked == ["thing_1.1.orig.tar.xz", "thing_1.0.orig.tar.xz"]
    assert found == tmp_path / "thing_1.0.orig.tar.xz"
    assert found.is_file()


@pytest.mark.parametrize(("versions", "reason"), [([], "no suite"), (["1.0"], "404")])
def test_a_source_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, versions: list[str], reason: str
) -> None:
    monkeypatch.setattr(debian_source, "archives", lambda: [Archive(versions)])

    expected = f"The source of thing could not be fetched: {reason}"
    with pytest.raises(SetupError, match=expected):
        debian_source.fetch("thing", tmp_path)
