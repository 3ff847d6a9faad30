"""The agent's log lines."""

import json
import logging

import pytest

from custom_components.sip_intercom.lib.sipagent.client.agent_log import (
    MAX_KEPT_LINES,
    MAX_LOUD_RAW_LINES,
    AgentLog,
)


def record(**fields: object) -> bytes:
    """Return a log line."""
    fields = {"level": "INFO", "logger": "pjsip", "message": "x"} | fields
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("line", "kept", "level"),
    [
        (record(level="DEBUG"), "DEBUG pjsip: x", "DEBUG"),
        (record(level="ERROR", logger="pjsip.tls"), "ERROR pjsip.tls: x", "ERROR"),
        (record(level="LOUD"), "WARNING pjsip: x", "WARNING"),
        (record(logger="../../x" * 99), "INFO other: x", "INFO"),
        (record(message=7), None, "WARNING"),
        (b"Segmentation fault", "WARNING stderr: Segmentation fault", "WARNING"),
        (b"[" * 20_000, None, "WARNING"),
        (b"\xff", "WARNING stderr: \ufffd", "WARNING"),
    ],
)
def test_line(
    caplog: pytest.LogCaptureFixture, line: bytes, kept: str | None, level: str
) -> None:
    """A line is logged with its level, and kept."""
    caplog.set_level(logging.DEBUG)
    log = AgentLog()
    log.feed(line)
    assert kept is None or log.lines == (kept,)
    assert [entry.levelname for entry in caplog.records] == [level]


def test_text_of_a_peer_is_only_text(caplog: pytest.LogCaptureFixture) -> None:
    """A peer's text can neither look like another entry nor steer a terminal."""
    caplog.set_level(logging.INFO)
    log = AgentLog()
    log.feed(record(message="From: a\r\n2026-11-23 ERROR forged\n\tb\x1b[2J\u202ec"))
    (entry,) = caplog.messages
    assert log.lines == (f"INFO pjsip: {entry}",)
    first, second, third = entry.split("\n")
    assert (first, second) == ("From: a", "    2026-11-23 ERROR forged")
    assert third == "            b\ufffd[2J\ufffdc"


def test_empty_lines_are_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """White space is not worth a line."""
    log = AgentLog()
    log.feed(b"  \r")
    assert log.lines == ()
    assert not caplog.records


def test_only_the_last_lines_are_kept() -> None:
    """The memory is limited; a new process does not clear it."""
    log = AgentLog()
    for number in range(MAX_KEPT_LINES + 5):
        log.feed(record(message=str(number)))
    log.restart()
    assert len(log.lines) == MAX_KEPT_LINES
    assert log.lines[0] == "INFO pjsip: 5"


def test_flood_without_level_gets_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """After some lines without level the rest is for debugging only."""
    caplog.set_level(logging.DEBUG)
    log = AgentLog()
    for _ in range(MAX_LOUD_RAW_LINES + 3):
        log.feed(b"x")
    log.restart()
    log.feed(b"x")
    levels = [entry.levelname for entry in caplog.records]
    assert levels.count("WARNING") == MAX_LOUD_RAW_LINES + 1
    assert levels.count("DEBUG") == 3


def test_endless_logger_names_share_one(caplog: pytest.LogCaptureFixture) -> None:
    """Names that a peer might cause do not pile up."""
    log = AgentLog()
    caplog.set_level(logging.INFO)
    for number in range(100):
        log.feed(record(logger=f"n{number}"))
    assert len({entry.name for entry in caplog.records}) == 33
