"""The agent between real pipes."""

from collections.abc import Callable, Iterator
import gc
from itertools import count
import json
import os
from threading import Event, Thread

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.loop import Agent
from custom_components.sip_intercom.lib.sipagent.agent.network import NetworkWatch
from custom_components.sip_intercom.lib.sipagent.agent.reader import LineReader
from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.codec import (
    decode_message,
    encode_request,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import (
    Answer,
    CheckHealth,
    Command,
    Configure,
    Decline,
    Dial,
    HangUp,
    ListState,
    SendTones,
    SetHost,
    TryAccount,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import HostConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidAuthError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    AgentMessage,
    CallChanged,
    Configured,
    Dialled,
    Failure,
    Heartbeat,
    Hello,
    Request,
    Result,
    Snapshot,
)
from custom_components.sip_intercom.lib.sipagent.protocol.version import (
    MAX_LINE_LENGTH,
    SCHEMA_VERSION,
)

from .fake_phone import FakePhone
from .house import ACCOUNT, CONFIG, Clock


class RunningAgent:
    """An agent in a thread, spoken to as Home Assistant would."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        ours, self.input = os.pipe()
        self._output, theirs = os.pipe()
        self._theirs = (ours, theirs)
        self._ids = count(1)
        self._lines = os.fdopen(self._output, "rb")
        self.phone = FakePhone()
        self.secrets: set[str] = set()
        self.status: int | None = None
        self.error: ZeroDivisionError | None = None
        watch = NetworkWatch(lambda: 0.0, frozenset)
        options = {"clock": clock} if clock else {}
        self.agent = Agent(
            self.phone,
            input_descriptor=ours,
            output_descriptor=theirs,
            protect=self.secrets.update,
            network=watch,
            **options,
        )
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.status = self.agent.run()
        except ZeroDivisionError as error:
            self.error = error

    def write(self, data: bytes) -> None:
        """Write bytes to the agent."""
        while data:
            data = data[os.write(self.input, data) :]

    def send(self, command: Command) -> int:
        """Send a command and return its id."""
        number = next(self._ids)
        self.write(encode_request(Request(id=number, command=command)))
        return number

    def read(self) -> AgentMessage:
        """Return the next message but heartbeats."""
        while isinstance(message := self.read_any(), Heartbeat):
            pass
        return message

    def read_any(self) -> AgentMessage:
        """Return the next message."""
        return decode_message(self._lines.readline())

    def ask(self, command: Command) -> AgentMessage:
        """Send a command and return its answer; events before it are skipped."""
        self.send(command)
        while not isinstance(message := self.read(), Result | Failure):
            pass
        return message

    def wait(self) -> int | None:
        """Wait for the end and return the exit status."""
        self._thread.join()
        return self.status

    def close(self) -> None:
        """Close the input and all that is left."""
        os.close(self.input)
        self.wait()
        self.agent._reader.join()
        self._lines.close()
        for descriptor in self._theirs:
            os.close(descriptor)


@pytest.fixture
def agent() -> Iterator[RunningAgent]:
    """Return an agent that has said hello."""
    running = RunningAgent()
    assert isinstance(running.read(), Hello)
    yield running
    running.close()
    assert running.phone.stopped


def test_hello_is_the_first_line() -> None:
    running = RunningAgent()
    hello = running.read_any()
    assert hello == Hello(
        schema=SCHEMA_VERSION,
        pjsip="2.17",
        build={"pjsip": "2.17", "patches": ("one", "two")},
    )
    running.close()
    assert running.status == 0


def test_configure_and_ring(agent: RunningAgent) -> None:
    answer = agent.ask(Configure(config=CONFIG))
    assert isinstance(answer, Result)
    assert isinstance(answer.value, Configured)
    agent.phone.post(agent.phone.press)
    rung = agent.read()
    assert isinstance(rung, CallChanged)
    assert rung.event is CallEventType.INCOMING
    assert agent.ask(Answer(call=rung.call.id)) == Result(id=2)
    snapshot = agent.ask(ListState())
    assert isinstance(snapshot, Result)
    assert isinstance(snapshot.value, Snapshot)
    assert snapshot.value.calls == (rung.call,)


def test_passwords_are_protected(agent: RunningAgent) -> None:
    agent.ask(Configure(config=CONFIG))
    agent.send(TryAccount(account=ACCOUNT))
    agent.ask(ListState())
    assert agent.secrets == {"secret-pass", ACCOUNT.token}


@pytest.mark.parametrize(
    "command",
    [
        Answer(call="none"),
        Decline(call="none"),
        HangUp(call="none"),
        SendTones(call="none", tones="1"),
    ],
)
def test_commands_for_no_call(agent: RunningAgent, command: Command) -> None:
    failure = agent.ask(command)
    assert isinstance(failure, Failure)
    assert (failure.id, failure.code) == (1, "no_such_call")


def test_dial_and_set_host(agent: RunningAgent) -> None:
    agent.ask(Configure(config=CONFIG))
    host = HostConfig(name="phone.example", addresses=("192.0.2.44",))
    assert agent.ask(SetHost(host=host)) == Result(id=2)
    agent.send(Dial(device="bell"))
    dialled: list[object] = [agent.read(), agent.read()]
    (call,) = (each.call for each in dialled if isinstance(each, CallChanged))
    assert Result(id=3, value=Dialled(call=call.id)) in dialled


def test_answers_that_take_their_time(agent: RunningAgent) -> None:
    agent.send(CheckHealth())
    agent.send(TryAccount(account=ACCOUNT))
    assert isinstance(agent.ask(ListState()), Result)
    (healthy,), ((account, tried),) = agent.phone.health_checks, agent.phone.trials
    assert account == ACCOUNT
    agent.phone.post(lambda: tried(InvalidAuthError("wrong")))
    assert agent.read() == Failure(id=2, code="invalid_auth", text="wrong")
    agent.phone.post(lambda: healthy(None))
    assert agent.read() == Result(id=1)


@pytest.mark.parametrize(
    ("line", "number", "code"),
    [
        (b"nonsense\n", None, "malformed_message"),
        (b"[]\n", None, "malformed_message"),
        (b"\xff\xfe\n", None, "malformed_message"),
        (b"[" * 5000 + b"\n", None, "malformed_message"),
        (b'{"type":"request","id":7}\n', 7, "malformed_message"),
        (b'{"type":"hello"}\n', None, "unknown_message"),
        (b'{"type":"request","id":8,"command":{"type":"x"}}\n', 8, "unknown_message"),
        (b"x" * (3 * MAX_LINE_LENGTH) + b"\n", None, "line_too_long"),
    ],
)
def test_bad_lines_are_answered_and_the_stream_goes_on(
    agent: RunningAgent, line: bytes, number: int | None, code: str
) -> None:
    agent.write(line)
    failure = agent.read()
    assert isinstance(failure, Failure)
    assert (failure.id, failure.code) == (number, code)
    assert agent.ask(ListState()) == Result(
        id=1, value=Snapshot(registrations=(), calls=(), transports=(), refused=0)
    )


def test_lines_in_pieces_and_empty_ones(agent: RunningAgent) -> None:
    line = encode_request(Request(id=5, command=CheckHealth()))
    agent.write(b"\n\n" + line[:10])
    agent.phone.post(lambda: None)
    agent.write(line[10:] + b"\n")
    agent.ask(ListState())
    assert len(agent.phone.health_checks) == 1


def test_defect_in_a_command_does_not_end_the_agent(
    agent: RunningAgent, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    agent.phone.check_health = fail  # type: ignore[method-assign, assignment]
    failure = agent.ask(CheckHealth())
    assert isinstance(failure, Failure)
    assert failure.code == "command_failed"
    assert "CheckHealth failed" in caplog.text
    assert isinstance(agent.ask(ListState()), Result)


def test_stop_ends_it() -> None:
    running = RunningAgent()
    running.agent.stop()
    assert running.wait() == 0
    running.close()


def test_phone_stops_even_if_polling_fails() -> None:
    running = RunningAgent()
    running.read()

    def fail() -> None:
        raise ZeroDivisionError

    running.phone.post(fail)
    running.wait()
    running.close()
    assert running.error
    assert running.phone.stopped


def test_reader_that_is_gone_ends_the_agent() -> None:
    running = RunningAgent()
    running.read()
    running._lines.close()
    running.phone.post(lambda: running.phone.listener.on_name_wanted("x"))
    assert running.wait() == 1
    running.close()


def test_input_that_cannot_be_read_ends_the_agent() -> None:
    done = Event()
    ours, theirs = os.pipe()
    os.close(theirs)
    os.close(ours)
    reader = LineReader(ours, done.set)
    reader.start()
    reader.join()
    assert done.is_set()
    assert reader.lines.get() is None


def test_polls_are_short_only_with_media(agent: RunningAgent) -> None:
    agent.ask(Configure(config=CONFIG))
    while not agent.phone.polls:
        agent.ask(ListState())
    assert set(agent.phone.polls) == {1.0}
    legs: list[object] = []
    agent.phone.post(lambda: legs.append(agent.phone.press()))
    rung = agent.read()
    assert isinstance(rung, CallChanged)
    agent.ask(Answer(call=rung.call.id))
    while agent.phone.polls[-1] != 0.01:
        agent.ask(ListState())


def test_heartbeats_and_collections_keep_time() -> None:
    clock = Clock()
    running = RunningAgent(clock)
    running.read_any()
    assert running.read_any() == Heartbeat()
    clock.now += 2
    running.phone.wake()
    assert running.read_any() == Heartbeat()
    generations: list[str] = []
    gc.callbacks.append(lambda phase, _: generations.append(phase))
    clock.now += 60
    running.phone.wake()
    assert running.read_any() == Heartbeat()
    running.ask(ListState())
    running.close()
    gc.callbacks.pop()
    assert "stop" in generations


def test_lines_are_json_objects(agent: RunningAgent) -> None:
    agent.send(ListState())
    line = json.loads(agent._lines.readline())
    while line["type"] == "heartbeat":
        line = json.loads(agent._lines.readline())
    assert line["type"] == "result"
