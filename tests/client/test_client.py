"""The client with an agent that behaves."""

from dataclasses import replace
import json
import logging
from unittest.mock import patch

import pytest

from custom_components.sip_intercom.lib.sipagent.client import (
    AgentLost,
    AgentReady,
    ClientEvent,
    native,
)
from custom_components.sip_intercom.lib.sipagent.client.events import (
    without_overtaken,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    HostConfig,
    Transport,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentGoneError,
    AgentStartError,
    AgentTimeoutError,
    CommandError,
    InvalidAuthError,
    MalformedMessageError,
    NativeLibraryMissingError,
    SchemaMismatchError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    RegistrationChanged,
    ToneReceived,
    TransportChanged,
    TransportStatus,
)
from custom_components.sip_intercom.lib.sipagent.protocol.version import SCHEMA_VERSION

from .conftest import TIMING, MakeStage, is_alive

ACCOUNT = AccountConfig(
    id="a", server="pbx.lan", username="door", password="top-secret", token="0" * 32
)


async def test_start_and_stop(make_stage: MakeStage) -> None:
    """A started agent is healthy; a stopped one leaves no process."""
    stage = make_stage("healthy")
    await stage.client.start()
    (pid,) = stage.pids
    ready = stage.events.of(AgentReady)
    connected = [stage.client.connected]
    assert [event.hello.pjsip for event in ready] == ["2.17"]
    assert stage.client.hello == ready[0].hello
    assert is_alive(pid)
    await stage.client.stop()
    connected.append(stage.client.connected)
    assert connected == [True, False]
    assert not is_alive(pid)
    assert stage.client.deaths == 0


async def test_every_command_without_a_result(make_stage: MakeStage) -> None:
    """Each typed method gets its answer."""
    client = make_stage("healthy").client
    await client.start()
    await client.answer("c1")
    await client.decline("c1", 603)
    await client.hang_up("c1")
    await client.send_tones("c1", "12#")
    await client.set_host(HostConfig(name="pbx.lan", addresses=()))
    assert (await client.list_state()).refused == 0


async def test_ring(make_stage: MakeStage) -> None:
    """A ring reaches every subscriber, and a dial returns its call."""
    stage = make_stage("healthy")
    await stage.client.start()
    assert await stage.client.dial(Dial(target="ring")) == "c1"
    ring = await stage.events.wait_for(CallChanged)
    assert (ring.event, ring.call.device) == (CallEventType.INCOMING, "door")


async def test_unsubscribed_callback_hears_nothing(make_stage: MakeStage) -> None:
    """Unsubscribing ends the calls, and may be done twice."""
    stage = make_stage("healthy")
    heard: list[ClientEvent] = []
    unsubscribe = stage.client.subscribe(heard.append)
    unsubscribe()
    unsubscribe()
    await stage.client.start()
    assert not heard


async def test_failing_subscriber_harms_no_other(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """A subscriber's error is logged and the others are called."""
    stage = make_stage("healthy")
    late: list[ClientEvent] = []

    def fail(event: ClientEvent) -> None:
        raise ValueError("subscriber")

    stage.client.subscribe(fail)
    stage.client.subscribe(late.append)
    await stage.client.start()
    assert [type(event) for event in late] == [AgentReady]
    assert "Error while handling AgentReady" in caplog.text


async def test_events_before_health_follow_ready(make_stage: MakeStage) -> None:
    """A ring during the start is told after the state that it changes."""
    stage = make_stage("early_ring")
    await stage.client.start()
    ready, ring = stage.events.seen
    assert isinstance(ready, AgentReady)
    assert isinstance(ring, CallChanged)
    assert ready.snapshot.calls == (ring.call,)


async def test_registration_does_not_flicker_at_the_start(
    make_stage: MakeStage,
) -> None:
    """What was told before health is told as it is now."""
    stage = make_stage("flickers")
    await stage.client.start()
    (registration,) = stage.events.of(RegistrationChanged)
    assert registration.registration.state is RegistrationState.REGISTERED


def test_only_the_last_of_each_state_is_told() -> None:
    """What has been overtaken would only flicker."""

    def transport(address: str, *, listening: bool) -> TransportChanged:
        status = TransportStatus(
            transport=Transport.UDP, address=address, port=5060, listening=listening
        )
        return TransportChanged(status=status)

    tone = ToneReceived(call="c1", tone="1")
    lost, other = transport("0.0.0.0", listening=False), transport("::", listening=True)
    back = transport("192.0.2.1", listening=True)
    events = [tone, lost, other, tone, back]
    assert without_overtaken(events) == [tone, other, tone, back]


async def test_configure(make_stage: MakeStage) -> None:
    """A new configuration is applied and its transports returned."""
    client = make_stage("healthy").client
    await client.start()
    configured = await client.configure(UserAgentConfig(username="two"))
    assert [status.address for status in configured.transports] == ["two"]


async def test_configure_without_agent_is_kept(make_stage: MakeStage) -> None:
    """What is configured before the start is what the agent gets."""
    stage = make_stage("healthy")
    configured = await stage.client.configure(UserAgentConfig(username="two"))
    assert configured.transports == ()
    await stage.client.start()
    again = await stage.client.configure(UserAgentConfig(username="three"))
    assert [status.address for status in again.transports] == ["three"]


async def test_taken_port_is_no_error_of_the_start(make_stage: MakeStage) -> None:
    """An agent without a transport cannot check itself and is kept."""
    client = make_stage("portless").client
    await client.start()
    assert client.connected


async def test_errors_keep_their_class(make_stage: MakeStage) -> None:
    """A failure arrives as the class that its code names."""
    client = make_stage("healthy").client
    await client.start()
    with pytest.raises(InvalidAuthError, match="403"):
        await client.try_account(ACCOUNT)
    with pytest.raises(CommandError, match="new"):
        await client.dial(Dial(target="fail"))
    assert client.connected


async def test_result_of_the_wrong_type(make_stage: MakeStage) -> None:
    """An answer that does not fit its command is an error of the protocol."""
    client = make_stage("healthy").client
    await client.start()
    with pytest.raises(MalformedMessageError, match="Dial was answered"):
        await client.dial(Dial(target="lie"))


async def test_request_without_answer_times_out(make_stage: MakeStage) -> None:
    """A command that is not answered ends, and the next one works."""
    client = make_stage("healthy", timing=replace(TIMING, request=0.5)).client
    await client.start()
    with pytest.raises(AgentTimeoutError, match="Dial"):
        await client.dial(Dial(target="stay_mute"))
    await client.answer("c1")


async def test_answers_that_nobody_waits_for(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """Late answers are nothing; a command that could not be read is our error."""
    stage = make_stage("healthy")
    await stage.client.start()
    assert await stage.client.dial(Dial(target="ramble")) == "c1"
    assert "could not read a command: what was that?" in caplog.text
    assert [type(event) for event in stage.events.seen] == [AgentReady]


async def test_command_without_agent(make_stage: MakeStage) -> None:
    """Without an agent a command fails at once."""
    client = make_stage("healthy").client
    with pytest.raises(AgentGoneError):
        await client.answer("c1")


async def test_wanted_name_is_resolved_once(make_stage: MakeStage) -> None:
    """A name wanted twice at a time is resolved once and told."""
    stage = make_stage("healthy")
    await stage.client.start()
    await stage.client.dial(Dial(target="name"))
    told = await stage.events.wait_for(ToneReceived)
    assert (told.call, told.tone) == ("pbx.lan", "192.0.2.5:5062 2001:db8::5")
    assert stage.resolver.asked == ["pbx.lan"]


async def test_name_that_does_not_resolve_in_time(make_stage: MakeStage) -> None:
    """The agent hears of no addresses when DNS does not answer."""
    stage = make_stage("healthy", timing=replace(TIMING, resolve=0.01))
    stage.resolver.blocked = True
    await stage.client.start()
    await stage.client.dial(Dial(target="name"))
    assert (await stage.events.wait_for(ToneReceived)).tone == ""


async def test_resolver_that_fails(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """The agent hears of no addresses when the resolver breaks."""
    stage = make_stage("healthy")
    stage.resolver.error = ValueError("resolver")
    await stage.client.start()
    await stage.client.dial(Dial(target="name"))
    assert (await stage.events.wait_for(ToneReceived)).tone == ""
    assert "Error while resolving pbx.lan" in caplog.text


async def test_agent_that_refuses_addresses(make_stage: MakeStage) -> None:
    """An agent that does not want what it asked for is no trouble."""
    stage = make_stage("forgetful")
    await stage.client.start()
    await stage.client.dial(Dial(target="name"))
    assert (await stage.events.wait_for(ToneReceived)).tone == "forgotten"
    await stage.client.answer("c1")


async def test_stop_gives_up_resolving(make_stage: MakeStage) -> None:
    """A name that is being resolved does not hold up the stop."""
    stage = make_stage("healthy")
    stage.resolver.blocked = True
    await stage.client.start()
    await stage.client.dial(Dial(target="name"))
    await stage.client.stop()
    assert stage.resolver.asked == ["pbx.lan"]


async def test_log_has_levels_and_no_secrets(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """Levels become Python's; passwords and digests never show."""
    caplog.set_level(logging.DEBUG)
    client = make_stage("logs", config=UserAgentConfig(accounts=(ACCOUNT,))).client
    await client.start()
    await client.stop()
    assert client.log_lines == (
        "INFO stub: registering with **REDACTED** as password",
        "DEBUG stub: Authorization: **REDACTED**",
        "WARNING stderr: python: assert.c:1: Assertion failed",
    )
    levels = {
        record.levelname
        for record in caplog.records
        if ".sipagent.agent." in record.name
    }
    assert levels == {"INFO", "DEBUG", "WARNING"}
    assert "top-secret" not in caplog.text


async def test_password_of_a_trial_is_hidden(make_stage: MakeStage) -> None:
    """The password of an account that is only tried is a secret too."""
    client = make_stage("healthy").client
    await client.start()
    with pytest.raises(InvalidAuthError):
        await client.try_account(ACCOUNT)
    await client.stop()
    assert client.log_lines == ("INFO stub: trying door **REDACTED**",)


async def test_child_sees_nothing_of_home_assistant(
    make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token of the environment and no password is given to the child."""
    monkeypatch.setenv("SUPERVISOR_TOKEN", "supervisor-token")
    stage = make_stage("healthy", config=UserAgentConfig(accounts=(ACCOUNT,)))
    await stage.client.start()
    (pid,) = stage.pids
    text = (stage.folder / f"{pid}.json").read_text()
    facts = json.loads(text)
    assert facts["environment"]["PYTHONPATH"] == str(native.LIBRARY_ROOT)
    assert facts["cwd"] == "/"
    assert "supervisor-token" not in text
    assert "top-secret" not in text


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("dies", "exited with code 3"),
        ("dies_in_configure", "SIGKILL"),
        ("impolite", "no hello first"),
        ("unhealthy", "no answer"),
    ],
)
async def test_start_fails(
    make_stage: MakeStage, behaviour: str, sentence: str
) -> None:
    """A first start that fails says why and leaves nothing behind."""
    stage = make_stage(behaviour)
    with pytest.raises(AgentStartError, match=sentence):
        await stage.client.start()
    assert not stage.client.connected
    assert [type(event) for event in stage.events.seen] == [AgentLost]


async def test_start_without_hello(make_stage: MakeStage) -> None:
    """An agent that says nothing is not waited for."""
    stage = make_stage("mute", timing=replace(TIMING, hello=0.5))
    with pytest.raises(AgentStartError, match="hello"):
        await stage.client.start()


@pytest.mark.parametrize(("behaviour", "schema"), [("other_schema", 99), ("future", 7)])
async def test_other_schema(make_stage: MakeStage, behaviour: str, schema: int) -> None:
    """An agent of another schema is refused, even if its hello cannot be read."""
    stage = make_stage(behaviour)
    with pytest.raises(
        SchemaMismatchError, match=f"schema {schema}, this side {SCHEMA_VERSION}"
    ):
        await stage.client.start()


async def test_missing_program(make_stage: MakeStage) -> None:
    """A command that does not exist is an error of the start."""
    stage = make_stage("healthy")
    stage.client._command = ("/nowhere/agent",)
    with pytest.raises(AgentStartError, match="/nowhere/agent"):
        await stage.client.start()


async def test_missing_native_library(make_stage: MakeStage) -> None:
    """Without a native library nothing is started, and the error names the platform."""
    stage = make_stage("healthy")
    stage.client._command = None
    with (
        patch.object(native, "LIBRARY_ROOT", stage.folder),
        patch.dict("os.environ", {"XDG_CACHE_HOME": str(stage.folder)}),
        pytest.raises(NativeLibraryMissingError, match=native.platform_key()),
    ):
        await stage.client.start()


@pytest.mark.parametrize("behaviour", ["garbage", "long_line"])
async def test_garbage_is_logged_once_and_the_stream_goes_on(
    make_stage: MakeStage, behaviour: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Lines that are no messages disturb nothing."""
    stage = make_stage(behaviour)
    await stage.client.start()
    await stage.client.dial(Dial(target="ring"))
    assert len(stage.events.of(CallChanged)) == 1
    assert caplog.text.count("that is no message") == 1


async def test_stop_of_a_stubborn_agent(make_stage: MakeStage) -> None:
    """An agent that ignores the end of its input and SIGTERM is killed."""
    timing = replace(TIMING, stop=0.1, terminate=0.1)
    stage = make_stage("stubborn", timing=timing)
    await stage.client.start()
    (pid,) = stage.pids
    await stage.client.stop()
    assert not is_alive(pid)
