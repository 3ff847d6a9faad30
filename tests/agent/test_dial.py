"""Calls that we make."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import Drop, Pass, Refuse
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    CallState,
    Direction,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    HostConfig,
    MediaEncryption,
    Transport,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CommandError,
    DeviceBusyError,
    InvalidStateError,
    InvalidTargetError,
    InvalidTonesError,
    NoSuchAccountError,
    NoSuchDeviceError,
    NotRegisteredError,
    SipStackError,
    TooManyCallsError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.tones import RFC_4733

from .fake_phone import DOOR, INVITE, FakeLeg
from .house import ACCOUNT, BELL, GATE, PBX, House

OUTGOING = CallEventType.OUTGOING


def dial(house: House, **what: Any) -> FakeLeg:
    """Dial and return the leg."""
    house.agent.dial(Dial(**what))
    return house.phone.legs[max(house.phone.legs)]


def test_direct_device(house: House) -> None:
    leg = dial(house, device="bell")
    assert (leg.uri, leg.account) == (f"sip:door@{DOOR}", None)
    assert leg.encryption is MediaEncryption.SDES_OPTIONAL
    call = house.call()
    assert house.told() == [OUTGOING]
    assert (call.direction, call.state) == (Direction.OUTBOUND, CallState.DIALING)
    assert (call.device, call.called) == ("bell", "door")


def test_device_over_its_account(house: House) -> None:
    leg = dial(house, device="gate")
    assert (leg.uri, leg.account) == ("sip:200@pbx.example", "pbx")


@pytest.mark.parametrize(
    ("target", "uri"),
    [
        ("**611", "sip:**611@pbx.example"),
        ("#9", "sip:%239@pbx.example"),
        ("+49 30 123-4", "sip:+49301234@pbx.example"),
        ("alice", "sip:alice@pbx.example"),
        ("sip:bob@pbx.example:5070", "sip:bob@pbx.example:5070"),
        (f"sip:bob@{PBX}", f"sip:bob@{PBX}"),
    ],
)
def test_target_over_an_account(house: House, target: str, uri: str) -> None:
    assert dial(house, target=target, account="pbx").uri == uri


@pytest.mark.parametrize(
    ("change", "uri"),
    [
        ({"port": 5080}, "sip:9@pbx.example:5080"),
        ({"transport": Transport.TLS}, "sip:9@pbx.example;transport=tls"),
        (
            {"transport": Transport.TLS, "outbound_proxy": "edge.example"},
            "sip:9@pbx.example",
        ),
    ],
)
def test_target_goes_the_way_of_the_account(
    house: House, change: dict[str, Any], uri: str
) -> None:
    house.configure(accounts=(replace(ACCOUNT, **change),))
    house.register()
    assert dial(house, target="9", account="pbx").uri == uri


def test_another_domain_is_called_over_the_outbound_proxy(house: House) -> None:
    house.configure(accounts=(replace(ACCOUNT, outbound_proxy="edge.example"),))
    house.register()
    assert dial(house, target="a@far.example", account="pbx").uri == "sip:a@far.example"


def test_device_elsewhere_is_not_called_over_an_account(house: House) -> None:
    house.configure(devices=(replace(GATE, uri="sip:200@evil.example"),))
    with pytest.raises(InvalidTargetError):
        dial(house, device="gate")


def test_uri_called_directly(house: House) -> None:
    leg = dial(
        house,
        target="sip:x@phone.example",
        hosts=(HostConfig(name="phone.example", addresses=("192.0.2.44",)),),
    )
    assert (leg.uri, leg.account) == ("sip:x@phone.example", None)
    assert house.phone.hosts["phone.example"] == ("192.0.2.44",)
    bye = replace(
        INVITE, method="BYE", call_id=f"dialled-{leg.id}", to_tag="ours", dialog=True
    )
    assert isinstance(house.phone.ask(bye, remote_address="192.0.2.44"), Pass)
    assert house.phone.ask(bye, remote_address="203.0.113.66") == Drop()
    assert house.phone.ask(bye, remote_address=DOOR) == Drop()


def test_peer_of_a_call_over_an_account_is_the_pbx(house: House) -> None:
    leg = dial(house, target="9", account="pbx")
    bye = replace(
        INVITE, method="BYE", call_id=f"dialled-{leg.id}", to_tag="ours", dialog=True
    )
    assert isinstance(house.phone.ask(bye, remote_address=PBX), Pass)
    assert house.phone.ask(bye) == Drop()


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({}, InvalidTargetError),
        ({"device": "bell", "target": "1"}, InvalidTargetError),
        ({"device": "none"}, NoSuchDeviceError),
        ({"target": "1", "account": "none"}, NoSuchAccountError),
        ({"target": "1"}, InvalidTargetError),
        ({"target": ""}, InvalidTargetError),
        ({"target": "", "account": "pbx"}, InvalidTargetError),
        ({"target": "sip:a@b\r\nX: y", "account": "pbx"}, InvalidTargetError),
        ({"target": "a b", "account": "pbx"}, InvalidTargetError),
        ({"target": "sip:a@evil.example", "account": "pbx"}, InvalidTargetError),
        ({"target": "a@203.0.113.66", "account": "pbx"}, InvalidTargetError),
    ],
)
def test_what_cannot_be_dialled(
    house: House, what: dict[str, Any], error: type[CommandError]
) -> None:
    with pytest.raises(error):
        dial(house, **what)
    assert house.phone.legs == {}


def test_device_without_uri_cannot_be_dialled(house: House) -> None:
    house.configure(devices=(replace(BELL, uri=""),))
    with pytest.raises(InvalidTargetError):
        dial(house, device="bell")


def test_account_has_to_be_registered(house: House) -> None:
    house.phone.report("pbx", RegistrationState.UNREACHABLE)
    with pytest.raises(NotRegisteredError):
        dial(house, target="1", account="pbx")


def test_device_has_one_call(house: House) -> None:
    dial(house, device="bell")
    with pytest.raises(DeviceBusyError):
        dial(house, device="bell")


def test_slots_are_limited(house: House) -> None:
    for number in range(32):
        dial(house, target=f"{number}", account="pbx")
    with pytest.raises(TooManyCallsError):
        dial(house, target="32", account="pbx")
    assert house.phone.ask() == Refuse(status=486)


def test_stack_that_refuses(house: House) -> None:
    house.phone.failure["dial"] = SipStackError("no transport")
    with pytest.raises(SipStackError):
        dial(house, device="bell")
    assert house.told() == []
    assert house.agent.is_idle


def test_progress_answer_and_end(house: House) -> None:
    leg = dial(house, device="bell")
    house.phone.progress(leg, 180)
    house.phone.progress(leg, 180)
    assert (house.call().state, house.call().status) == (CallState.DIALING, 180)
    house.phone.progress(leg, 183, early_media=True)
    house.phone.progress(leg, 180)
    assert house.call().state is CallState.EARLY_MEDIA
    house.phone.acknowledge(leg)
    house.phone.progress(leg, 183, early_media=True)
    assert house.call().state is CallState.IN_CALL
    house.phone.bye(leg)
    progress = CallEventType.PROGRESS
    assert house.told() == [
        OUTGOING,
        progress,
        progress,
        progress,
        CallEventType.ANSWERED,
        CallEventType.ENDED,
    ]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (486, CallReason.BUSY),
        (600, CallReason.BUSY),
        (404, CallReason.NOT_FOUND),
        (484, CallReason.NOT_FOUND),
        (480, CallReason.NO_ANSWER),
        (603, CallReason.DECLINED),
        (408, CallReason.UNREACHABLE),
        (503, CallReason.UNREACHABLE),
        (488, CallReason.MEDIA_FAILED),
        (403, CallReason.REJECTED),
        (302, CallReason.REJECTED),
        (487, CallReason.CANCELLED),
        (0, CallReason.ERROR),
    ],
)
def test_dial_that_fails(house: House, status: int, reason: CallReason) -> None:
    house.phone.close(dial(house, device="bell"), status=status)
    assert house.told() == [OUTGOING, CallEventType.FAILED]
    assert (house.call().reason, house.call().status) == (reason, status)


def test_time_out_after_it_rang_is_no_answer(house: House) -> None:
    leg = dial(house, device="bell")
    house.phone.progress(leg, 180)
    house.phone.close(leg, status=408)
    assert house.call().reason is CallReason.NO_ANSWER


def test_hang_up_while_dialling(house: House) -> None:
    dial(house, device="bell")
    house.agent.hang_up(house.call().id)
    house.phone.poll(0)
    assert house.told() == [OUTGOING, CallEventType.FAILED]
    assert house.call().reason is CallReason.LOCAL_HANGUP


def test_answer_that_crosses_our_hang_up(house: House) -> None:
    leg = dial(house, device="bell")
    house.agent.hang_up(house.call().id)
    house.phone.acknowledge(leg)
    house.phone.poll(0)
    assert len(leg.sent) == 2
    assert house.told() == [OUTGOING, CallEventType.FAILED]


def test_dialled_call_cannot_be_answered_or_declined(house: House) -> None:
    call = house.agent.dial(Dial(device="bell"))
    with pytest.raises(InvalidStateError):
        house.agent.answer(call)
    with pytest.raises(InvalidStateError):
        house.agent.decline(call, 486)


def test_tones(house: House) -> None:
    leg = dial(house, device="bell")
    outcomes: list[CommandError | None] = []
    with pytest.raises(InvalidStateError):
        house.agent.send_tones(house.call().id, "1", RFC_4733, outcomes.append)
    house.phone.acknowledge(leg)
    house.agent.send_tones(house.call().id, "1,*#aD", RFC_4733, outcomes.append)
    assert leg.tones == "1,*#AD"
    assert outcomes == []
    house.phone.sent_all(leg)
    assert outcomes == [None]


@pytest.mark.parametrize("tones", ["", "E", "1 2", "1\n", "1" * 65, "\u0661"])
def test_invalid_tones(house: House, tones: str) -> None:
    call = house.agent.dial(Dial(device="bell"))
    with pytest.raises(InvalidTonesError):
        house.agent.send_tones(call, tones, RFC_4733, lambda _: None)


def test_media_is_polled_for_while_a_call_is_up(house: House) -> None:
    assert not house.agent.has_media
    house.phone.press()
    assert not house.agent.has_media
    house.agent.answer(house.call().id)
    assert house.agent.has_media
