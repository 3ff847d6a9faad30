"""The binding, compiled ahead for the Python that Home Assistant runs on."""

from collections.abc import Iterator
from pathlib import Path
import shutil
import subprocess
import sys

from .paths import NATIVE, cache
from .run import BuildError, run

SERIES = "3.14"
ASK = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
# Unchecked: neither a changed date nor a read-only folder costs time. The import puts
# the real path in the place of the name.
COMPILE = (
    "import py_compile, sys; py_compile.compile(sys.argv[1], dfile=sys.argv[2], "
    "doraise=True, optimize=0, "
    "invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"
)


def find(python: Path | None) -> Path:
    """Return a Python of SERIES; raise BuildError if there is none.

    The given one is the only one asked, if one is given.
    """
    for one in [python] if python else _candidates():
        if _output(one, ASK) == SERIES:
            return one
    if python:
        raise BuildError(f"{python} is not Python {SERIES}, which runs Home Assistant.")
    raise BuildError(
        f"no Python {SERIES} is here to compile the binding for Home Assistant. Run "
        f"scripts/setup, which fetches one, or name one with --python."
    )


def compile_module(module: Path, python: Path) -> None:
    """Compile the module, the same on every machine."""
    run(
        f"compiling for Python {SERIES}",
        *(python, "-S", "-s", "-c", COMPILE, module, module.name),
        env={"PYTHONHASHSEED": "0"},
    )


def _candidates() -> Iterator[Path]:
    """Yield the interpreters of this machine and of this project's set-up."""
    yield Path(sys.executable)
    yield from sorted(NATIVE.parent.glob(".venvs/*/bin/python"))
    yield from sorted(cache().parent.glob(f"python-*/usr/bin/python{SERIES}"))
    if named := shutil.which(f"python{SERIES}"):
        yield Path(named)


def _output(python: Path, code: str) -> str:
    try:
        result = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return result.stdout.strip()
