"""A reader that takes nothing never makes the agent wait."""

from collections.abc import Iterator
import os

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.output import (
    MAX_BACKLOG,
    STUCK_AFTER,
    Output,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    Failure,
    Heartbeat,
)

from .house import Clock

LONG = Failure(id=1, code="x", text="y" * 60000)


class Pipe:
    """An output whose reader can be told what to do."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.reader, self.writer = os.pipe()
        self.output = Output(self.writer, self.clock)

    def drain(self) -> bytes:
        """Read everything that the agent has to say."""
        data = b""
        os.set_blocking(self.reader, False)
        while True:
            try:
                chunk = os.read(self.reader, 65536)
            except BlockingIOError:
                if not self.output.waiting:
                    return data
                self.output.flush()
            else:
                data += chunk


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Return a pipe and close it."""
    pipe = Pipe()
    yield pipe
    os.close(pipe.reader)
    os.close(pipe.writer)


def fill(pipe: Pipe) -> None:
    """Send until the pipe is full."""
    while not pipe.output.waiting:
        pipe.output.send(LONG)


def test_full_pipe_keeps_lines_whole_and_in_order(pipe: Pipe) -> None:
    fill(pipe)
    pipe.output.send(Failure(id=2, code="last"))
    lines = pipe.drain().splitlines()
    assert b'"last"' in lines[-1]
    assert all(line.startswith(b"{") and line.endswith(b"}") for line in lines)
    assert not pipe.output.lost


def test_heartbeats_are_dropped_first(pipe: Pipe) -> None:
    fill(pipe)
    pipe.output.send(Heartbeat())
    assert b"heartbeat" not in pipe.drain()
    pipe.output.send(Heartbeat())
    assert b"heartbeat" in pipe.drain()


def test_reader_that_takes_nothing_for_long_is_lost(pipe: Pipe) -> None:
    pipe.clock.now += 10 * STUCK_AFTER
    fill(pipe)
    assert not pipe.output.lost
    pipe.clock.now += STUCK_AFTER
    assert not pipe.output.lost
    pipe.clock.now += 1
    assert pipe.output.lost


def test_backlog_is_bounded(pipe: Pipe) -> None:
    for _ in range(MAX_BACKLOG // 60000 + 3):
        pipe.output.send(LONG)
    assert pipe.output.lost
