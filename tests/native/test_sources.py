"""Where the sources of the library come from, and that they are the pinned ones."""

import hashlib
import json
from pathlib import Path
import subprocess
import sys
import tarfile

import pytest

from native.builder import archive, paths, sources
from native.builder.run import BuildError


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty cache that the build uses."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return paths.cache()


@pytest.mark.parametrize("python", [sys.executable, "/usr/bin/python3"])
def test_sources_are_unpacked_by_any_python(tmp_path: Path, python: str) -> None:
    """The distribution's own Python may be from before tarfile had filters."""
    if not Path(python).exists():
        pytest.skip(f"{python} is not here")
    archive = tmp_path / "thing.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(__file__, "thing-1.0/file")
    code = (
        "import sys; from pathlib import Path; from native.builder import sources;"
        "print(sources.unpack(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    done = subprocess.run(
        [python, "-c", code, archive, tmp_path / "tree"],
        cwd=paths.NATIVE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip(), "file").read_bytes() == Path(__file__).read_bytes()


def test_sources_from_a_folder(cache: Path, tmp_path: Path) -> None:
    """Archives in the folder are taken if their checksums are right."""
    folder = tmp_path / "mine"
    folder.mkdir()
    kept = paths.NATIVE / "sources.json"
    (folder / json.loads(kept.read_text())[0]["file"]).write_bytes(b"not the archive")
    with pytest.raises(BuildError, match="does not have the checksum"):
        sources.fetch(folder)
    assert not [one for one in (cache / "sources").iterdir() if one.is_file()]


def pin(monkeypatch: pytest.MonkeyPatch, folder: Path, *, upstream: str) -> None:
    """Pin one source that Debian does not have."""
    monkeypatch.setattr(archive, "APT", folder)
    monkeypatch.setattr(sources, "PINS", folder / "pins.json")
    released = hashlib.sha256(b"released").hexdigest()
    names = {"name": "x", "version": "1", "package": "x", "file": "x.tar"}
    sums = {"sha256": "0", "upstream_sha256": released, "upstream": upstream}
    sources.PINS.write_text(json.dumps([{**names, **sums}]))


def test_sources_from_the_project(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    cache: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A machine that is no Debian asks the projects themselves, and says so."""
    released = tmp_path / "released.tar"
    released.write_bytes(b"released")
    pin(monkeypatch, tmp_path, upstream=released.as_uri())
    assert sources.fetch(None)["x"].read_bytes() == b"released"
    said = capsys.readouterr().err
    assert "x: not from Debian's archive: apt names no mirror" in said
    assert f"x: taking 1 from {released.as_uri()} instead" in said


def test_no_source_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    """Without any source the message tells what to do."""
    pin(monkeypatch, tmp_path, upstream=(tmp_path / "missing").as_uri())
    with pytest.raises(BuildError, match="--sources FOLDER"):
        sources.fetch(None)


def test_mirrors_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Both notations of apt are understood; other archives are left alone."""
    monkeypatch.setattr(archive, "APT", tmp_path)
    (tmp_path / "sources.list").write_text("deb http://a.test/debian/ stable main\n")
    (tmp_path / "sources.list.d").mkdir()
    listed = tmp_path / "sources.list.d" / "debian.sources"
    listed.write_text(
        "URIs: https://b.test/mirror/debian\nURIs: https://b.test/debian-security\n"
    )
    assert archive.mirrors() == ["http://a.test/debian", "https://b.test/mirror/debian"]


def test_archives_are_the_pinned_ones(release: Path) -> None:
    """What the library was made from is what the pins say."""
    facts = json.loads((release / "facts.json").read_text())
    assert len(facts["sources"]) == len(sources.pinned())
    for source in facts["sources"]:
        kept = sources.store() / source[source["matched"]]
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == kept.name


def test_which_checksum_an_archive_has() -> None:
    """A file that Debian has is told from one that only the project has."""
    pinned = next(one for one in sources.pinned() if one.name == "pjproject")
    assert sources.matched(pinned, Path(pinned.sha256)) == "sha256"
    assert sources.matched(pinned, Path(pinned.upstream_sha256)) == "upstream_sha256"
