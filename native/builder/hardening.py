"""What makes a defect of this code harder to use, seen in the finished module."""

from collections.abc import Iterator
from pathlib import Path

from .elf import EXECUTE, LOAD, RELRO, STACK, SYMBOLS, WRITE, Elf

TEXT_RELOCATIONS, RPATH, RUNPATH, FLAGS, FLAGS_1 = 22, 15, 29, 30, 0x6FFFFFFB
FLAG_TEXT_RELOCATIONS, FLAG_NOW, FLAG_1_NOW = 4, 8, 1
GUARD = "__stack_chk_fail"
TAKEN = {
    GUARD: "no stack protector",
    "pthread_attr_setstacksize": "threads get the C library's stack size",
}
# Musl has no checked functions: there _FORTIFY_SOURCE does nothing.
TAKEN_FROM_GLIBC = {
    "__memcpy_chk": "no _FORTIFY_SOURCE",
    "__vsnprintf_chk": "no _FORTIFY_SOURCE",
}


def lacks(elf: Elf, *, glibc: bool) -> Iterator[str]:
    """Yield what the module lacks."""
    yield from _segments(elf)
    yield from _dynamic(dict(elf.dynamic()))
    if any(section.kind == SYMBOLS for section in elf.sections):
        yield "it is not stripped"
    taken = elf.symbols().taken
    for name, lack in {**TAKEN, **(TAKEN_FROM_GLIBC if glibc else {})}.items():
        if name not in taken:
            yield f"{lack} ({name} is not called)"


def unguarded(archives: list[Path]) -> list[str]:
    """Return the static libraries of which no function has the stack protector."""
    return [one.name for one in archives if GUARD.encode() not in one.read_bytes()]


def _segments(elf: Elf) -> Iterator[str]:
    kinds = {segment.kind: segment.flags for segment in elf.segments}
    if kinds.get(STACK, EXECUTE) & EXECUTE:
        yield "it asks for an executable stack"
    if RELRO not in kinds:
        yield "its table of functions stays writable (no RELRO)"
    both = WRITE | EXECUTE
    if any(one.kind == LOAD and one.flags & both == both for one in elf.segments):
        yield "a part of it is both writable and executable"


def _dynamic(told: dict[int, int]) -> Iterator[str]:
    flags = told.get(FLAGS, 0)
    if not flags & FLAG_NOW and not told.get(FLAGS_1, 0) & FLAG_1_NOW:
        yield "its functions are bound late (no BIND_NOW)"
    if TEXT_RELOCATIONS in told or flags & FLAG_TEXT_RELOCATIONS:
        yield "the loader must change its code (TEXTREL)"
    if RPATH in told or RUNPATH in told:
        yield "it names folders to load libraries from (RPATH)"
