"""Devices that call directly, over every transport, encryption and IP version."""

from pathlib import Path
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    MediaEncryption,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    ToneReceived,
)

from .addresses import LOOPBACK4, LOOPBACK6, Endpoint, new_address, new_endpoint
from .agent import Agent
from .baresip import Baresip
from .certificates import Authority
from .sipp import Press, Sipp
from .tls_relay import TlsRelay

TRANSPORTS = ("udp", "tcp", "tls")
# Ours, and what baresip calls the same.
ENCRYPTIONS = {
    MediaEncryption.NONE: "",
    MediaEncryption.SDES_OPTIONAL: "srtp-mand",
    MediaEncryption.SDES_REQUIRED: "srtp-mand",
    MediaEncryption.DTLS: "dtls_srtp",
}


def _device(address: str, **changes: Any) -> DeviceConfig:
    values: dict[str, Any] = {"id": "bell", "addresses": (address,), **changes}
    return DeviceConfig(**values)


def _agent(authority: Authority, family: str, device: DeviceConfig) -> Agent:
    address = LOOPBACK6 if family == "ipv6" else LOOPBACK4
    return Agent(
        device,
        endpoint=new_endpoint(address, span=2),
        identity=authority.issue(address),
    )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return a certificate authority."""
    return Authority(tmp_path / "authority")


def _phone(
    folder: Path, authority: Authority, family: str, transport: str, encryption: str
) -> Baresip:
    address = LOOPBACK6 if family == "ipv6" else LOOPBACK4
    return Baresip(
        folder=folder / "phone",
        endpoint=new_endpoint(address, span=2),
        transport=transport,
        options=f"regint=0;mediaenc={encryption}" if encryption else "regint=0",
        identity=authority.issue(address),
    )


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
@pytest.mark.parametrize("encryption", ENCRYPTIONS)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_phone_calls(
    tmp_path: Path,
    authority: Authority,
    transport: str,
    encryption: MediaEncryption,
    family: str,
) -> None:
    """A phone rings, is answered, exchanges tones and is hung up on."""
    phone = _phone(tmp_path, authority, family, transport, ENCRYPTIONS[encryption])
    device = _device(phone.endpoint.address, media_encryption=encryption)
    async with phone, _agent(authority, family, device) as agent:
        await phone.dial(agent.uri(transport))
        call = await agent.call(CallEventType.INCOMING)
        assert call.device == "bell"
        await agent.client.answer(call.id)
        await agent.call(CallEventType.ANSWERED)
        await phone.event("CALL_ESTABLISHED")
        await phone.receives()
        await phone.press("5")
        assert (await agent.next(ToneReceived)).tone == "5"
        await agent.client.send_tones(call.id, "7")
        assert (await phone.event("CALL_DTMF_START")).parameter == "7"
        await agent.client.hang_up(call.id)
        await phone.event("CALL_CLOSED")
        ended = await agent.call(CallEventType.ENDED)
    assert ended.reason is CallReason.LOCAL_HANGUP


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
@pytest.mark.parametrize(
    ("transport", "encryption"),
    [
        ("udp", MediaEncryption.NONE),
        ("tcp", MediaEncryption.SDES_REQUIRED),
        ("udp", MediaEncryption.DTLS),
    ],
)
async def test_a_phone_is_called(
    tmp_path: Path,
    authority: Authority,
    transport: str,
    encryption: MediaEncryption,
    family: str,
) -> None:
    """A phone is called, answers, talks and hangs up."""
    phone = _phone(tmp_path, authority, family, transport, ENCRYPTIONS[encryption])
    device = _device(
        phone.endpoint.address,
        media_encryption=encryption,
        uri=f"sip:doorbell@{phone.endpoint};transport={transport}",
    )
    async with phone, _agent(authority, family, device) as agent:
        call_id = await agent.client.dial(Dial(device="bell"))
        assert (await agent.call(CallEventType.OUTGOING)).id == call_id
        await phone.event("CALL_INCOMING")
        await phone.accept()
        await agent.next(
            CallChanged, lambda event: event.event is CallEventType.ANSWERED
        )
        await phone.receives()
        await phone.hang_up()
        ended = await agent.call(CallEventType.ENDED)
    assert ended.reason is CallReason.REMOTE_HANGUP


async def test_the_contact_is_the_bind_address(
    tmp_path: Path, authority: Authority
) -> None:
    """A call over TCP to one address of many goes on at that address."""
    phone = _phone(tmp_path, authority, "ipv4", "tcp", "")
    async with phone, Agent(_device(phone.endpoint.address)) as agent:
        await phone.dial(agent.uri("tcp"))
        call = await agent.call(CallEventType.INCOMING)
        await agent.client.answer(call.id)
        await agent.call(CallEventType.ANSWERED)


async def test_an_ipv6_phone_is_called_without_a_bind_address(
    tmp_path: Path, authority: Authority
) -> None:
    """An agent that listens everywhere calls a phone at its IPv6 address."""
    phone = _phone(tmp_path, authority, "ipv6", "udp", "")
    device = _device(
        phone.endpoint.address, uri=f"sip:doorbell@{phone.endpoint};transport=udp"
    )
    agent = Agent(device)
    agent.listen_everywhere()
    async with phone, agent:
        await agent.client.dial(Dial(device="bell"))
        await agent.call(CallEventType.OUTGOING)
        await phone.event("CALL_INCOMING")
        await phone.accept()
        await phone.receives()


async def test_a_phone_whose_sound_comes_from_elsewhere(
    tmp_path: Path, authority: Authority
) -> None:
    """RTP from another address than the offered one is latched at the start."""
    endpoint = new_endpoint(new_address(), span=2)
    phone = Baresip(folder=tmp_path / "phone", endpoint=endpoint)
    async with phone, _agent(authority, "ipv4", _device(endpoint.address)) as agent:
        await phone.dial(agent.uri())
        call = await agent.call(CallEventType.INCOMING)
        await agent.client.answer(call.id)
        await agent.call(CallEventType.ANSWERED)
        await phone.receives()
        await phone.press("5")
        assert (await agent.next(ToneReceived)).tone == "5"


async def test_required_encryption_never_falls_back(
    tmp_path: Path, authority: Authority
) -> None:
    """A phone that offers no SRTP is refused where SRTP is required."""
    phone = _phone(tmp_path, authority, "ipv4", "udp", "")
    device = _device(
        phone.endpoint.address, media_encryption=MediaEncryption.SDES_REQUIRED
    )
    async with phone, _agent(authority, "ipv4", device) as agent:
        await phone.dial(agent.uri())
        closed = await phone.event("CALL_CLOSED")
        assert "488" in closed.parameter
        assert all(
            event.event is not CallEventType.ANSWERED
            for event in await agent.seen(CallChanged)
        )


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("srtp", [False, True])
async def test_sipp_rings_and_gives_up(
    tmp_path: Path, authority: Authority, transport: str, family: str, srtp: bool
) -> None:
    """SIPp rings and cancels: incoming, then missed."""
    source = LOOPBACK6 if family == "ipv6" else new_address()
    relay_address = source
    async with _agent(authority, family, _device(source)) as agent:
        relay = TlsRelay(agent.tls_endpoint, authority.path, relay_address)
        async with relay:
            tls = transport == "tls"
            target: Endpoint = relay.endpoint if tls else agent.endpoint
            press = Press(
                target=target.address,
                port=target.port,
                source=source,
                transport="tcp" if tls else transport,
                via_transport=transport,
                ring=0.2,
                srtp=srtp,
            )
            async with Sipp(folder=tmp_path / "sipp", press=press) as sipp:
                call = await agent.call(CallEventType.INCOMING)
                missed = await agent.call(CallEventType.MISSED)
                assert await sipp.outcomes() == ("ringing", "cancelled"), sipp.errors
    assert call.caller == "doorbell"
    assert missed.reason is CallReason.CANCELLED


async def test_sipp_talks_and_hangs_up(tmp_path: Path, authority: Authority) -> None:
    """SIPp is answered and hangs up: incoming, answered, ended."""
    source = new_address()
    async with _agent(authority, "ipv4", _device(source)) as agent:
        press = _press(agent, source, ring=10, talk=0.2)
        async with Sipp(folder=tmp_path, press=press) as sipp:
            call = await agent.call(CallEventType.INCOMING)
            await agent.client.answer(call.id)
            await agent.call(CallEventType.ANSWERED)
            ended = await agent.call(CallEventType.ENDED)
            expected = ("ringing", "answered", "hung up")
            assert await sipp.outcomes() == expected, sipp.errors
    assert ended.reason is CallReason.REMOTE_HANGUP


@pytest.mark.parametrize("status", [486, 603])
async def test_sipp_is_declined(
    tmp_path: Path, authority: Authority, status: int
) -> None:
    """SIPp sees the status that a call is declined with."""
    source = new_address()
    async with _agent(authority, "ipv4", _device(source)) as agent:
        press = _press(agent, source, ring=10)
        async with Sipp(folder=tmp_path, press=press) as sipp:
            call = await agent.call(CallEventType.INCOMING)
            await agent.client.decline(call.id, status)
            await agent.call(CallEventType.DECLINED)
            expected = ("ringing", f"refused {status}")
            assert await sipp.outcomes() == expected, sipp.errors


async def test_answered_elsewhere(tmp_path: Path, authority: Authority) -> None:
    """A CANCEL whose Reason tells of an answer elsewhere is no missed call."""
    source = new_address()
    async with _agent(authority, "ipv4", _device(source)) as agent:
        press = _press(agent, source, ring=0.2, answered_elsewhere=True)
        async with Sipp(folder=tmp_path, press=press):
            await agent.call(CallEventType.INCOMING)
            call = await agent.call(CallEventType.ANSWERED_ELSEWHERE)
    assert call.reason is CallReason.ANSWERED_ELSEWHERE


async def test_tones_by_info(tmp_path: Path, authority: Authority) -> None:
    """Tones that come in an INFO are heard once each."""
    source = new_address()
    async with _agent(authority, "ipv4", _device(source)) as agent:
        press = _press(agent, source, ring=10, talk=0.2, info_tones="5#")
        async with Sipp(folder=tmp_path, press=press) as sipp:
            call = await agent.call(CallEventType.INCOMING)
            await agent.client.answer(call.id)
            await agent.call(CallEventType.ANSWERED)
            await agent.call(CallEventType.ENDED)
            assert (await sipp.outcomes())[-1] == "hung up", sipp.errors
        tones = [event.tone for event in await agent.seen(ToneReceived)]
    assert tones == ["5", "#"]


def _press(agent: Agent, source: str, **changes: Any) -> Press:
    values: dict[str, Any] = {
        "target": agent.endpoint.address,
        "port": agent.endpoint.port,
        "source": source,
        **changes,
    }
    return Press(**values)
