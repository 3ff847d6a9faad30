"""A library for a platform that no release has, put into an installed integration."""

import json
from pathlib import Path
import subprocess
import sys

import pytest

from custom_components.sip_intercom.lib.sipagent.client.library_index import (
    LibraryIndex,
)
from native import install as installing
from native.builder.recipe import NATIVE, Order
from native.builder.run import BuildError
from native.builder.target import Target

KEY = "riscv64-linux-gnu"
ORDER = Order(
    target=Target(zig=f"{KEY}.2.28", host=KEY, openssl="linux64-riscv64"),
    variant="release",
    sources=None,
    python=None,
)
OURS = b"cmp1" + bytes((1, 0, 0, 0))
PYTHONS = b"cmp1" + bytes(4)


@pytest.fixture
def component(tmp_path: Path) -> Path:
    """Return an integration that is installed from a release."""
    folder = tmp_path / "custom_components" / "sip_intercom"
    (folder / "lib" / "native").mkdir(parents=True)
    manifest = {"domain": "sip_intercom", "version": "9.9.9"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    index = {"format": 1, "libraries": {"other": {"folder": "other-1", "files": {}}}}
    (folder / "lib" / "native" / "libraries.json").write_text(json.dumps(index))
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Return a library as the build leaves it."""
    folder = tmp_path / f"{KEY}-0123456789ab"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "_pjsua2.abi3.so").write_bytes(b"library")
    (folder / "pjsua2.py").write_bytes(b"binding")
    (folder / "__pycache__" / "pjsua2.cpython-314.pyc").write_bytes(OURS)
    (folder / "__pycache__" / "pjsua2.cpython-313.pyc").write_bytes(PYTHONS)
    return folder


def test_the_client_finds_it(component: Path, library: Path) -> None:
    for _ in range(2):
        installed = installing.install(ORDER, library, component)

    root = component / "lib" / "native"
    index = LibraryIndex.read(root)
    assert index is not None
    assert index.whole(KEY) == installed == root / library.name
    assert index.folders["other"] == root / "other-1"
    assert {path.name for path in root.iterdir()} == {library.name, "libraries.json"}
    names = {file.path.name for file in index.files[KEY]}
    assert names == {"_pjsua2.abi3.so", "pjsua2.py", "pjsua2.cpython-314.pyc"}


def test_an_integration_without_an_index_gets_one(
    component: Path, library: Path
) -> None:
    (component / "lib" / "native" / "libraries.json").unlink()
    installing.install(ORDER, library, component)

    index = LibraryIndex.read(component / "lib" / "native")
    assert index is not None
    assert set(index.folders) == {KEY}


@pytest.mark.parametrize("text", ['{"format": 2}', "{"])
def test_an_index_that_is_not_understood_stays(
    component: Path, library: Path, text: str
) -> None:
    index = component / "lib" / "native" / "libraries.json"
    index.write_text(text)
    with pytest.raises(BuildError, match=r"format 2|cannot be read"):
        installing.install(ORDER, library, component)
    assert index.read_text() == text


def test_only_an_installed_integration_is_taken(
    component: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BuildError, match="does not hold SIP Intercom"):
        installing.check(tmp_path)
    with pytest.raises(BuildError, match="belongs to this clone"):
        installing.check(installing.OWN)
    installing.check(component)
    assert "has version 9.9.9" in capsys.readouterr().err


def test_a_platform_without_a_recipe() -> None:
    """The error says how to add it."""
    done = subprocess.run(
        [sys.executable, NATIVE / "build.py", "--target", KEY],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"no recipe for {KEY}" in done.stderr
    assert "native/builder/target.py" in done.stderr
