"""Agents that die, hang and lie: the client starts another one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
import logging
import os
import signal
from unittest.mock import patch

import pytest

from custom_components.sip_intercom.lib.sipagent.client import (
    AgentLost,
    AgentReady,
    Timing,
    client as client_module,
)
from custom_components.sip_intercom.lib.sipagent.client.connection import (
    AgentConnection,
)
from custom_components.sip_intercom.lib.sipagent.client.launch import agent_launch
from custom_components.sip_intercom.lib.sipagent.client.supervisor import Deaths
from custom_components.sip_intercom.lib.sipagent.protocol.commands import (
    Command,
    Configure,
    Dial,
    ListState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import UserAgentConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentGoneError,
    AgentStartError,
    AgentTimeoutError,
    SchemaMismatchError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    Configured,
    ResultValue,
)

from .conftest import TIMING, MakeStage, Stage, is_alive

HASTY = replace(TIMING, heartbeat=1.0)
"""For agents that are meant to be found silent."""


async def come_back(stage: Stage, action: str) -> AgentLost:
    """Have the agent misbehave and wait for the next one, which must work."""
    with pytest.raises((AgentGoneError, AgentTimeoutError)):
        await stage.client.dial(Dial(target=action))
    lost = await stage.events.wait_for(AgentLost)
    await stage.events.wait_for(AgentReady, 2)
    await stage.client.answer("c1")
    first, second = stage.pids
    assert not is_alive(first)
    assert is_alive(second)
    return lost


async def test_successor_of_another_schema(make_stage: MakeStage) -> None:
    """Whoever listens hears why the agent does not come back."""
    stage = make_stage("healthy", "other_schema", "healthy")
    await stage.client.start()
    with pytest.raises(AgentGoneError):
        await stage.client.dial(Dial(target="exit"))
    await stage.events.wait_for(AgentReady, 2)
    first, second = stage.events.of(AgentLost)
    assert first.error is None
    assert isinstance(second.error, SchemaMismatchError)


@pytest.mark.parametrize(
    ("action", "timing", "reason"),
    [
        ("exit", TIMING, "exited with code 7"),
        ("abort", TIMING, "SIGABRT"),
        ("freeze", HASTY, "silent for 1 s"),
        ("close_output", replace(TIMING, pipes=0.01), "closed a pipe"),
        ("flood", TIMING, "too much that is no message"),
    ],
)
async def test_agent_is_replaced(
    make_stage: MakeStage,
    caplog: pytest.LogCaptureFixture,
    action: str,
    timing: Timing,
    reason: str,
) -> None:
    """However an agent ends, its requests fail and another one takes over."""
    caplog.set_level(logging.INFO)
    stage = make_stage("healthy", timing=timing)
    await stage.client.start()
    lost = await come_back(stage, action)
    assert (lost.deaths, lost.recent_deaths, lost.keeps_dying) == (1, 1, False)
    assert caplog.text.count("The SIP agent is lost") == 1
    assert caplog.text.count("The SIP agent is back") == 1
    assert reason in caplog.text


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_signal_while_idle(make_stage: MakeStage, number: signal.Signals) -> None:
    """A killed agent and a stopped one are replaced without anybody asking."""
    stage = make_stage("healthy", timing=HASTY)
    await stage.client.start()
    os.kill(stage.pids[0], number)
    await stage.events.wait_for(AgentLost)
    await stage.events.wait_for(AgentReady, 2)
    assert stage.client.connected
    assert stage.client.deaths == 1


async def test_silent_agent_that_still_reads(make_stage: MakeStage) -> None:
    """An agent whose heart stops is killed although it could answer."""
    stage = make_stage("healthy", timing=HASTY)
    await stage.client.start()
    await stage.client.dial(Dial(target="fall_silent"))
    await stage.events.wait_for(AgentLost)
    await stage.events.wait_for(AgentReady, 2)


async def test_agent_that_does_not_read(make_stage: MakeStage) -> None:
    """A full pipe blocks only its own requests, and then the agent is replaced."""
    stage = make_stage("healthy", timing=replace(TIMING, drain=0.2))
    await stage.client.start()
    await stage.client.dial(Dial(target="stop_reading"))
    requests = [
        asyncio.create_task(stage.client.send_tones("c1", "1" * 100_000))
        for _ in range(5)
    ]
    results = await asyncio.gather(*requests, return_exceptions=True)
    kinds = {type(result) for result in results}
    assert kinds <= {AgentGoneError, AgentTimeoutError}
    await stage.events.wait_for(AgentReady, 2)
    await stage.client.answer("c1")


async def test_connected_is_false_when_lost_is_told(make_stage: MakeStage) -> None:
    """Whoever hears of the loss finds the client without an agent."""
    stage = make_stage("healthy")
    states: list[tuple[str, bool]] = []
    stage.client.subscribe(
        lambda event: states.append((type(event).__name__, stage.client.connected))
    )
    await stage.client.start()
    await come_back(stage, "exit")
    assert states == [("AgentReady", True), ("AgentLost", False), ("AgentReady", True)]


async def test_last_words_are_told(make_stage: MakeStage) -> None:
    """What a crashing agent wrote last comes with the news of its death."""
    stage = make_stage("healthy")
    await stage.client.start()
    lost = await come_back(stage, "abort")
    assert lost.last_log == ("WARNING stderr: Fatal: double free",)


async def test_kept_configuration_reaches_the_next_agent(
    make_stage: MakeStage,
) -> None:
    """What was configured last, also while no agent ran, is applied."""
    stage = make_stage("healthy")
    await stage.client.start()
    kept: list[UserAgentConfig] = []

    def configure(event: object) -> None:
        if isinstance(event, AgentLost):
            config = UserAgentConfig(username="later")
            stage.client._keep(config)
            kept.append(config)

    stage.client.subscribe(configure)
    await come_back(stage, "exit")
    configured = await stage.client.configure(kept[0])
    assert [status.address for status in configured.transports] == ["later"]


async def test_configuration_that_changes_at_the_last_moment(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is configured while the state is listed is applied before readiness."""
    stage = make_stage("healthy")
    later = UserAgentConfig(username="later")
    applied: list[UserAgentConfig] = []
    ask = AgentConnection.ask

    async def spy(
        connection: AgentConnection, command: Command, expected: type[ResultValue]
    ) -> ResultValue:
        match command:
            case Configure(config=config):
                applied.append(config)
            case ListState():
                assert await stage.client.configure(later) == Configured(transports=())
        return await ask(connection, command, expected)

    monkeypatch.setattr(AgentConnection, "ask", spy)
    await stage.client.start()
    assert [config.username for config in applied] == ["one", "later"]


async def test_start_cancelled_between_its_pipes(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process whose output is not connected any more is no orphan."""
    stage = make_stage("mute")
    loop = asyncio.get_running_loop()

    async def give_up(*_: object) -> None:
        while not stage.pids:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
        raise asyncio.CancelledError

    monkeypatch.setattr(loop, "connect_read_pipe", give_up)
    with pytest.raises(asyncio.CancelledError):
        await stage.client.start()
    while is_alive(stage.pids[0]):  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0.01)


async def test_ring_while_coming_back(make_stage: MakeStage) -> None:
    """A ring at a new agent is told after its AgentReady."""
    stage = make_stage("healthy", "early_ring")
    await stage.client.start()
    await come_back(stage, "exit")
    await stage.events.wait_for(CallChanged)
    kinds = [type(event) for event in stage.events.seen]
    assert kinds == [AgentReady, AgentLost, AgentReady, CallChanged]


@pytest.mark.parametrize(
    "behaviour", ["dies", "dies_in_configure", "impolite", "future", "unhealthy"]
)
async def test_failing_restarts_count_as_deaths(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture, behaviour: str
) -> None:
    """Agents that never become healthy raise the alarm, and trying goes on."""
    stage = make_stage("healthy", *[behaviour] * 4, "healthy")
    await stage.client.start()
    with pytest.raises(AgentGoneError):
        await stage.client.dial(Dial(target="exit"))
    await stage.events.wait_for(AgentReady, 2)
    lost = stage.events.of(AgentLost)
    assert [event.deaths for event in lost] == [1, 2, 3, 4, 5]
    assert [event.keeps_dying for event in lost] == [False] * 4 + [True]
    levels = [
        record.levelname
        for record in caplog.records
        if "agent is lost" in record.message
    ]
    assert levels.count("WARNING") == 1
    assert len(stage.pids) == 6


async def test_stop_during_a_restart(make_stage: MakeStage) -> None:
    """Stopping while another agent is being started leaves no process."""
    stage = make_stage("healthy", "mute")
    await stage.client.start()
    with pytest.raises(AgentGoneError):
        await stage.client.dial(Dial(target="exit"))
    await stage.events.wait_for(AgentLost)
    await stage.client.stop()
    assert not any(is_alive(pid) for pid in stage.pids)
    assert len(stage.events.of(AgentReady)) == 1


async def test_surprise_during_a_restart(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that nobody thought of does not end the supervision."""
    stage = make_stage("healthy")
    await stage.client.start()
    launches = [ValueError("surprise"), agent_launch(stage.client._command)]
    with patch.object(client_module, "agent_launch", side_effect=launches):
        with pytest.raises(AgentGoneError):
            await stage.client.dial(Dial(target="exit"))
        await stage.events.wait_for(AgentReady, 2)
    assert [event.deaths for event in stage.events.of(AgentLost)] == [1, 2]
    assert "Unexpected error while starting the agent" in caplog.text


@pytest.mark.parametrize("started", [False, True])
async def test_stop_during_the_start(make_stage: MakeStage, started: bool) -> None:
    """Stopping ends a start, before and after there is a process."""
    stage = make_stage("mute")
    start = asyncio.create_task(stage.client.start())
    await asyncio.sleep(0)
    while started and stage.client._connection is None:
        await asyncio.wait((start,), timeout=0.01)
    await stage.client.stop()
    with pytest.raises(AgentStartError):
        await start
    assert not any(is_alive(pid) for pid in stage.pids)


async def test_cancelled_start(make_stage: MakeStage) -> None:
    """A start that is given up leaves no process."""
    stage = make_stage("mute")
    start = asyncio.create_task(stage.client.start())
    while not stage.pids:
        await asyncio.wait((start,), timeout=0.01)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not any(is_alive(pid) for pid in stage.pids)


async def test_late_timer_is_no_silence(make_stage: MakeStage) -> None:
    """A client that was itself held up does not blame the agent."""
    stage = make_stage("healthy", timing=replace(TIMING, heartbeat=0.3, late_timer=-1))
    await stage.client.start()
    with pytest.raises(AgentTimeoutError):
        await asyncio.wait_for(_stopped_for_a_while(stage), 30)
    assert stage.client.deaths == 0


async def _stopped_for_a_while(stage: Stage) -> None:
    """Wait for three watches over a stopped agent, then let it go on."""
    os.kill(stage.pids[0], signal.SIGSTOP)
    connection = stage.client._connection
    assert connection is not None
    timers = {connection._watch}
    while len(timers) < 4:
        await asyncio.sleep(0.01)
        timers.add(connection._watch)
    os.kill(stage.pids[0], signal.SIGCONT)
    raise AgentTimeoutError


type Record = Callable[[float, float | None], float]


@pytest.fixture
def record() -> Record:
    """Return the bookkeeping with its real delays."""
    return Deaths(Timing()).record


def test_first_restart_is_at_once(record: Record) -> None:
    """The first death is no reason to wait, however early it comes."""
    assert record(100, 99) == 0


def test_backoff_doubles_to_its_limit(record: Record) -> None:
    """Early deaths wait longer and longer."""
    delays = [record(time, None) for time in range(9)]
    assert delays == [0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_late_death_restarts_at_once(record: Record) -> None:
    """An agent that was healthy for a while is replaced at once, each time."""
    early = [record(0, None) for _ in range(4)]
    late = [record(100, 90), record(200, 110)]
    assert (early[-1], late) == (4, [0, 0])


def test_early_death_after_a_late_one_waits(record: Record) -> None:
    """The restart after a late death counts as the first one."""
    assert [record(100, 0), record(105, 100), record(109, 106)] == [0, 1, 2]


def test_deaths_leave_the_window() -> None:
    """Only the last minutes count for the alarm."""
    deaths = Deaths(Timing())
    for time in (0, 1, 2, 3, 500):
        deaths.record(time, None)
    assert deaths.keeps_dying(600)
    assert deaths.recent(603.5) == 1
    assert not deaths.keeps_dying(604)
    assert deaths.total == 5


async def test_start_that_fails_is_a_death_of_the_history(
    make_stage: MakeStage,
) -> None:
    """Whoever tries to start again with a new client passes the history on."""
    stage = make_stage("dies")
    for _ in range(2):
        with pytest.raises(AgentStartError):
            await stage.client.start()
    lost = stage.events.of(AgentLost)
    assert [event.recent_deaths for event in lost] == [1, 2]
    assert "cannot load the library" in lost[-1].last_log[-1]
