"""Session descriptions as lines (RFC 8866)."""

from collections.abc import Iterable, Iterator


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
