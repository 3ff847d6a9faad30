"""Log lines are JSON, without secrets, and never waited for."""

from collections.abc import Iterator
import json
import logging
import os

import pytest

from custom_components.sip_intercom.lib.sipagent.agent import logs
from custom_components.sip_intercom.lib.sipagent.agent.logs import (
    LINES_BURST,
    LineHandler,
)

from .house import Clock


class Log:
    """A logger whose lines can be read back."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.secrets = {"hunter2secret", "abc"}
        self.reader, self.writer = os.pipe()
        self.handler = LineHandler(self.writer, self.secrets, self.clock)
        self.logger = logging.getLogger("tests.log")
        self.logger.propagate = False
        self.logger.setLevel(logging.DEBUG)
        self.logger.handlers = [self.handler]

    def read(self) -> list[dict[str, str]]:
        """Return the lines that were written."""
        os.set_blocking(self.reader, False)
        data = b""
        try:
            while chunk := os.read(self.reader, 65536):
                data += chunk
        except BlockingIOError:
            pass
        return [json.loads(line) for line in data.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """Return a log and close it."""
    log = Log()
    yield log
    log.logger.handlers.clear()
    os.close(log.reader)
    os.close(log.writer)


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (logging.DEBUG, "DEBUG"),
        (logging.INFO, "INFO"),
        (logging.WARNING, "WARNING"),
        (logging.ERROR, "ERROR"),
        (logging.CRITICAL, "ERROR"),
        (logging.INFO + 1, "INFO"),
    ],
)
def test_levels(log: Log, level: int, name: str) -> None:
    log.logger.log(level, "one\n%s", "two")
    assert log.read() == [{"level": name, "logger": "tests.log", "message": "one\ntwo"}]


def test_tracebacks(log: Log) -> None:
    try:
        int("no number")
    except ValueError:
        log.logger.exception("failed")
    (line,) = log.read()
    assert line["message"].startswith("failed\nTraceback")


def test_wrong_arguments_are_still_logged(log: Log) -> None:
    log.logger.info("%d", "x")
    assert log.read()[0]["message"] == "%d"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (
            'Authorization: Digest username="x",\r\n response="0a1b2c"\r\nTo: y',
            "0a1b2c",
        ),
        ('Proxy-Authorization: Digest nonce="q9"\r\nTo: y', "q9"),
        ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGw\r\nTo: y", "WVN"),
        ("<sip:600@h;line=0123456789abcdef0123456789abcdef>\r\nTo: y", "89abcdef"),
        ("\r\nSignal=7\r\nDuration=160\r\nTo: y", "Signal=7"),
        ("the password hunter2secret\r\nTo: y", "hunter2"),
    ],
)
def test_secrets_are_redacted(log: Log, text: str, secret: str) -> None:
    log.logger.info("%s", text)
    message = log.read()[0]["message"]
    assert secret not in message
    assert "To: y" in message


def test_short_passwords_do_not_mask_ordinary_words(log: Log) -> None:
    log.logger.info("abcdef")
    assert log.read()[0]["message"] == "abcdef"


def test_full_pipe_drops_lines_and_says_so(log: Log) -> None:
    for _ in range(200):
        log.logger.info("x" * 1000)
    assert log.handler.dropped > 0
    whole = len(log.read())
    dropped = log.handler.dropped
    assert whole + dropped >= 199
    log.logger.info("again")
    lines = log.read()
    assert [line["message"] for line in lines[-2:]] == [
        f"{dropped} log lines were dropped",
        "again",
    ]


def test_flood_is_dropped(log: Log) -> None:
    for number in range(int(LINES_BURST) + 50):
        log.logger.info("%d", number)
        if number % 100 == 0:
            log.read()
    log.read()
    assert log.handler.dropped == 50
    log.clock.now += 1
    log.logger.info("again")
    assert len(log.read()) == 2


def test_reader_that_is_gone_is_no_error(log: Log) -> None:
    spare = os.dup(log.reader)
    os.close(log.reader)
    os.close(spare)
    log.logger.info("one")
    log.logger.info("two")
    assert log.handler.dropped == 1
    log.reader = os.open(os.devnull, os.O_RDONLY)


def test_start_and_protect() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    reader, writer = os.pipe()
    try:
        logs.start(writer)
        logs.protect(["very-secret"])
        logging.getLogger("x").info("a very-secret word")
        logging.getLogger("x").debug("not shown")
        assert b"very-secret" not in (data := os.read(reader, 65536))
        assert data.count(b"\n") == 1
        logging.getLogger("pjsip.messages").debug("a SIP message")
        assert b"a SIP message" in os.read(reader, 65536)
    finally:
        root.handlers = handlers
        logging.getLogger("pjsip").setLevel(logging.NOTSET)
        root.setLevel(level)
        os.close(reader)
        os.close(writer)


def test_file_stays_blocking(tmp_path: object) -> None:
    descriptor = os.open(f"{tmp_path}/log", os.O_WRONLY | os.O_CREAT)
    LineHandler(descriptor, ())
    assert os.get_blocking(descriptor)
    os.close(descriptor)
