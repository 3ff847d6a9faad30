"""What is done to calls that are up: files, recording, hold, mute, transfer, bridge."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    CallState,
    Hold,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Callee, Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import ForwardConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CommandError,
    DeviceBusyError,
    InvalidStateError,
    InvalidTargetError,
    NoSuchCallError,
    NotRegisteredError,
    TransferFailedError,
)

from .fake_phone import FakeLeg
from .house import BELL, PANEL, PBX, House

KITCHEN = replace(PANEL, id="kitchen", addresses=("192.0.2.30",), uri="sip:192.0.2.30")


@pytest.fixture
def house() -> House:
    """Return a house with a kitchen phone."""
    house = House()
    house.configure(devices=(BELL, PANEL, KITCHEN))
    return house


def talk(house: House, /, **facts: Any) -> tuple[str, FakeLeg]:
    """Have a device in an answered call."""
    leg = house.phone.press(**facts)
    call = house.call().id
    house.agent.answer(call)
    house.phone.acknowledge(leg)
    return call, leg


def newest(house: House) -> FakeLeg:
    """Return the newest leg."""
    return list(house.phone.legs.values())[-1]


def turn(house: House) -> None:
    """Let the loop turn once."""
    house.phone.poll(0)
    house.agent.tick()
    house.phone.poll(0)


def test_file_is_played(house: House) -> None:
    call, leg = talk(house)
    outcomes: list[bool] = []
    house.agent.talking.play(call, "/a.wav", outcomes.append, loop=False)
    ((path, loop, done),) = leg.playing
    assert (path, loop, outcomes) == ("/a.wav", False, [])
    done(True)
    assert outcomes == [True]


def test_volume(house: House) -> None:
    call, leg = talk(house)
    house.agent.talking.set_volume(call, 0.5)
    assert leg.volume == 0.5
    for volume in (-0.1, 4.1, float("nan")):
        with pytest.raises(InvalidStateError):
            house.agent.talking.set_volume(call, volume)
    assert leg.volume == 0.5


def test_recording_is_told(house: House) -> None:
    call, leg = talk(house)
    house.agent.talking.record(call, "/in.wav", "/out.wav", lambda _: None)
    assert leg.files == ("/in.wav", "/out.wav")
    assert house.told()[-1] is CallEventType.UPDATED
    assert house.call().recording
    house.agent.talking.stop_recording(call)
    assert not house.call().recording


def test_refused_recording_changes_nothing(house: House) -> None:
    call, _ = talk(house)
    house.phone.failure["record"] = InvalidStateError("no")
    with pytest.raises(InvalidStateError):
        house.agent.talking.record(call, "/in.wav", "/out.wav", lambda _: None)
    assert house.told()[-1] is CallEventType.ANSWERED


def test_hold_is_told_when_the_peer_agrees(house: House) -> None:
    call, leg = talk(house)
    house.agent.talking.hold(call, held=True)
    assert leg.held_by_us
    assert house.call().hold is Hold.NONE
    house.phone.agree_to_hold(leg, held=True, by_us=True)
    assert house.call().hold is Hold.LOCAL
    house.agent.talking.hold(call, held=False)
    house.phone.agree_to_hold(leg, held=False, by_us=False)
    assert house.call().hold is Hold.NONE
    assert house.told()[-2:] == [CallEventType.UPDATED] * 2


def test_hold_of_the_peer_is_told(house: House) -> None:
    _, leg = talk(house)
    house.phone.agree_to_hold(leg, held=True, by_us=False)
    house.phone.agree_to_hold(leg, held=True, by_us=False)
    assert house.call().hold is Hold.REMOTE
    assert house.told().count(CallEventType.UPDATED) == 1


def test_mute(house: House) -> None:
    call, leg = talk(house)
    house.agent.talking.mute(call, muted=True)
    house.agent.talking.mute(call, muted=True)
    assert leg.muted
    assert house.call().muted
    assert house.told().count(CallEventType.UPDATED) == 1


def test_transfer_ends_our_call(house: House) -> None:
    call, leg = talk(house)
    outcomes: list[CommandError | None] = []
    house.agent.transfer(call, "sip:612@192.0.2.9", outcomes.append)
    ((uri, done),) = leg.transfers
    assert uri == "sip:612@192.0.2.9"
    assert house.agent.talking.is_transferring(leg.request.call_id)  # type: ignore[union-attr]
    done(None)
    turn(house)
    assert outcomes == [None]
    assert house.call().reason is CallReason.TRANSFERRED
    assert not house.agent.talking.is_transferring(leg.request.call_id)  # type: ignore[union-attr]


def test_refused_transfer_leaves_the_call(house: House) -> None:
    call, leg = talk(house)
    outcomes: list[CommandError | None] = []
    house.agent.transfer(call, "sip:612@192.0.2.9", outcomes.append)
    leg.transfers[0][1](TransferFailedError("603"))
    assert isinstance(outcomes[0], TransferFailedError)
    assert house.call().state is CallState.IN_CALL


def test_transfer_over_an_account_goes_to_its_server(house: House) -> None:
    house.register()
    call, leg = talk(
        house,
        remote_address=PBX,
        uri=house.contact(),
        from_uri="sip:1@pbx.example",
    )
    house.agent.transfer(call, "612", lambda _: None)
    assert leg.transfers[0][0] == "sip:612@pbx.example"
    with pytest.raises(InvalidTargetError):
        house.agent.transfer(call, "sip:612@elsewhere.example", lambda _: None)


@pytest.mark.parametrize("name", ["play", "hold", "transfer"])
def test_only_answered_calls(house: House, name: str) -> None:
    house.phone.press()
    call = house.call().id
    talking = house.agent.talking
    actions = {
        "play": lambda call: talking.play(call, "/a.wav", lambda _: None, loop=False),
        "hold": lambda call: talking.hold(call, held=True),
        "transfer": lambda call: talking.transfer(call, "sip:a@b", lambda _: None),
    }
    with pytest.raises(InvalidStateError):
        actions[name](call)
    with pytest.raises(NoSuchCallError):
        actions[name]("none")


# Joined with others.


def test_call_that_is_up_is_joined_with_the_first_to_answer(house: House) -> None:
    call, leg = talk(house)
    house.agent.connect(call, [Callee(device="panel"), Callee(device="kitchen")])
    panel, kitchen = list(house.phone.legs.values())[-2:]
    house.phone.acknowledge(kitchen)
    turn(house)
    assert house.phone.connected == [(leg.id, kitchen.id)]
    assert panel.told_elsewhere
    joined = [each.call for each in house.calls() if each.call.id == call][-1]
    assert joined.connected_to is not None
    house.phone.bye(kitchen)
    turn(house)
    assert leg.ended is not None


def test_ring_that_is_joined_is_answered(house: House) -> None:
    leg = house.phone.press()
    call = house.call().id
    house.agent.connect(call, [Callee(device="kitchen")])
    assert leg.sent == [180]
    house.phone.acknowledge(newest(house))
    assert leg.sent == [180, 200]
    house.phone.acknowledge(leg)
    assert len(house.phone.connected) == 1


def test_nobody_answers_a_joined_call_goes_on(house: House) -> None:
    call, leg = talk(house)
    house.agent.connect(call, [Callee(device="kitchen")])
    house.phone.close(newest(house), status=486)
    turn(house)
    assert leg.ended is None
    house.agent.connect(call, [Callee(device="kitchen")])
    house.phone.acknowledge(newest(house))
    assert len(house.phone.connected) == 1
    with pytest.raises(InvalidStateError):
        house.agent.connect(call, [Callee(device="panel")])


def test_nobody_to_join_with(house: House) -> None:
    call, _ = talk(house)
    with pytest.raises(InvalidTargetError):
        house.agent.connect(call, [])
    with pytest.raises(NotRegisteredError):
        house.agent.connect(call, [Callee(target="612", account="pbx")])
    house.agent.dial(Dial(device="kitchen"))
    with pytest.raises(DeviceBusyError):
        house.agent.connect(call, [Callee(device="kitchen")])


# Ring groups.


def forwarding(house: House, *forwards: ForwardConfig) -> FakeLeg:
    """Press a bell that rings others."""
    house.configure(devices=(replace(BELL, forwards=forwards), PANEL, KITCHEN))
    leg = house.phone.press()
    turn(house)
    return leg


NOW = (ForwardConfig(device="panel"), ForwardConfig(device="kitchen"))


def test_ring_group_first_to_answer_wins(house: House) -> None:
    leg = forwarding(house, *NOW)
    panel, kitchen = list(house.phone.legs.values())[1:]
    house.phone.acknowledge(panel)
    turn(house)
    house.phone.acknowledge(leg)
    assert house.phone.connected == [(leg.id, panel.id)]
    assert kitchen.told_elsewhere
    assert kitchen.ended is not None


def test_home_assistant_answers_before_the_group(house: House) -> None:
    leg = forwarding(house, *NOW)
    call = next(each.call.id for each in house.calls() if each.call.device == "bell")
    house.agent.answer(call)
    house.phone.acknowledge(leg)
    turn(house)
    others = list(house.phone.legs.values())[1:]
    assert all(each.told_elsewhere for each in others)
    assert house.phone.connected == []


def test_two_answer_at_once(house: House) -> None:
    leg = forwarding(house, *NOW)
    panel, kitchen = list(house.phone.legs.values())[1:]
    house.phone.acknowledge(panel)
    house.phone.acknowledge(kitchen)
    turn(house)
    house.phone.acknowledge(leg)
    assert house.phone.connected == [(leg.id, panel.id)]
    assert kitchen.ended is not None


def test_group_that_gives_up_leaves_the_ring(house: House) -> None:
    leg = forwarding(house, *NOW)
    for other in list(house.phone.legs.values())[1:]:
        house.phone.close(other, status=603)
    turn(house)
    assert leg.ended is None


def test_forward_after_a_time(house: House) -> None:
    forwarding(house, ForwardConfig(device="kitchen", after=20))
    house.pass_time(19)
    assert len(house.phone.legs) == 1
    house.pass_time(2)
    assert newest(house).uri == KITCHEN.uri


def test_answered_or_ended_before_the_forward(house: House) -> None:
    leg = forwarding(house, ForwardConfig(device="kitchen", after=20))
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    house.pass_time(21)
    assert len(house.phone.legs) == 1
    house.phone.bye(leg)
    leg = house.phone.press(call_id="press-2")
    house.phone.cancel(leg)
    house.pass_time(21)
    assert len(house.phone.legs) == 2


def test_caller_who_gives_up_ends_the_group(house: House) -> None:
    leg = forwarding(house, *NOW)
    house.phone.cancel(leg)
    turn(house)
    others = list(house.phone.legs.values())[1:]
    assert all(each.ended for each in others)
    assert not any(each.told_elsewhere for each in others)
