"""The agent as a process of its own."""

import json
from pathlib import Path
import resource
import signal
import subprocess
import sys

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.codec import (
    decode_message,
    encode_request,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import ListState
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    AgentMessage,
    Hello,
    Request,
    Result,
)

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("child.py")


def spawn(*arguments: str) -> subprocess.Popen[bytes]:
    """Start the agent with a fake phone."""
    return subprocess.Popen(
        [sys.executable, str(CHILD), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def read(process: subprocess.Popen[bytes]) -> AgentMessage:
    """Return the next message."""
    assert process.stdout
    return decode_message(process.stdout.readline())


def test_prints_never_reach_the_protocol_and_end_of_input_ends_it() -> None:
    process = spawn()
    assert isinstance(read(process), Hello)
    request = encode_request(Request(id=1, command=ListState()))
    output, errors = process.communicate(request)
    answers = [decode_message(line) for line in output.splitlines()]
    assert any(isinstance(answer, Result) for answer in answers)
    assert process.returncode == 0
    lines = errors.splitlines()
    assert b"printed by C" in lines
    (logged,) = (json.loads(line) for line in lines if line.startswith(b"{"))
    assert logged == {"level": "INFO", "logger": "pjsip", "message": "started"}


def test_strangers_connections_leave_files_for_calls() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        process = spawn()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert isinstance(read(process), Hello)
    allowed, _ = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    assert allowed == (4096 if hard == resource.RLIM_INFINITY else min(4096, hard))
    process.communicate()


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_signals(first: signal.Signals) -> None:
    process = spawn()
    assert isinstance(read(process), Hello)
    process.send_signal(first)
    if first is signal.SIGINT:
        process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    process.communicate()


def test_end_of_input_ends_an_agent_that_is_stuck() -> None:
    process = spawn("stuck")
    assert isinstance(read(process), Hello)
    assert process.stderr
    while process.stderr.readline() != b"stuck\n":
        pass
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGALRM
