"""The last step of a build: nothing missing, nothing shown, nothing too new."""

from pathlib import Path
import re

from .compiler import Compiler
from .elf import symbols
from .run import BuildError, run

ENTRY = "PyInit__pjsua2"
PYTHON = re.compile(r"_?Py")
GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)")


def exported(file: Path) -> None:
    """Raise BuildError unless the module shows its entry point and nothing else."""
    if (given := symbols(file).given) != {ENTRY}:
        raise BuildError(f"the module exports {sorted(given)}, not only {ENTRY}")


def versions(file: Path, newest: str) -> None:
    """Raise BuildError if the module needs a newer glibc than the target has."""
    limit = tuple(int(part) for part in newest.split("."))
    for version in symbols(file).versions:
        match = GLIBC.fullmatch(version)
        if match and tuple(int(part) for part in match.groups()) > limit:
            raise BuildError(f"the module needs {version}; the target has {newest}")


def python_only(file: Path) -> list[str]:
    """Return the symbols that the module expects from Python itself."""
    return sorted(name for name in symbols(file).taken if PYTHON.match(name))


def stand_in(compiler: Compiler, names: list[str], folder: Path) -> Path:
    """Build a library with Python's symbols: the linker looks for all the others.

    A shared object may lack symbols without anyone noticing before it is loaded.
    """
    source = folder / "python.c"
    source.write_text("".join(f"int {name};\n" for name in names))
    library = folder / "libpython-stand-in.so"
    run(
        "stand-in for Python",
        *(compiler.cc, "-shared", "-fPIC", "-w", "-fno-builtin", "-o", library, source),
        env=compiler.env,
    )
    return library
