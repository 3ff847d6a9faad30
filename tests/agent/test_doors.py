"""Doors: a code goes to its device, whatever call there is, and to nobody else."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.doors import (
    ANSWER_LIMIT,
    MAX_WAITING,
)
from custom_components.sip_intercom.lib.sipagent.agent.phone import LegPeer
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    Proof,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import DeviceConfig
from custom_components.sip_intercom.lib.sipagent.protocol.doors import DoorConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CallEndedError,
    CommandError,
    DeviceBusyError,
    DoorCallFailedError,
    InvalidStateError,
    InvalidTonesError,
    NoSuchDeviceError,
    NoSuchDoorError,
    NoTonesError,
    NotRegisteredError,
    UnprovenCallError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.tones import (
    ToneMethod,
    ToneStyle,
)

from .fake_phone import DOOR, FakeLeg
from .house import ACCOUNT, BELL, GATE, PBX, House

INFO = ToneStyle(method=ToneMethod.INFO_RELAY)
GARDEN = DoorConfig(id="garden", code="12#")
CELLAR = DoorConfig(id="cellar", code="9", style=INFO)
EARLY = DoorConfig(id="early", code="5", early_media=True)
DOORS = (GARDEN, CELLAR, EARLY, DoorConfig(id="broken", code="12E"))
FOREIGN = "203.0.113.66"


@pytest.fixture
def house() -> House:
    """Return a house whose bell and gate have doors."""
    house = House()
    devices = tuple(replace(each, doors=DOORS) for each in (BELL, GATE))
    house.configure(devices=devices)
    return house


class Outcome:
    """How an opening ended."""

    def __init__(self) -> None:
        self.values: list[str | CommandError] = []

    def __call__(self, value: str | CommandError) -> None:
        self.values.append(value)

    @property
    def error(self) -> CommandError:
        """Return why it failed."""
        (value,) = self.values
        assert isinstance(value, CommandError)
        return value


def open_door(house: House, door: str = "garden", device: str = "bell") -> Outcome:
    """Open a door."""
    outcome = Outcome()
    house.agent.open_door(device, door, outcome)
    return outcome


def newest(house: House) -> FakeLeg:
    """Return the newest leg."""
    return list(house.phone.legs.values())[-1]


def turn(house: House) -> None:
    """Let the loop turn once."""
    house.phone.poll(0)
    house.agent.tick()


def talk(house: House, /, **facts: Any) -> FakeLeg:
    """Have a device in an answered call."""
    leg = house.phone.press(**facts)
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    return leg


def test_in_a_call(house: House) -> None:
    leg = talk(house)
    outcome = open_door(house)
    assert leg.tones == "12#"
    assert outcome.values == []
    house.phone.sent_all(leg)
    assert outcome.values == [house.call().id]
    turn(house)
    assert leg.ended is None
    assert len(house.phone.legs) == 1


def test_its_own_style_is_used(house: House) -> None:
    leg = talk(house)
    open_door(house, "cellar")
    assert leg.styles == [INFO]


def test_ring_is_answered_and_hung_up_afterwards(house: House) -> None:
    leg = house.phone.press()
    outcome = open_door(house)
    assert leg.sent == [180, 200]
    assert leg.tones == ""
    house.phone.acknowledge(leg)
    assert leg.tones == "12#"
    house.phone.sent_all(leg)
    turn(house)
    assert outcome.values == [house.call().id]
    assert house.told()[-2:] == [CallEventType.ANSWERED, CallEventType.ENDED]


def test_ring_that_somebody_answers_meanwhile_goes_on(house: House) -> None:
    leg = house.phone.press()
    open_door(house)
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    house.phone.sent_all(leg)
    turn(house)
    assert leg.ended is None


def test_answer_that_is_on_its_way_is_waited_for(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    open_door(house)
    assert leg.tones == ""
    house.phone.acknowledge(leg)
    assert leg.tones == "12#"
    house.phone.sent_all(leg)
    turn(house)
    assert leg.ended is None


def test_early_media_needs_no_answer(house: House) -> None:
    leg = house.phone.press()
    outcome = open_door(house, "early")
    assert leg.sent == [180, 183]
    house.phone.progress(leg, 183, early_media=True)
    assert leg.tones == "5"
    house.phone.progress(leg, 183, early_media=True)
    assert leg.tones == "5"
    house.phone.sent_all(leg)
    turn(house)
    assert outcome.values == [house.call().id]
    assert leg.ended is None
    assert house.told() == [CallEventType.INCOMING]


def test_early_media_of_a_ring_is_not_enough_otherwise(house: House) -> None:
    leg = house.phone.press()
    open_door(house)
    house.phone.progress(leg, 180, early_media=True)
    assert leg.tones == ""


def test_idle_device_is_called_and_hung_up(house: House) -> None:
    outcome = open_door(house)
    leg = newest(house)
    assert leg.uri == BELL.uri
    house.phone.acknowledge(leg)
    assert leg.tones == "12#"
    house.phone.sent_all(leg)
    turn(house)
    assert outcome.values == [house.call().id]
    assert leg.ended is not None
    assert house.call().reason is CallReason.LOCAL_HANGUP


def test_early_media_of_a_device_that_is_called(house: House) -> None:
    outcome = open_door(house, "early")
    leg = newest(house)
    house.phone.progress(leg, 183, early_media=True)
    assert leg.tones == "5"
    house.phone.sent_all(leg)
    turn(house)
    assert outcome.values == [house.call().id]
    assert house.call().reason is CallReason.LOCAL_HANGUP


def test_device_that_is_being_called_is_not_called_twice(house: House) -> None:
    house.configure(devices=(replace(BELL, doors=DOORS),))
    open_door(house)
    leg = newest(house)
    open_door(house, "cellar")
    house.phone.acknowledge(leg)
    house.phone.sent_all(leg)
    turn(house)
    assert len(house.phone.legs) == 2


@pytest.mark.parametrize(
    ("status", "reason"),
    [(486, "busy"), (603, "declined"), (404, "not_found"), (408, "unreachable")],
)
def test_call_that_fails(house: House, status: int, reason: str) -> None:
    outcome = open_door(house)
    house.phone.close(newest(house), status=status)
    assert isinstance(outcome.error, DoorCallFailedError)
    assert str(outcome.error) == reason


def test_call_that_nobody_answers(house: House) -> None:
    outcome = open_door(house)
    house.pass_time(ANSWER_LIMIT - 1)
    assert outcome.values == []
    house.pass_time(2)
    assert str(outcome.error) == "no_answer"
    assert newest(house).ended is not None


def test_call_that_ends_while_the_code_is_sent(house: House) -> None:
    outcome = open_door(house)
    leg = newest(house)
    house.phone.acknowledge(leg)
    house.phone.bye(leg)
    assert isinstance(outcome.error, CallEndedError)


def test_tones_that_fail(house: House) -> None:
    outcome = open_door(house)
    leg = newest(house)
    house.phone.acknowledge(leg)
    house.phone.sent_all(leg, NoTonesError("none"))
    assert isinstance(outcome.error, NoTonesError)
    turn(house)
    assert leg.ended is not None


def test_tones_that_are_refused_at_once(house: House) -> None:
    house.phone.failure["send_tones"] = InvalidStateError("no")
    talk(house)
    assert isinstance(open_door(house).error, InvalidStateError)


def test_device_that_cannot_be_called(house: House) -> None:
    assert isinstance(open_door(house, device="gate").error, NotRegisteredError)


def test_unknown_doors_and_devices(house: House) -> None:
    with pytest.raises(NoSuchDeviceError):
        open_door(house, device="none")
    with pytest.raises(NoSuchDoorError):
        open_door(house, "none")
    with pytest.raises(InvalidTonesError):
        open_door(house, "broken")
    assert house.phone.legs == {}


def test_openings_of_a_device_wait_for_each_other(house: House) -> None:
    leg = talk(house)
    first, second = open_door(house), open_door(house, "cellar")
    assert leg.tones == "12#"
    house.phone.sent_all(leg)
    assert (len(first.values), len(second.values)) == (1, 0)
    turn(house)
    assert leg.tones == "12#9"
    house.phone.sent_all(leg)
    assert len(second.values) == 1


def test_openings_of_an_idle_device_are_two_calls(house: House) -> None:
    first, second = open_door(house), open_door(house, "cellar")
    leg = newest(house)
    house.phone.acknowledge(leg)
    house.phone.sent_all(leg)
    turn(house)
    turn(house)
    other = newest(house)
    assert other is not leg
    house.phone.acknowledge(other)
    assert other.tones == "9"
    house.phone.sent_all(other)
    assert (len(first.values), len(second.values)) == (1, 1)


def test_too_many_openings(house: House) -> None:
    talk(house)
    for _ in range(MAX_WAITING):
        open_door(house)
    with pytest.raises(DeviceBusyError):
        open_door(house)


def test_next_opening_begins_when_one_fails(house: House) -> None:
    first, second = open_door(house), open_door(house, "cellar")
    house.phone.close(newest(house), status=486)
    assert len(first.values) == 1
    turn(house)
    house.phone.acknowledge(newest(house))
    assert newest(house).tones == "9"
    assert second.values == []


@pytest.mark.parametrize(
    "peer",
    [
        LegPeer(target=FOREIGN, media=DOOR),
        LegPeer(target=DOOR, media=FOREIGN),
        LegPeer(target="", media=DOOR),
        LegPeer(target=DOOR, media=""),
    ],
)
def test_no_code_goes_elsewhere(house: House, peer: LegPeer) -> None:
    """A forged source address brings a call whose answers lead to somebody else."""
    leg = talk(house)
    leg.peer = peer
    open_door(house)
    assert leg.tones == ""
    assert newest(house).uri == BELL.uri


def test_no_code_takes_a_detour(house: House) -> None:
    leg = talk(house, routed=True)
    open_door(house)
    assert leg.tones == ""


def test_claimed_ring_is_left_for_the_device_itself(house: House) -> None:
    leg = house.phone.press()
    leg.peer = LegPeer(target=DOOR, media=FOREIGN)
    outcome = open_door(house)
    house.phone.acknowledge(leg)
    assert leg.tones == ""
    turn(house)
    other = newest(house)
    assert leg.ended is not None
    assert other.uri == BELL.uri
    house.phone.acknowledge(other)
    house.phone.sent_all(other)
    assert outcome.values == [house.call().id]


def test_device_whose_media_is_elsewhere_is_not_opened(house: House) -> None:
    outcome = open_door(house)
    leg = newest(house)
    leg.peer = LegPeer(target=DOOR, media=FOREIGN)
    house.phone.acknowledge(leg)
    assert isinstance(outcome.error, UnprovenCallError)
    assert leg.tones == ""


def test_proof_that_is_too_weak(house: House) -> None:
    bell = replace(BELL, doors=DOORS, min_proof=Proof.TOKEN)
    house.configure(devices=(bell,))
    leg = talk(house)
    open_door(house)
    assert leg.tones == ""


def over_pbx(house: House, **facts: Any) -> FakeLeg:
    """Have the gate in an answered call over its account."""
    values: dict[str, Any] = {
        "remote_address": PBX,
        "from_uri": "sip:200@pbx.example",
        "uri": house.contact(),
    }
    return talk(house, **values | facts)


def test_pbx_with_the_token_may_send_media_from_anywhere(house: House) -> None:
    house.register()
    leg = over_pbx(house)
    assert house.call().proof is Proof.TOKEN
    leg.peer = LegPeer(target=PBX, media="192.0.2.55")
    open_door(house, device="gate")
    assert leg.tones == "12#"


def test_pbx_with_its_address_only_may_not(house: House) -> None:
    house.register()
    leg = over_pbx(house, uri="sip:600@192.0.2.1")
    assert house.call().proof is Proof.ADDRESS
    leg.peer = LegPeer(target=PBX, media="192.0.2.55")
    open_door(house, device="gate")
    assert leg.tones == ""
    assert newest(house).account == ACCOUNT.id


def test_unrelated_call_gets_no_code(house: House) -> None:
    house.configure(
        devices=(
            replace(BELL, doors=DOORS),
            DeviceConfig(id="other", addresses=("192.0.2.77",), uri="sip:192.0.2.77"),
        )
    )
    leg = _other(house)
    open_door(house)
    assert leg.tones == ""
    assert newest(house).uri == BELL.uri


def _other(house: House) -> FakeLeg:
    """Have another device in an answered call."""
    return talk(house, remote_address="192.0.2.77", from_uri="sip:x@192.0.2.77")


def test_removed_device_ends_its_opening(house: House) -> None:
    outcome = open_door(house)
    house.configure(devices=())
    turn(house)
    assert isinstance(outcome.error, DoorCallFailedError)
