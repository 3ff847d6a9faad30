"""Find the native library for this machine."""

import os
from pathlib import Path
import platform
import sysconfig

from ..protocol.errors import NativeLibraryMissingError
from .library_index import LibraryIndex, remove_stale

LIBRARY_ROOT = Path(__file__).resolve().parents[2]
"""The folder that the package `sipagent` lies in."""

_OVERRIDE = "SIP_INTERCOM_NATIVE"
_MODULE = "_pjsua2.abi3.so"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def platform_key() -> str:
    """Return machine and C library, e.g. x86_64-linux-gnu or aarch64-linux-musl.

    They are the interpreter's: a 32-bit one may run on a 64-bit kernel.
    """
    built_for = str(sysconfig.get_config_var("HOST_GNU_TYPE") or "")
    machine = built_for.partition("-")[0] or platform.machine().lower()
    machine = _MACHINES.get(machine, machine)
    system = platform.system().lower()
    if system != "linux":
        return f"{machine}-{system}"
    return f"{machine}-linux-{'musl' if 'musl' in built_for else 'gnu'}"


def find_native_library() -> Path:
    """Return the folder that holds the native library.

    A release has an index, and just the folder that this names is taken, never one
    that an older version has left beside it; without an index the development cache
    is used. Blocks on the file system. Raises NativeLibraryMissingError with the
    platform's key, NativeLibraryDamagedError or SchemaMismatchError.
    """
    if override := os.environ.get(_OVERRIDE):
        folder: Path | None = Path(override)
    elif (index := LibraryIndex.read(_libraries())) is not None:
        folder = index.whole(platform_key())
    else:
        folder = _development_cache()
    if folder is None or not (folder / _MODULE).is_file():
        raise NativeLibraryMissingError(platform_key())
    return folder.resolve()


def remove_stale_libraries() -> list[str]:
    """Remove the libraries of older versions and return their folders' names.

    Blocks on the file system. Raises OSError, NativeLibraryDamagedError or
    SchemaMismatchError.
    """
    return remove_stale(_libraries())


def _libraries() -> Path:
    """Return where a release has its libraries."""
    return LIBRARY_ROOT / "native"


def _development_cache() -> Path:
    """Return the folder that the set-up of a working copy fills."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "sip-intercom", "native", f"current-{platform_key()}")
