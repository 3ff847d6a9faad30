"""Phones that register with us, call us, are called, and call each other."""

from pathlib import Path
import signal

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    Proof,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DigestAlgorithm,
    NumberConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    DeviceNotRegisteredError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    BindingsChanged,
    CallChanged,
    CredentialsRefused,
    ToneReceived,
)

from .addresses import LOOPBACK4
from .agent import Agent
from .certificates import Authority
from .linphone import Linphone
from .process import PeerProcess
from .programs import find_program
from .stations import PASSWORD, bound, phone, registrar, station

TRANSPORTS = ("udp", "tcp", "tls")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return a certificate authority."""
    return Authority(tmp_path / "authority")


async def of_device(agent: Agent, user: str, *types: CallEventType) -> Call:
    """Return a device's call at its next event of these types."""
    changed = await agent.next(
        CallChanged,
        lambda event: event.call.device == f"device-{user}" and event.event in types,
    )
    return changed.call


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_station_registers_rings_and_is_called(
    tmp_path: Path, authority: Authority, transport: str
) -> None:
    identity = authority.issue(LOOPBACK4)
    async with registrar(station("201"), identity=identity) as agent:
        with pytest.raises(DeviceNotRegisteredError):
            await agent.client.dial(Dial(device="device-201"))
        gate = phone(tmp_path, agent, "201", transport=transport, authority=authority)
        async with gate:
            (binding,) = await bound(agent, "201")
            assert binding.transport == transport
            assert binding.user_agent.startswith("baresip")

            await gate.dial(f"sip:homeassistant@{gate.domain};transport={transport}")
            call = await of_device(agent, "201", CallEventType.INCOMING)
            expected = Proof.DIGEST if transport == "udp" else Proof.CONNECTION
            assert call.proof is expected
            await agent.client.answer(call.id)
            await of_device(agent, "201", CallEventType.ANSWERED)
            await gate.receives()
            await gate.hang_up()
            await of_device(agent, "201", CallEventType.ENDED)

            await agent.client.dial(Dial(device="device-201"))
            await gate.event("CALL_INCOMING")
            await gate.accept()
            call = await of_device(agent, "201", CallEventType.ANSWERED)
            await gate.receives()
            await agent.client.hang_up(call.id)
            await of_device(agent, "201", CallEventType.ENDED)
        assert await bound(agent, "201", 0) == ()


async def test_wrong_password_is_never_let_in(tmp_path: Path) -> None:
    agent = registrar(station("201"))
    async with agent, phone(tmp_path, agent, "201", password="wrong") as gate:
        refused = await agent.next(CredentialsRefused)
        assert (refused.guesser.username, refused.guesser.known) == ("201", True)
        assert await agent.seen(BindingsChanged) == []
        state = await agent.client.list_state()
        assert [each.username for each in state.guessers] == ["201"]
        assert "REGISTER_OK" not in {event.type for event in gate.events}


@pytest.mark.parametrize("transports", [("udp", "udp"), ("udp", "tcp"), ("tls", "udp")])
async def test_two_stations_talk(
    tmp_path: Path, authority: Authority, transports: tuple[str, str]
) -> None:
    identity = authority.issue(LOOPBACK4)
    async with registrar(station("201"), station("202"), identity=identity) as agent:
        one, other = (
            phone(tmp_path, agent, user, transport=transport, authority=authority)
            for user, transport in zip(("201", "202"), transports, strict=True)
        )
        async with one, other:
            await agent.next(BindingsChanged)
            await agent.next(BindingsChanged)
            await one.dial(f"sip:202@{one.domain};transport={transports[0]}")
            await other.event("CALL_INCOMING")
            await other.accept()
            await one.event("CALL_ESTABLISHED")
            await one.hears()
            await other.hears()
            await other.press("7")
            tone = await agent.next(ToneReceived)
            assert tone.tone == "7"
            await one.event("CALL_DTMF_START")
            await other.hang_up()
            await one.event("CALL_CLOSED")
            calls = await agent.client.list_state()
            assert calls.calls == ()


async def test_first_who_answers_has_the_call(tmp_path: Path) -> None:
    everyone = NumberConfig(number="1", home=True, devices=("device-202", "device-203"))
    agent = registrar(*map(station, ("201", "202", "203")), numbers=(everyone,))
    phones = [phone(tmp_path, agent, user) for user in ("201", "202", "203")]
    bell, kitchen, office = phones
    async with agent, bell, kitchen, office:
        for _ in phones:
            await agent.next(BindingsChanged)
        await bell.dial(f"sip:1@{bell.domain}")
        ring = await of_device(agent, "201", CallEventType.INCOMING)
        assert ring.called == "1"
        await kitchen.event("CALL_INCOMING")
        await office.event("CALL_INCOMING")
        await office.accept()
        answered = await of_device(agent, "201", CallEventType.ANSWERED)
        assert answered.connected_to
        await kitchen.event("CALL_CLOSED")
        await bell.hears()
        await office.hears()
        await agent.client.hang_up(ring.id)
        await bell.event("CALL_CLOSED")
        await office.event("CALL_CLOSED")

        await bell.dial(f"sip:1@{bell.domain}")
        ring = await of_device(agent, "201", CallEventType.INCOMING)
        await kitchen.event("CALL_INCOMING")
        await office.event("CALL_INCOMING")
        await agent.client.answer(ring.id)
        await kitchen.event("CALL_CLOSED")
        await office.event("CALL_CLOSED")
        await bell.event("CALL_ESTABLISHED")
        await bell.hang_up()
        await of_device(agent, "201", CallEventType.ENDED)


async def test_several_contacts_of_a_device_ring_together(tmp_path: Path) -> None:
    agent = registrar(station("201"))
    desk = phone(tmp_path / "desk", agent, "201")
    sofa = phone(tmp_path / "sofa", agent, "201", transport="tcp")
    async with agent, desk, sofa:
        assert len(await bound(agent, "201", 2)) == 2
        await agent.client.dial(Dial(device="device-201"))
        await desk.event("CALL_INCOMING")
        await sofa.event("CALL_INCOMING")
        await sofa.accept()
        await of_device(agent, "201", CallEventType.ANSWERED)
        await desk.event("CALL_CLOSED")
        await sofa.receives()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_bindings_outlive_the_agent(
    tmp_path: Path, authority: Authority, transport: str
) -> None:
    """A station over UDP is reached at once, others once they have come back."""
    identity = authority.issue(LOOPBACK4)
    async with registrar(station("201"), identity=identity) as agent:
        gate = phone(
            tmp_path,
            agent,
            "201",
            transport=transport,
            authority=authority,
            options=("regint=11",),
        )
        async with gate:
            await bound(agent, "201")
            agent.send_signal(signal.SIGKILL)
            ready = await agent.ready()
            assert [each.device for each in ready.snapshot.bindings] == ["device-201"]
            if transport != "udp":
                await bound(agent, "201")
            await agent.client.dial(Dial(device="device-201"))
            await gate.event("CALL_INCOMING")


@pytest.mark.parametrize(
    "algorithms",
    [
        (DigestAlgorithm.MD5,),
        (DigestAlgorithm.SHA_256,),
        (DigestAlgorithm.SHA_256, DigestAlgorithm.MD5),
    ],
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_linphone(
    tmp_path: Path, transport: str, algorithms: tuple[DigestAlgorithm, ...]
) -> None:
    async with registrar(station("201"), algorithms=algorithms) as agent:
        linphone = Linphone(
            folder=tmp_path / "linphone",
            user="201",
            password=PASSWORD,
            server=agent.endpoint,
            transport=transport,
        )
        async with linphone:
            (binding,) = await bound(agent, "201")
            assert binding.transport == transport
            await agent.client.dial(Dial(device="device-201"))
            await linphone.event("LinphoneCallIncomingReceived")
            await linphone.command("answer 1")
            call = await of_device(agent, "201", CallEventType.ANSWERED)
            await linphone.event("LinphoneCallStreamsRunning")
            await agent.client.hang_up(call.id)
            await linphone.event("LinphoneCallEnd|LinphoneCallReleased")

            await linphone.command(f"call sip:homeassistant@{agent.endpoint}")
            ring = await of_device(agent, "201", CallEventType.INCOMING)
            expected = Proof.DIGEST if transport == "udp" else Proof.CONNECTION
            assert ring.proof is expected


async def test_crowd_of_sipp(tmp_path: Path) -> None:
    """A hundred stations register at once, and unregister by `*`."""
    users = [str(number) for number in range(300, 400)]
    rows = [
        f"{user};[authentication username={user} password={PASSWORD}]" for user in users
    ]
    (tmp_path / "users.csv").write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
    async with registrar(*map(station, users)) as agent:
        crowd = PeerProcess(
            *(
                find_program("sipp"),
                str(agent.endpoint),
                "-nostdin",
                "-max_socket",
                "500",
            ),
            *("-sf", Path(__file__).with_name("register.xml")),
            *(
                "-inf",
                tmp_path / "users.csv",
                "-m",
                "100",
                "-r",
                "100",
                "-l",
                "100",
                "-trace_err",
            ),
            *("-i", LOOPBACK4, "-t", "un"),
            folder=tmp_path,
        )
        await crowd.start()
        try:
            assert await crowd.wait(60) == 0, crowd.output
        finally:
            await crowd.kill()
        changes = await agent.seen(BindingsChanged)
        assert {each.device for each in changes if each.bindings} == {
            f"device-{user}" for user in users
        }
        assert (await agent.client.list_state()).bindings == ()
