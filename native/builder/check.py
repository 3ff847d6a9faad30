"""The last step of a build: nothing missing, nothing shown, nothing left open.

Linking tells none of this: a shared object may lack symbols without anyone noticing
before it is loaded, and a flag that gets lost on the way shows nowhere.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
import re

from . import hardening
from .elf import Elf
from .paths import NATIVE
from .run import BuildError
from .target import Target

ENTRY = "PyInit__pjsua2"
MUSL = NATIVE / "platform" / "musl-1.2.3.txt"
GLIBC_LIBRARY = re.compile(r"lib(c|m|pthread|dl|rt)\.so\.\d|ld-linux-[\w-]+\.so\.\d")
LARGEST = 10_000_000


def module(file: Path, target: Target, python: Iterable[str]) -> None:
    """Raise BuildError with all that is wrong with the finished module.

    Python's stable symbols are given; the C library's follow from the target.
    """
    elf = Elf(file)
    wrong = [
        *_shown(elf),
        *(_musl(elf, python) if target.musl else _glibc(elf, target, python)),
        *hardening.lacks(elf, glibc=not target.musl),
        *_size(file),
    ]
    if wrong:
        lines = "\n".join(f"- {one}" for one in wrong)
        raise BuildError(f"{file.name} for {target.zig} is refused:\n{lines}")


def _shown(elf: Elf) -> Iterator[str]:
    if (given := elf.symbols().given) != {ENTRY}:
        yield f"it shows {sorted(given)}, not only {ENTRY}"


def _musl(elf: Elf, python: Iterable[str]) -> Iterator[str]:
    """Musl has no versions of symbols, so there is a list of those that it has."""
    lines = MUSL.read_text().splitlines()
    known = {name for line in lines if line[0] != "#" for name in line.split()}
    if missing := elf.symbols().taken.keys() - known - set(python):
        yield f"neither musl 1.2.3 nor Python's stable ABI has {sorted(missing)}"
    if others := elf.needed() - {"libc.so"}:
        yield f"it needs libraries beside musl: {sorted(others)}"


def _glibc(elf: Elf, target: Target, python: Iterable[str]) -> Iterator[str]:
    """Glibc has what carries a version: the linker has found it in a library."""
    symbols = elf.symbols()
    unknown = {name for name, version in symbols.taken.items() if not version}
    if missing := unknown - set(python):
        yield f"neither glibc nor Python's stable ABI has {sorted(missing)}"
    limit = target.zig.partition("gnu.")[2]
    if newer := [one for one in symbols.versions if _number(one) > _number(limit)]:
        yield f"it needs {sorted(newer)}, but glibc {limit} is the oldest it is for"
    others = {one for one in elf.needed() if not GLIBC_LIBRARY.fullmatch(one)}
    if others:
        yield f"it needs libraries beside glibc: {sorted(others)}"


def _number(version: str) -> tuple[int, ...]:
    numbers = version.removeprefix("GLIBC_").split(".")
    # A version that is no number (GLIBC_PRIVATE) belongs to one release only.
    return tuple(int(one) if one.isdecimal() else 1000 for one in numbers)


def _size(file: Path) -> Iterator[str]:
    if (size := file.stat().st_size) > LARGEST:
        yield f"it has {size} bytes, more than {LARGEST}"
