"""Lines out of a stream of bytes."""

import pytest

from custom_components.sip_intercom.lib.sipagent.client.lines import LineSplitter


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_do_not_depend_on_chunks(size: int) -> None:
    """However the bytes arrive, the lines are the same."""
    data = b"one\n\ntwo words\nlong" + b"x" * 20 + b"\nend\nrest"
    splitter = LineSplitter(10)
    lines = [
        line
        for start in range(0, len(data), size)
        for line in splitter.feed(data[start : start + size])
    ]
    assert lines == [b"one", b"", b"two words", b"longxxxxxx", b"end"]
    assert splitter.feed(b"\n") == [b"rest"]
