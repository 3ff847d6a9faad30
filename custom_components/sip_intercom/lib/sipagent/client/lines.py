"""Cut a stream of bytes into lines of limited length."""


class LineSplitter:
    """Collects bytes and returns whole lines; skips lines that are too long."""

    def __init__(self, limit: int) -> None:
        """Allow lines of `limit` bytes without the line feed."""
        self.skipped = 0
        self._limit = limit
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete."""
        *ends, rest = data.split(b"\n")
        lines = [line for end in ends if (line := self._complete(end)) is not None]
        self._keep(rest)
        return lines

    def _complete(self, end: bytes) -> bytes | None:
        """Return the line that ends here, unless it was too long."""
        self._keep(end)
        line = None if self._skipping else bytes(self._rest)
        self._rest.clear()
        self._skipping = False
        return line

    def _keep(self, part: bytes) -> None:
        """Remember a part of a line up to the limit."""
        if self._skipping:
            return
        self._rest += part
        if len(self._rest) > self._limit:
            self.skipped += 1
            self._skipping = True
            self._rest.clear()
