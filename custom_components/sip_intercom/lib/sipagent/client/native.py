"""Find the native library for this machine."""

import os
from pathlib import Path
import platform
import sysconfig

from ..protocol.errors import NativeLibraryMissingError

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

    Looks beside the library, where a release has it, then in the development
    cache. Blocks on the file system. Raises NativeLibraryMissingError with
    the platform's key.
    """
    if override := os.environ.get(_OVERRIDE):
        candidates = [Path(override)]
    else:
        candidates = [*_released(), _development_cache()]
    for folder in candidates:
        if (folder / _MODULE).is_file():
            return folder.resolve()
    raise NativeLibraryMissingError(platform_key())


def _released() -> list[Path]:
    """Return the folders of a release for this platform; normally one."""
    return list((LIBRARY_ROOT / "native").glob(f"{platform_key()}-*"))


def _development_cache() -> Path:
    """Return the folder that the set-up of a working copy fills."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "sip-intercom", "native", f"current-{platform_key()}")
