"""Where the native library is looked for."""

from collections.abc import Callable
import hashlib
import json
from pathlib import Path
import platform
import shutil
import sysconfig

import pytest

from custom_components.sip_intercom.lib.sipagent.client import launch, native
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    NativeLibraryDamagedError,
    NativeLibraryMissingError,
    SchemaMismatchError,
)

MODULE = "_pjsua2.abi3.so"
BINDING = "pjsua2.py"
COMPILED = "__pycache__/pjsua2.cpython-314.pyc"


@pytest.mark.parametrize(
    ("built_for", "system", "key"),
    [
        ("x86_64-pc-linux-gnu", "Linux", "x86_64-linux-gnu"),
        ("x86_64-alpine-linux-musl", "Linux", "x86_64-linux-musl"),
        ("aarch64-unknown-linux-gnu", "Linux", "aarch64-linux-gnu"),
        ("armv7l-unknown-linux-gnueabihf", "Linux", "armv7l-linux-gnu"),
        ("arm64-apple-darwin", "Darwin", "aarch64-darwin"),
        ("", "Linux", "x86_64-linux-gnu"),
    ],
)
def test_platform_key(
    monkeypatch: pytest.MonkeyPatch, built_for: str, system: str, key: str
) -> None:
    """The key is the interpreter's platform, not the kernel's."""
    monkeypatch.setattr(sysconfig, "get_config_var", {"HOST_GNU_TYPE": built_for}.get)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    assert native.platform_key() == key


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Look for libraries only below an empty folder."""
    monkeypatch.delenv("SIP_INTERCOM_NATIVE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(native, "LIBRARY_ROOT", tmp_path / "lib")
    return tmp_path


def put(folder: Path) -> Path:
    """Put a library into a folder."""
    (folder / "__pycache__").mkdir(parents=True)
    for name in (MODULE, BINDING, COMPILED):
        (folder / name).write_bytes(f"cmp1{name}".encode())
    return folder


def release(root: Path, folder: Path, key: str | None = None) -> Path:
    """Put a library into a folder of a release, and let the index name it."""
    put(folder)
    files = {
        name: {
            "size": (folder / name).stat().st_size,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in (MODULE, BINDING, COMPILED)
    }
    index = {
        "format": 1,
        "libraries": {
            key or native.platform_key(): {
                "folder": folder.name,
                "build_id": "1f",
                "files": files,
            }
        },
    }
    (root / "libraries.json").write_text(json.dumps(index))
    return folder


@pytest.fixture
def released(nowhere: Path) -> Path:
    """Return the folder of the library that a release has for this machine."""
    root = nowhere / "lib" / "native"
    return release(root, root / f"{native.platform_key()}-{'1f' * 6}")


def test_missing(nowhere: Path) -> None:
    """The error names the platform."""
    with pytest.raises(NativeLibraryMissingError, match=native.platform_key()):
        native.find_native_library()


def test_working_copy(nowhere: Path) -> None:
    """Without an index there is no release, and what the set-up has built is used."""
    key = native.platform_key()
    built = put(nowhere / "cache" / "sip-intercom" / "native" / f"current-{key}")
    put(nowhere / "lib" / "native" / f"{key}-{'2f' * 6}")
    assert native.find_native_library() == built


def test_release(nowhere: Path, released: Path) -> None:
    """Just what the index names is used, whatever lies beside it or in the cache."""
    key = native.platform_key()
    put(nowhere / "cache" / "sip-intercom" / "native" / f"current-{key}")
    put(released.with_name(f"{key}-{'0' * 12}"))
    put(released.with_name(f"{key}-{'f' * 12}"))
    assert native.find_native_library() == released


def test_release_without_this_platform(nowhere: Path, released: Path) -> None:
    """A library that the index does not name is never used."""
    key = native.platform_key()
    put(nowhere / "cache" / "sip-intercom" / "native" / f"current-{key}")
    release(released.parent, released.with_name("other-linux-gnu-1"), "other-linux-gnu")
    with pytest.raises(NativeLibraryMissingError, match=key):
        native.find_native_library()


@pytest.mark.parametrize("name", [MODULE, BINDING, COMPILED])
@pytest.mark.parametrize(
    "damage",
    [lambda old: old[:-1], lambda old: old[:-1] + b"?"],
    ids=["short", "other"],
)
def test_damage(released: Path, name: str, damage: Callable[[bytes], bytes]) -> None:
    """Half an unpack, a full disk or a broken disk is told, also after a first use."""
    assert native.find_native_library() == released
    file = released / name
    changed = damage(file.read_bytes())
    file.write_bytes(changed)
    with pytest.raises(NativeLibraryDamagedError, match=name):
        native.find_native_library()


@pytest.mark.parametrize("name", [MODULE, BINDING])
def test_file_that_is_gone(released: Path, name: str) -> None:
    """A library of which a file is missing is damaged."""
    (released / name).unlink()
    with pytest.raises(NativeLibraryDamagedError, match=f"{name}: No such file"):
        native.find_native_library()


def test_folder_that_is_gone(released: Path) -> None:
    """Between the two halves of an unpack there may be an index alone."""
    shutil.rmtree(released)
    with pytest.raises(NativeLibraryDamagedError):
        native.find_native_library()


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1}', '{"format": 1, "libr'])
def test_index_that_cannot_be_read(released: Path, text: str) -> None:
    """An index that was not written to its end is damage."""
    (released.parent / "libraries.json").write_text(text)
    with pytest.raises(NativeLibraryDamagedError, match=r"libraries\.json"):
        native.find_native_library()


def test_index_of_a_version_to_come(released: Path) -> None:
    """A restart is due when the next version has been unpacked over this one."""
    (released.parent / "libraries.json").write_text('{"format": 2, "new": true}')
    with pytest.raises(SchemaMismatchError, match="format 2, this version 1"):
        native.find_native_library()


def test_compiled_file_that_a_backup_left_out(released: Path) -> None:
    """Backups have no compiled files, and Python makes its own; both are fine."""
    (released / COMPILED).unlink()
    assert native.find_native_library() == released
    mine = b"cmp1" + bytes(4) + b"date size code"
    (released / COMPILED).write_bytes(mine)
    assert native.find_native_library() == released


def test_each_file_is_read_once(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict holds until the file changes."""
    native.find_native_library()
    monkeypatch.setattr(Path, "read_bytes", _only_the_index)
    assert native.find_native_library() == released


def _only_the_index(path: Path) -> bytes:
    assert path.name == "libraries.json"
    return path.read_text().encode()


def test_stale_libraries_go(released: Path) -> None:
    """What an unpack left beside the new one goes, and nothing else."""
    key = native.platform_key()
    stale = put(released.with_name(f"{key}-{'0' * 12}"))
    checked = put(released.with_name(f"aarch64-linux-musl-{'0' * 12}-checked"))
    foreign = put(released.with_name("notes"))
    link = released.with_name(f"{key}-{'a' * 12}")
    link.symlink_to(foreign)
    assert set(native.remove_stale_libraries()) == {stale.name, checked.name}
    left = {path.name for path in released.parent.iterdir()}
    assert left == {released.name, foreign.name, link.name, "libraries.json"}
    assert native.remove_stale_libraries() == []
    assert native.find_native_library() == released


def test_nothing_goes_from_a_working_copy(nowhere: Path) -> None:
    """Without an index nobody knows what is stale."""
    assert native.remove_stale_libraries() == []
    kept = put(nowhere / "lib" / "native" / f"{native.platform_key()}-{'0' * 12}")
    assert native.remove_stale_libraries() == []
    assert kept.is_dir()


def test_override(
    nowhere: Path, released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may name the library, and then no other is taken."""
    monkeypatch.setenv("SIP_INTERCOM_NATIVE", str(nowhere / "mine"))
    with pytest.raises(NativeLibraryMissingError):
        native.find_native_library()
    mine = put(nowhere / "mine")
    assert native.find_native_library() == mine


def test_launch_of_the_agent(released: Path) -> None:
    """The agent runs isolated from the working folder, with two folders on its path."""
    launched = launch.agent_launch()
    assert launched.command[1:] == ("-P", "-S", "-m", "sipagent.agent")
    path = launched.environment["PYTHONPATH"].split(":")
    assert path == [str(Path(launch.__file__).parents[2]), str(released)]
