"""The size of threads' stacks that a musl program asks for in its header."""

from pathlib import Path
import struct

_GNU_STACK = 0x6474E551
_MEMORY_SIZE = 0x28  # within a program header


def forget_size(program: Path) -> None:
    """Have the program's threads get musl's own 128 KiB, as Alpine's Python has them.

    Zig asks for 16 MiB, which would hide that something needs more.
    """
    data = bytearray(program.read_bytes())
    (table,) = struct.unpack_from("<Q", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x36)
    for number in range(count):
        place = table + number * size
        if struct.unpack_from("<I", data, place)[0] == _GNU_STACK:
            struct.pack_into("<Q", data, place + _MEMORY_SIZE, 0)
    program.write_bytes(data)
