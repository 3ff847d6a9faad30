"""What a shared object takes from others, gives to them and asks of the loader."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import struct

LOAD, DYNAMIC, STACK, RELRO = 1, 2, 0x6474E551, 0x6474E552
EXECUTE, WRITE = 1, 2
SYMBOLS, DYNAMIC_SYMBOLS = 2, 11
VERSIONS_NEEDED, SYMBOL_VERSIONS = 0x6FFFFFFE, 0x6FFFFFFF
NEEDED = 1
WEAK = 2


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section; size and place count bytes of the file."""

    kind: int
    place: int
    size: int
    link: int


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One segment; flags are EXECUTE, WRITE and what else there is."""

    kind: int
    flags: int


@dataclass(frozen=True, kw_only=True)
class Symbols:
    """The dynamic symbols of a shared object.

    Those that it must have from others come with the version, or none if no library
    had them when it was linked.
    """

    taken: dict[str, str]
    given: frozenset[str]
    versions: frozenset[str]


class Elf:
    """A 64-bit little-endian shared object."""

    def __init__(self, file: Path) -> None:
        self._data = file.read_bytes()
        self.sections = self._sections()
        self.segments = self._segments()

    def symbols(self) -> Symbols:
        """Return the dynamic symbols."""
        versions = self._versions()
        taken, given = {}, set()
        for name, info, where, number in self._dynamic_symbols():
            if where:
                given.add(name)
            elif name and info >> 4 != WEAK:
                taken[name] = versions.get(number, "")
        return Symbols(
            taken=taken,
            given=frozenset(given),
            versions=frozenset(versions.values()),
        )

    def dynamic(self) -> list[tuple[int, int]]:
        """Return what the loader is told, as pairs of tag and value."""
        for kind, _, place, size in self._headers():
            if kind == DYNAMIC:
                entries = struct.iter_unpack("<QQ", self._data[place : place + size])
                return [(tag, value) for tag, value in entries if tag]
        return []

    def needed(self) -> set[str]:
        """Return the names of the libraries that must be loaded first."""
        section = self._find(DYNAMIC_SYMBOLS)
        if section is None:
            return set()
        names = self.sections[section.link].place
        return {self._text(names + at) for tag, at in self.dynamic() if tag == NEEDED}

    def _find(self, kind: int) -> Section | None:
        return next((one for one in self.sections if one.kind == kind), None)

    def _sections(self) -> list[Section]:
        (table,) = struct.unpack_from("<Q", self._data, 0x28)
        size, count = struct.unpack_from("<HH", self._data, 0x3A)
        headers = (
            struct.unpack_from("<IIQQQQII", self._data, table + number * size)
            for number in range(count)
        )
        return [
            Section(kind=one[1], place=one[4], size=one[5], link=one[6])
            for one in headers
        ]

    def _segments(self) -> list[Segment]:
        return [Segment(kind=kind, flags=flags) for kind, flags, *_ in self._headers()]

    def _headers(self) -> list[tuple[int, int, int, int]]:
        (table,) = struct.unpack_from("<Q", self._data, 0x20)
        size, count = struct.unpack_from("<HH", self._data, 0x36)
        headers = (
            struct.unpack_from("<IIQQQQ", self._data, table + number * size)
            for number in range(count)
        )
        return [(one[0], one[1], one[2], one[5]) for one in headers]

    def _dynamic_symbols(self) -> Iterator[tuple[str, int, int, int]]:
        """Yield name, kind, section and the number of the version of each."""
        section = self._find(DYNAMIC_SYMBOLS)
        if section is None:
            return
        names = self.sections[section.link].place
        table = self._data[section.place : section.place + section.size]
        numbers = self._find(SYMBOL_VERSIONS)
        for place, symbol in enumerate(struct.iter_unpack("<IBBHQQ", table)):
            number = 0
            if numbers:
                at = numbers.place + 2 * place
                (number,) = struct.unpack_from("<H", self._data, at)
            yield self._text(names + symbol[0]), symbol[1], symbol[3], number

    def _versions(self) -> dict[int, str]:
        """Return the versions that other libraries must have, by their number."""
        found: dict[int, str] = {}
        section = self._find(VERSIONS_NEEDED)
        if section is None:
            return found
        names = self.sections[section.link].place
        library, more = section.place, 1
        while more:
            entry, more = struct.unpack_from("<II", self._data, library + 8)
            version, step = library + entry, 1
            while step:
                number, name, step = struct.unpack_from("<HII", self._data, version + 6)
                found[number] = self._text(names + name)
                version += step
            library += more
        return found

    def _text(self, place: int) -> str:
        return self._data[place : self._data.index(b"\0", place)].decode()
