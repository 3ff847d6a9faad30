"""What the build promises of its result, and how it deals with trouble."""

import hashlib
import json
from pathlib import Path
import subprocess
import sys
import tarfile

import pytest

from native.builder import archive, library, paths, pjproject, recipe, sources
from native.builder.run import BuildError, run
from native.builder.target import TARGETS, this_machine

from .conftest import Gatekeeper

BUILD = Path(recipe.NATIVE, "build.py")


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty cache that the build uses."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return paths.cache()


def test_finished_library_is_found_at_once(release: Path) -> None:
    """The command prints the folder on its last line, and builds nothing."""
    command = [sys.executable, str(BUILD), "--python", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(release)
    assert done.stderr == ""


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


def test_compiled_for_this_python(release: Path) -> None:
    """Importing the binding compiles nothing."""
    version = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"
    compiled = release / "__pycache__" / f"pjsua2.{version}.pyc"
    unchecked_hash = b"\x01\x00\x00\x00"
    assert compiled.read_bytes()[4:8] == unchecked_hash


def test_build_facts(process: Gatekeeper) -> None:
    """The library tells what it is made of."""
    info = process.info
    assert info["pjsip"] == "2.17"
    assert info["target"] == this_machine()
    assert info["patches"] == [patch.stem for patch in pjproject.patches()]
    assert info["sources"].keys() == {source.name for source in sources.pinned()}
    assert info["codecs"] == ["PCMU", "PCMA", "G722", "opus", "L16"]
    switches = info["switches"]
    assert switches["asserts"] is (info["variant"] == "checked")
    assert switches["poll"].startswith("epoll")
    assert switches["max_handles"] == switches["max_transports"] == 1024
    assert switches["max_calls"] == 32
    assert switches["thread_stack"] == 1024 * 1024
    for name in ("ipv6", "srtp", "dtls", "aes_gcm", "tls"):
        assert switches[name] is True
    assert switches["video"] is False


def test_documented_facts(process: Gatekeeper) -> None:
    """The protocol's example of a hello has the facts that the library tells."""
    page = Path(recipe.NATIVE.parent, "docs", "protocol.md").read_text()
    example = next(one for one in page.splitlines() if '"type":"hello"' in one)
    told = {
        f"{name}.{inner}" if inner else name
        for name, value in process.info.items()
        for inner in (value if isinstance(value, dict) else [""])
    }
    assert json.loads(example)["build"].keys() == told


@pytest.mark.parametrize("changed", ["config_site.h", "patches", "gate", "builder"])
def test_every_input_changes_the_name(
    changed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A library is never found under the name of other inputs."""
    order = recipe.Order(
        target=TARGETS[this_machine()], variant="release", sources=None, python=None
    )
    before = order.build_id()
    extra = tmp_path / "extra.patch"
    extra.write_text("changed")
    match changed:
        case "config_site.h":
            monkeypatch.setattr(pjproject, "SWITCHES", extra)
        case "patches":
            monkeypatch.setattr(pjproject, "PATCHES", tmp_path)
        case "gate":
            monkeypatch.setattr(library, "GATE", tmp_path)
        case "builder":
            extra.rename(tmp_path / "extra.py")
            monkeypatch.setattr(recipe, "BUILDER", tmp_path)
    assert order.build_id() != before


def test_a_step_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A half-finished folder is never taken for a whole one."""

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise BuildError("no")

    with pytest.raises(BuildError):
        paths.made(tmp_path / "step", fail)
    assert list(tmp_path.iterdir()) == []
    folder = paths.made(tmp_path / "step", lambda folder: (folder / "whole").touch())
    assert [file.name for file in folder.iterdir()] == ["whole"]
    assert paths.made(folder, fail) == folder


def test_failing_tool_tells_its_last_words() -> None:
    """The message names the step, the command and what the tool said."""
    with pytest.raises(BuildError, match=r"(?s)step failed: sh -c .*no room"):
        run("step", "sh", "-c", "echo no room; exit 1")


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


def test_facts_of_the_folder(release: Path) -> None:
    """A release finds the checksums of what it carries, and what it is made from."""
    facts = json.loads((release / "facts.json").read_text())
    assert facts["target"] == this_machine()
    assert facts["patches"] == [patch.stem for patch in pjproject.patches()]
    told = {name: (one["size"], one["sha256"]) for name, one in facts["files"].items()}
    found = {
        str(file.relative_to(release)): (
            file.stat().st_size,
            hashlib.sha256(file.read_bytes()).hexdigest(),
        )
        for file in release.rglob("*")
        if file.is_file() and file.name != "facts.json"
    }
    assert told == found
    assert library.MODULE in told
