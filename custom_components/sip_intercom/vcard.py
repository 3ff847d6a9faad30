"""Names and numbers of a vCard file (RFC 6350, and the older 2.1 and 3.0)."""

from collections.abc import Iterable, Mapping
from pathlib import Path
import quopri
import re
from typing import Final

MAX_SIZE: Final = 2 * 1024 * 1024  # bytes
MAX_NUMBERS: Final = 10_000
_LINE: Final = re.compile(
    r"(?:[\w-]+\.)?(?P<name>[A-Za-z-]+)(?P<parameters>;[^:]*)?:(?P<value>.*)"
)
_ESCAPED: Final = re.compile(r"\\(.)")


def read_vcards(path: str) -> Mapping[str, str]:
    """Return the names by their numbers; OSError, or ValueError for no such file."""
    file = Path(path)
    if not file.is_file():
        raise ValueError("it is no file")
    if file.stat().st_size > MAX_SIZE:
        raise ValueError("the file is larger than 2 MiB")
    text = file.read_bytes().decode("utf-8", "replace")
    if "BEGIN:VCARD" not in text.upper():
        raise ValueError("the file holds no vCard")
    return numbers_of(text)


def numbers_of(text: str) -> dict[str, str]:
    """Return the names by their numbers."""
    numbers: dict[str, str] = {}
    name, own = "", list[str]()
    for field, value in _fields(text):
        match field:
            case "BEGIN":
                name, own = "", []
            case "FN":
                name = value
            case "N" if not name:
                name = " ".join(part for part in reversed(value.split(";")[:2]) if part)
            case "TEL":
                own.append(value.removeprefix("tel:"))
            case "END" if name:
                numbers |= {number: name for number in own if number}
        if len(numbers) > MAX_NUMBERS:
            break
    return numbers


def _fields(text: str) -> Iterable[tuple[str, str]]:
    """Yield the fields, unfolded and decoded."""
    for line in _unfolded(text):
        if found := _LINE.fullmatch(line):
            parameters = (found["parameters"] or "").upper()
            value = found["value"]
            if "QUOTED-PRINTABLE" in parameters:
                value = quopri.decodestring(value).decode("utf-8", "replace")
            yield found["name"].upper(), _ESCAPED.sub(r"\1", value).strip()


def _unfolded(text: str) -> Iterable[str]:
    """Yield whole lines: continued by a space, or by = in quoted-printable."""
    whole = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            whole += line[1:]
        elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper():
            whole = whole[:-1] + line
        else:
            yield whole
            whole = line
    yield whole


def version_of(path: str) -> float:
    """Return what changes with a file, 0 without one."""
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0
