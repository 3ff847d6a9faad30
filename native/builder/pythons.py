"""The Python interpreters that a build serves: C headers and compiled modules."""

from collections.abc import Iterator
from pathlib import Path
import subprocess
import sys

from .paths import NATIVE, cache
from .run import BuildError, run

ASK = "import sysconfig; print(sysconfig.get_paths()['include'])"
# Never looked at again: neither a changed date nor a read-only folder costs time.
COMPILE = (
    "import py_compile, sys; py_compile.compile(sys.argv[1], doraise=True, "
    "invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"
)


def headers(python: Path | None) -> Path:
    """Return the folder of Python.h; any newer Python may load what it makes."""
    asked = [python] if python else [Path(sys.executable), *_others()]
    for one in asked:
        folder = Path(_output(one, ASK) or "/nonexistent")
        if (folder / "Python.h").is_file():
            return folder
    raise BuildError(
        "no Python here has its C headers (Python.h). Run scripts/setup, which fetches "
        "one that has, or name one with --python (Debian: apt-get install python3-dev)."
    )


def compile_module(module: Path, python: Path | None) -> None:
    """Compile the module for every Python that may import it."""
    wanted = dict.fromkeys([python or Path(sys.executable), *_others()])
    for one in wanted:
        run(f"compiling for {one}", one, "-I", "-c", COMPILE, module)


def _others() -> Iterator[Path]:
    """Yield the interpreters that this project's set-up has made."""
    yield from sorted(NATIVE.parent.glob(".venvs/*/bin/python"))
    yield from sorted(cache().parent.glob("python-*/usr/bin/python3.[0-9][0-9]"))


def _output(python: Path, code: str) -> str:
    try:
        result = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return result.stdout.strip()
