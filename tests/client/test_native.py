"""Where the native library is looked for."""

from pathlib import Path
import platform
import sysconfig

import pytest

from custom_components.sip_intercom.lib.sipagent.client import launch, native
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    NativeLibraryMissingError,
)


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
    """Put an empty library into a folder."""
    folder.mkdir(parents=True)
    (folder / "_pjsua2.abi3.so").touch()
    return folder


def test_missing(nowhere: Path) -> None:
    """The error names the platform."""
    with pytest.raises(NativeLibraryMissingError, match=native.platform_key()):
        native.find_native_library()


def test_release_comes_before_the_development_cache(nowhere: Path) -> None:
    """What was shipped is used, then what a working copy has built."""
    key = native.platform_key()
    built = put(nowhere / "cache" / "sip-intercom" / "native" / f"current-{key}")
    put(nowhere / "lib" / "native" / "other-platform-1")
    assert native.find_native_library() == built
    shipped = put(nowhere / "lib" / "native" / f"{key}-2f")
    assert native.find_native_library() == shipped


def test_override(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may name the library, and then no other is taken."""
    put(nowhere / "lib" / "native" / f"{native.platform_key()}-2f")
    monkeypatch.setenv("SIP_INTERCOM_NATIVE", str(nowhere / "mine"))
    with pytest.raises(NativeLibraryMissingError):
        native.find_native_library()
    mine = put(nowhere / "mine")
    assert native.find_native_library() == mine


def test_launch_of_the_agent(nowhere: Path) -> None:
    """The agent runs isolated from the working folder, with two folders on its path."""
    shipped = put(nowhere / "lib" / "native" / f"{native.platform_key()}-2f")
    launched = launch.agent_launch()
    assert launched.command[1:] == ("-P", "-S", "-m", "sipagent.agent")
    path = launched.environment["PYTHONPATH"].split(":")
    assert path == [str(Path(launch.__file__).parents[2]), str(shipped)]
