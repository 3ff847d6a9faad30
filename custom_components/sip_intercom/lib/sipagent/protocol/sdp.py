"""Session descriptions (RFC 8866), as far as both processes read them."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum


class MediaDirection(StrEnum):
    """Who sends over a line, as its offerer says it."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        """Tell whether its offerer sends."""
        return self in (MediaDirection.SENDRECV, MediaDirection.SENDONLY)


def sdp_sections(sdp: str) -> Iterator[list[str]]:
    """Yield the lines of the session, then those of each m= line."""
    lines: list[str] = []
    for line in sdp.replace("\r\n", "\n").split("\n"):
        if line.startswith("m="):
            yield lines
            lines = []
        if line.strip():
            lines.append(line.rstrip())
    yield lines


def sdp_text(lines: Iterable[str]) -> str:
    """Return a description of these lines."""
    return "\r\n".join(lines) + "\r\n"


def media_fields(section: Sequence[str]) -> list[str]:
    """Return what an m= line says: its kind, port, protocol and formats, or nothing."""
    return [*section[0][2:].split(), "", "", ""]


def attribute_name(line: str) -> str:
    """Return the name of an attribute, or nothing."""
    return line[2:].partition(":")[0] if line.startswith("a=") else ""


def media_direction(section: Sequence[str]) -> MediaDirection:
    """Return who sends over a line; when in doubt both do."""
    names = {attribute_name(line) for line in section}
    found = (each for each in MediaDirection if each.value in names)
    return next(found, MediaDirection.SENDRECV)


def sends_audio(offer: str) -> bool:
    """Tell whether an offer has any line over which its offerer sends audio."""
    _, *sections = sdp_sections(offer)
    return any(
        media_fields(section)[0] == "audio" and media_direction(section).sends
        for section in sections
    )
