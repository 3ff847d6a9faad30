"""What the build promises of its result, and how it deals with trouble."""

from collections.abc import Callable
import hashlib
import json
from pathlib import Path
import subprocess
import sys
from threading import Thread
import time

import pytest

from native.builder import library, paths, pjproject, recipe, sources
from native.builder.run import BuildError, run
from native.builder.target import TARGETS, this_machine

from .conftest import Gatekeeper

BUILD = Path(recipe.NATIVE, "build.py")


def test_finished_library_is_found_at_once(release: Path) -> None:
    """The command prints the folder on its last line, and builds nothing."""
    command = [sys.executable, str(BUILD), "--python", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(release)
    assert done.stderr == ""


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


def test_tools_know_little_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody has set for other work does not get into a library."""
    monkeypatch.setenv("CFLAGS", "-O3")
    seen = run("step", "env", env={"CC": "cc"}).splitlines()
    assert {line.partition("=")[0] for line in seen} <= {"CC", "PATH", "HOME", "TMPDIR"}
    assert "CC=cc" in seen
    assert "CFLAGS=-O3" in run("step", "env").splitlines()


def test_second_process_waits_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody takes a build that waits for another for one that hangs."""
    with paths.locked(tmp_path):
        waiting = Thread(target=enter, args=(tmp_path,))
        waiting.start()
        said = [""]

        def heard() -> bool:
            # What is read is taken away, and may end within a sentence.
            said[0] += capsys.readouterr().err
            return "waiting for another" in said[0]

        wait_until(heard)
        assert waiting.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()


def enter(folder: Path) -> None:
    """Work in a folder for no time."""
    with paths.locked(folder):
        pass


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until a thing is true, which it soon is."""
    patience = time.monotonic() + 10
    while not true():
        assert time.monotonic() < patience


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
