"""Python ≥ 3.14.2: one already there, else uv's, else Debian's own packages."""

import os
from pathlib import Path
import shutil
import subprocess

from . import debian
from .paths import cache_folder, fingerprint
from .steps import SetupError, build_once, run, step
from .tools import patchelf, uv

MINIMUM = (3, 14, 2)
SERIES = "3.14"
# Raise when the way a Debian prefix is made changes.
RECIPE = "1"
# The native library and some requirements are compiled, so the headers are needed too.
CHECK = f"""\
import os, sys, sysconfig, ssl, sqlite3, venv
headers = os.path.join(sysconfig.get_path("include"), "Python.h")
sys.exit(sys.version_info < {MINIMUM} or not os.path.exists(headers))
"""
UV_TIMEOUT_SECONDS = 240
LOADERS = {"amd64": "ld-linux-x86-64.so.2", "arm64": "ld-linux-aarch64.so.1"}
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
PACKAGES = (
    "python3.14",
    "python3.14-minimal",
    "python3.14-dev",
    "python3.14-venv",
    "libpython3.14-minimal",
    "libpython3.14-stdlib",
    "libpython3.14-dev",
    "libc6",
    "libssl3t64",
    "libffi8",
    "libsqlite3-0",
    "zlib1g",
    "libbz2-1.0",
    "liblzma5",
    "libexpat1",
    "libncursesw6",
    "libtinfo6",
    "libreadline8t64",
    "libuuid1",
    "libzstd1",
    "libgcc-s1",
    "libstdc++6",
)
ADVICE = (
    "Install Python 3.14.2 or newer so that `python3.14` runs it "
    "(from your distribution or with `uv python install 3.14`), then start again."
)


def find_interpreter() -> Path:
    """Return a usable Python, fetching one first if the machine has none.

    Raises SetupError if there is no way to get one.
    """
    if prefix := _finished_prefix():
        return _program(prefix)
    if (own := shutil.which(f"python{SERIES}")) and _usable(Path(own)):
        return Path(own)
    if managed := _from_uv():
        return managed
    if not debian.is_debian():
        raise SetupError(
            f"No Python {SERIES} here, and uv could not get one.\n{ADVICE}"
        )
    prefix = build_once(
        _debian_prefix(),
        _unpack_debian,
        title=f"Python {SERIES} from Debian's packages",
    )
    return _program(prefix)


def compile_environment(interpreter: Path) -> dict[str, str]:
    """Return the environment in which extensions compile against the interpreter."""
    env = dict(os.environ)
    prefix = interpreter.parents[2]
    if prefix != _debian_prefix():
        return env
    include = prefix / "usr/include"
    folders = [str(include), str(include / f"python{SERIES}")]
    env["CPATH"] = ":".join([*folders, *filter(None, [env.get("CPATH")])])
    return env


def _debian_prefix() -> Path:
    key = fingerprint([*PACKAGES, RECIPE, os.uname().machine])
    return cache_folder() / f"python-{key}"


def _finished_prefix() -> Path | None:
    prefix = _debian_prefix()
    return prefix if _usable(_program(prefix)) else None


def _program(prefix: Path) -> Path:
    return prefix / f"usr/bin/python{SERIES}"


def _usable(program: Path) -> bool:
    if not program.exists():
        return False
    done = subprocess.run(
        [program, "-I", "-c", CHECK], check=False, capture_output=True
    )
    return done.returncode == 0


def _from_uv() -> Path | None:
    find: list[Path | str] = [uv(), "python", "find", "--managed-python", SERIES]
    if (found := _uv_python(find)) is not None:
        return found
    with step(f"Python {SERIES} from uv"):
        try:
            subprocess.run(
                [uv(), "python", "install", "--quiet", SERIES],
                check=False,
                capture_output=True,
                timeout=UV_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            print(" gave up", end="")
    return _uv_python(find)


def _uv_python(find: list[Path | str]) -> Path | None:
    done = subprocess.run(find, check=False, capture_output=True, text=True)
    program = Path(done.stdout.strip())
    return program if done.returncode == 0 and _usable(program) else None


def _unpack_debian(prefix: Path) -> None:
    """Fill prefix with a Python that brings its own loader and C library."""
    architecture = debian.architecture()
    if architecture not in LOADERS:
        raise SetupError(f"No recipe for the architecture {architecture}.\n{ADVICE}")
    debian.unpack_packages(PACKAGES, prefix, architecture)
    _point_at_own_libraries(prefix, architecture)


def _point_at_own_libraries(prefix: Path, architecture: str) -> None:
    final = _debian_prefix()
    libraries = Path("usr/lib") / TRIPLETS[architecture]
    run(
        [
            *(
                patchelf(),
                "--set-interpreter",
                final / libraries / LOADERS[architecture],
            ),
            *("--force-rpath", "--set-rpath", final / libraries),
            _program(prefix),
        ],
        advice="This is a defect of the recipe; please report it.",
    )
