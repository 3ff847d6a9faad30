"""What a shared object takes from others and gives to them."""

from dataclasses import dataclass
from pathlib import Path
import struct

DYNAMIC_SYMBOLS = 11
VERSIONS_NEEDED = 0x6FFFFFFE
WEAK = 2


@dataclass(frozen=True, kw_only=True)
class Symbols:
    """The dynamic symbols of a shared object."""

    taken: frozenset[str]
    given: frozenset[str]
    versions: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Section:
    kind: int
    offset: int
    size: int
    link: int


def symbols(file: Path) -> Symbols:
    """Read the dynamic symbols of a 64-bit little-endian shared object."""
    data = file.read_bytes()
    sections = _sections(data)
    taken, given, versions = set(), set(), set()
    for section in sections:
        names = sections[section.link].offset
        if section.kind == DYNAMIC_SYMBOLS:
            for place in range(section.offset + 24, section.offset + section.size, 24):
                name, info, _, where = struct.unpack_from("<IBBH", data, place)
                if where:
                    given.add(_text(data, names + name))
                elif info >> 4 != WEAK:
                    taken.add(_text(data, names + name))
        elif section.kind == VERSIONS_NEEDED:
            versions |= _versions(data, section.offset, names)
    return Symbols(
        taken=frozenset(taken), given=frozenset(given), versions=frozenset(versions)
    )


def _sections(data: bytes) -> list[_Section]:
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    found = []
    for number in range(count):
        header = struct.unpack_from("<IIQQQQII", data, table + number * size)
        found.append(
            _Section(kind=header[1], offset=header[4], size=header[5], link=header[6])
        )
    return found


def _versions(data: bytes, place: int, names: int) -> set[str]:
    """Return the names of the versions that other libraries must have."""
    found = set()
    library_step = 1
    while library_step:
        entry, library_step = struct.unpack_from("<II", data, place + 8)
        version, step = place + entry, 1
        while step:
            name, step = struct.unpack_from("<II", data, version + 8)
            found.add(_text(data, names + name))
            version += step
        place += library_step
    return found


def _text(data: bytes, place: int) -> str:
    return data[place : data.index(b"\0", place)].decode()
