"""Calls of registered devices: to each other, to numbers, and outwards by rule."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import (
    Challenge,
    Pass,
    Refuse,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    CallState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    ButtonConfig,
    NumberConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    DeviceBusyError,
    DeviceNotRegisteredError,
    SipStackError,
)

from .fake_phone import INVITE, OUR_ADDRESS, FakeLeg
from .stations import (
    GATE,
    STATIONS,
    Stations,
    contact,
    invite,
    register,
    station,
)

EVERYONE = NumberConfig(
    number="1", home=True, devices=("device-201", "device-202", "device-203")
)
KITCHEN = NumberConfig(number="2", devices=("device-202",))
SECRET = NumberConfig(number="3", home=True, callers=("device-202",))
OUTSIDE = NumberConfig(number="0*", account="pbx", target="*", callers=("device-201",))
BILL = NumberConfig(number="00", account="pbx", target="00")
NUMBERS = (EVERYONE, KITCHEN, SECRET, OUTSIDE, BILL)


@pytest.fixture
def house() -> Stations:
    """Return a house of three stations that are registered, with numbers."""
    house = Stations(numbers=NUMBERS)
    for user in ("201", "202", "203"):
        house.bind(user)
    house.register_account()
    house.events.clear()
    return house


def dialled(house: Stations) -> list[FakeLeg]:
    """Return the legs that we called."""
    return [leg for leg in house.phone.legs.values() if leg.request is None]


def states(house: Stations) -> dict[str | None, CallState]:
    """Return the states of the devices' calls."""
    return {call.device: call.state for call in house.agent.list_state().calls}


# Several contacts of one device.


def test_every_contact_rings_and_the_first_has_the_call(house: Stations) -> None:
    house.send(register("201", contact(), contact("sip:201@192.0.2.32")))
    call = house.agent.dial(Dial(device="device-201"))
    first, second = dialled(house)
    house.phone.progress(first, 180)
    house.phone.acknowledge(second)
    assert first.sent == [486]
    (value,) = house.agent.list_state().calls
    assert (value.id, value.state) == (call, CallState.IN_CALL)
    house.phone.poll(0)
    house.phone.bye(second)
    assert house.told()[-1] is CallEventType.ENDED


def test_second_answer_that_was_on_its_way_is_hung_up(house: Stations) -> None:
    house.send(register("201", contact(), contact("sip:201@192.0.2.32")))
    house.agent.dial(Dial(device="device-201"))
    first, second = dialled(house)
    house.phone.acknowledge(first)
    second.sent.clear()
    house.phone.acknowledge(second)
    assert second.sent
    assert [event for event in house.told() if event is CallEventType.ANSWERED] == [
        CallEventType.ANSWERED
    ]


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        ((486, 408), CallReason.BUSY),
        ((408, 486), CallReason.BUSY),
        ((480, 603), CallReason.DECLINED),
        ((408, 503), CallReason.UNREACHABLE),
    ],
)
def test_call_fails_with_its_last_contact(
    house: Stations, statuses: tuple[int, int], reason: CallReason
) -> None:
    house.send(register("201", contact(), contact("sip:201@192.0.2.32")))
    house.agent.dial(Dial(device="device-201"))
    first, second = dialled(house)
    house.phone.close(first, status=statuses[0])
    assert house.told()[-1] is CallEventType.OUTGOING
    house.phone.close(second, status=statuses[1])
    assert house.told()[-1] is CallEventType.FAILED
    assert house.call().reason is reason


def test_one_contact_that_cannot_be_called_is_no_loss(
    house: Stations, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.send(register("201", contact(), contact("sip:201@192.0.2.32")))
    really, failures = house.phone.dial, [SipStackError("no")]

    def dial(uri: str, **values: Any) -> int:
        if failures:
            raise failures.pop()
        return really(uri, **values)

    monkeypatch.setattr(house.phone, "dial", dial)
    house.agent.dial(Dial(device="device-201"))
    assert len(dialled(house)) == 1


def test_device_that_is_not_registered(house: Stations) -> None:
    house.bind("202", expires=0)
    with pytest.raises(DeviceNotRegisteredError):
        house.agent.dial(Dial(device="device-202"))


# Calls between devices.


def test_two_stations_talk(house: Stations) -> None:
    bell = house.ring("201", "202")
    (kitchen,) = dialled(house)
    assert kitchen.uri == f"sip:202@{GATE}:5062"
    assert states(house) == {
        "device-201": CallState.RINGING,
        "device-202": CallState.DIALING,
    }
    house.phone.acknowledge(kitchen)
    assert bell.sent == [180, 200]
    house.phone.acknowledge(bell)
    assert house.phone.connected == [(bell.id, kitchen.id)]
    one, other = house.agent.list_state().calls
    assert (one.connected_to, other.connected_to) == (other.id, one.id)
    house.phone.listener.on_tone(kitchen.id, "#")
    house.phone.listener.on_tone(bell.id, "5")
    assert (bell.tones, kitchen.tones) == ("#", "5")
    house.phone.bye(kitchen)
    house.phone.poll(0)
    assert house.agent.list_state().calls == ()


def test_caller_who_gives_up_ends_what_it_has_dialled(house: Stations) -> None:
    bell = house.ring("201", "202")
    (kitchen,) = dialled(house)
    house.phone.cancel(bell)
    house.phone.poll(0)
    assert kitchen.sent == [486]
    assert house.agent.list_state().calls == ()


@pytest.mark.parametrize(
    ("status", "heard"), [(486, 486), (603, 603), (404, 480), (408, 480)]
)
def test_caller_hears_why_nobody_answers(
    house: Stations, status: int, heard: int
) -> None:
    bell = house.ring("201", "202")
    (kitchen,) = dialled(house)
    house.phone.close(kitchen, status=status)
    assert bell.sent == [180, heard]


def test_nobody_there(house: Stations) -> None:
    house.bind("202", expires=0)
    bell = house.ring("201", "202")
    assert bell.sent == [180, 480]


def test_busy_device(house: Stations) -> None:
    house.agent.dial(Dial(device="device-202"))
    bell = house.ring("201", "202")
    assert bell.sent == [180, 480]
    with pytest.raises(DeviceBusyError):
        house.agent.dial(Dial(device="device-202"))


def test_home_assistant_may_answer_first(house: Stations) -> None:
    bell = house.ring("201", "1")
    kitchen, office = dialled(house)
    (ring,) = [c for c in house.agent.list_state().calls if c.device == "device-201"]
    house.agent.answer(ring.id)
    house.phone.acknowledge(bell)
    assert kitchen.sent == office.sent == [486]
    assert house.phone.connected == []
    house.phone.poll(0)
    assert states(house) == {"device-201": CallState.IN_CALL}


def test_answer_while_home_assistant_answers_is_hung_up(house: Stations) -> None:
    house.ring("201", "1")
    kitchen, _ = dialled(house)
    (ring,) = [c for c in house.agent.list_state().calls if c.device == "device-201"]
    house.agent.answer(ring.id)
    house.phone.acknowledge(kitchen)
    assert kitchen.sent == [486]


def test_everyone_and_home_assistant_ring_on(house: Stations) -> None:
    bell = house.ring("201", "1")
    kitchen, office = dialled(house)
    house.phone.close(kitchen, status=486)
    house.phone.close(office, status=486)
    assert bell.sent == [180]
    assert states(house) == {"device-201": CallState.RINGING}


def test_first_phone_has_the_call(house: Stations) -> None:
    bell = house.ring("201", "1")
    kitchen, office = dialled(house)
    house.phone.acknowledge(office)
    assert kitchen.sent == [486]
    house.phone.acknowledge(bell)
    assert house.phone.connected == [(bell.id, office.id)]
    house.phone.bye(bell)
    assert office.sent == [486]


def test_media_that_cannot_be_connected(house: Stations) -> None:
    bell = house.ring("201", "202")
    (kitchen,) = dialled(house)
    house.phone.failure["connect"] = SipStackError("no")
    house.phone.acknowledge(kitchen)
    house.phone.acknowledge(bell)
    house.phone.poll(0)
    house.phone.poll(0)
    assert house.agent.list_state().calls == ()
    assert CallReason.MEDIA_FAILED in {each.call.reason for each in house.calls()}


def test_device_that_has_hung_up_while_it_is_answered(house: Stations) -> None:
    house.ring("201", "202")
    (kitchen,) = dialled(house)
    house.phone.failure["answer"] = SipStackError("no")
    house.phone.acknowledge(kitchen)
    house.phone.poll(0)
    assert house.agent.list_state().calls == ()


# Numbers.


@pytest.mark.parametrize("called", ["homeassistant", "HomeAssistant", "77", "201"])
def test_what_is_no_number_rings_home_assistant(house: Stations, called: str) -> None:
    house.ring("201", called)
    assert dialled(house) == []
    assert states(house) == {"device-201": CallState.RINGING}


def test_button_wins_over_a_number(house: Stations) -> None:
    bell = station("201", buttons=(ButtonConfig(id="b", number="2"),))
    devices = (bell, *STATIONS.devices[1:])
    config = replace(STATIONS, devices=devices)
    house.agent.configure(
        replace(config, registrar=replace(config.registrar, numbers=NUMBERS))
    )
    house.ring("201", "2")
    assert dialled(house) == []
    assert house.call_of("device-201").button == "b"


def ask(house: Stations, user: str, called: str) -> Any:
    """Return the verdict on a call with the right password."""
    return house.send(invite(user, called), user)


def test_number_for_chosen_callers(house: Stations) -> None:
    assert isinstance(ask(house, "202", "3"), Pass)
    assert ask(house, "201", "3") == Refuse(status=403)


def test_outward_only_for_who_is_named(house: Stations) -> None:
    assert ask(house, "202", "01234") == Refuse(status=403)
    assert ask(house, "201", "00") == Refuse(status=403)
    assert ask(house, "202", "00") == Refuse(status=403)
    house.ring("201", "01234")
    (outside,) = dialled(house)
    assert outside.account == "pbx"
    assert outside.uri.startswith("sip:1234@pbx.example")


@pytest.mark.parametrize("called", ["0abc", "0" + "1" * 33, "0sip"])
def test_outward_numbers_are_numbers(house: Stations, called: str) -> None:
    assert ask(house, "201", called) == Refuse(status=403)


def test_stranger_dials_nothing(house: Stations) -> None:
    house.show_nothing()
    verdict = house.phone.ask(
        INVITE, uri=f"sip:01234@{OUR_ADDRESS}", remote_address=GATE
    )
    assert isinstance(verdict, Challenge)
    assert dialled(house) == []


def test_one_route_at_a_time(house: Stations) -> None:
    bell = house.ring("201", "2")
    house.phone.acknowledge(dialled(house)[0])
    house.phone.acknowledge(bell)
    again = house.ring("201", "203")
    assert again.sent[-1] == 486
    assert len(dialled(house)) == 1
