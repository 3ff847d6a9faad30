"""Calls that do not ring: turned away, or answered by themselves."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.modes import (
    MAX_ANSWER_DELAY,
    answer_delay,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    HeaderConfig,
    ModesConfig,
)

from .fake_phone import INVITE
from .house import BELL, GATE, PANEL, PBX, House

QUIET = ModesConfig(do_not_disturb=True)
BUSY = ModesConfig(busy=True)


def house_with(device: ModesConfig | None = None, **changes: Any) -> House:
    """Return a house whose bell has modes."""
    house = House()
    bell = replace(BELL, modes=device or ModesConfig())
    house.configure(devices=(bell, PANEL, GATE), **changes)
    return house


def turn(house: House) -> None:
    """Let the loop turn once."""
    house.agent.tick()
    house.phone.poll(0)


@pytest.mark.parametrize("ours", [False, True])
def test_do_not_disturb(ours: bool) -> None:
    house = house_with(modes=QUIET) if ours else house_with(QUIET)
    leg = house.phone.press()
    turn(house)
    assert leg.sent == [486]
    assert house.told() == [CallEventType.DECLINED]
    assert house.call().reason is CallReason.DO_NOT_DISTURB


def test_do_not_disturb_of_another_device() -> None:
    house = house_with(QUIET)
    house.phone.press(remote_address="192.0.2.20")
    assert house.told() == [CallEventType.INCOMING]


def test_ring_goes_on_when_do_not_disturb_begins() -> None:
    house = house_with()
    leg = house.phone.press()
    house.configure(modes=QUIET)
    turn(house)
    assert leg.ended is None


def test_busy_only_while_a_call_is_up() -> None:
    house = house_with(BUSY)
    first = house.phone.press()
    second = house.phone.press(call_id="press-2")
    assert second.sent == [180]
    house.agent.answer(house.call().id)
    house.phone.acknowledge(second)
    turn(house)
    third = house.phone.press(call_id="press-3")
    turn(house)
    assert third.sent == [486]
    assert house.call().reason is CallReason.BUSY
    assert first.ended is not None
    other = house.phone.press(remote_address="192.0.2.20", call_id="press-4")
    assert other.sent == [180]


def test_user_agent_is_busy_for_everybody() -> None:
    house = house_with(modes=BUSY)
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    other = house.phone.press(remote_address="192.0.2.20", call_id="press-2")
    turn(house)
    assert other.sent == [486]


def test_answered_by_itself() -> None:
    house = house_with(ModesConfig(auto_answer=True))
    leg = house.phone.press()
    assert leg.sent == [180]
    turn(house)
    assert leg.sent == [180, 200]


def test_answered_as_asked_only_if_allowed() -> None:
    asked = "<sip:x>;answer-after=2"
    house = house_with()
    leg = house.phone.press(call_info=asked)
    house.pass_time(5)
    assert leg.sent == [180]
    house = house_with(ModesConfig(answer_as_asked=True))
    leg = house.phone.press(call_info=asked)
    house.pass_time(1.5, step=0.5)
    assert leg.sent == [180]
    house.pass_time(1)
    assert leg.sent == [180, 200]


def test_ring_that_ended_is_not_answered() -> None:
    house = house_with(ModesConfig(auto_answer=True))
    leg = house.phone.press()
    house.phone.cancel(leg)
    turn(house)
    assert leg.sent == [180]


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"call_info": "<sip:a>;answer-after=0"}, 0),
        ({"call_info": "sip:a;Answer-After = 7"}, 7),
        ({"call_info": "<sip:a>;answer-after=999"}, MAX_ANSWER_DELAY),
        ({"call_info": "<sip:a>;purpose=icon"}, None),
        ({"alert_info": "<http://a>;info=alert-autoanswer;delay=3"}, 3),
        ({"alert_info": "info=alert-autoanswer"}, 0),
        ({"alert_info": "Ring Answer"}, 0),
        ({"alert_info": "Auto Answer"}, 0),
        ({"alert_info": "<http://bell.wav>"}, None),
        ({"answer_mode": "Auto"}, 0),
        ({"answer_mode": "Auto;require"}, 0),
        ({"answer_mode": "Manual"}, None),
        ({}, None),
    ],
)
def test_how_callers_ask(headers: dict[str, str], delay: float | None) -> None:
    assert answer_delay(replace(INVITE, **headers)) == delay


# Devices known by a header.


def test_header_tells_devices_apart() -> None:
    house = House()
    header = HeaderConfig(name="Alert-Info", value="gate-bell")
    by_header = replace(GATE, id="by_header", user="", callers=(), header=header)
    house.configure(devices=(GATE, by_header))
    assert house.phone.headers == {"alert-info"}
    facts = {"remote_address": PBX, "from_uri": "sip:200@pbx.example"}
    house.phone.press(**facts)
    assert house.call().device == "gate"
    shown = {"alert-info": "<http://pbx/Gate-Bell>"}
    house.phone.press(**facts, headers=shown, call_id="press-2")
    assert house.call().device == "by_header"
    stranger = {**facts, "from_uri": "sip:1@pbx.example", "call_id": "press-3"}
    house.phone.press(**stranger)
    assert house.call().device is None


def test_header_is_no_proof() -> None:
    house = House()
    header = HeaderConfig(name="X-Door", value="yes")
    house.configure(devices=(replace(GATE, header=header),))
    verdict = house.phone.ask(remote_address="203.0.113.9", headers={"x-door": "yes"})
    assert getattr(verdict, "stranger", False)


def test_codecs_reach_the_phone() -> None:
    house = House()
    house.configure(codecs=("PCMA", "opus"))
    assert house.phone.codecs == ("PCMA", "opus")
