"""Cut a stream of bytes into lines of limited length."""


class LineSplitter:
    """Collects bytes and returns whole lines, each cut after `limit` bytes."""

    def __init__(self, limit: int) -> None:
        """Start without a line."""
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete, without their line feeds."""
        *ends, rest = data.split(b"\n")
        lines = [self._complete(end) for end in ends]
        self._keep(rest)
        return lines

    def _complete(self, end: bytes) -> bytes:
        """Return the line that ends here."""
        self._keep(end)
        line = bytes(self._rest)
        self._rest.clear()
        return line

    def _keep(self, part: bytes) -> None:
        """Remember a part of a line up to the limit."""
        self._rest += part[: self._limit - len(self._rest)]
