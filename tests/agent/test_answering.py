"""A leg may end in the very moment in which it is answered."""

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.phone import LegId
from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidStateError,
)

from .house import House


def test_next_leg_is_answered_when_the_newest_ends_in_the_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.phone.press()
    second = house.phone.press()
    answer = house.phone.answer

    def end_second(leg: LegId) -> None:
        if leg == second.id:
            house.phone.close(second, status=488, remote=False)
        else:
            answer(leg)

    monkeypatch.setattr(house.phone, "answer", end_second)
    house.agent.answer(house.call().id)
    assert first.sent == [180, 200]
    house.phone.acknowledge(first)
    assert house.told() == [CallEventType.INCOMING, CallEventType.ANSWERED]


def test_error_after_the_end_leaves_the_next_leg_chosen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.phone.press()
    second = house.phone.press()
    answer = house.phone.answer

    def fail_second(leg: LegId) -> None:
        if leg == second.id:
            house.phone.close(second, status=488, remote=False)
            raise InvalidStateError("the call has ended")
        answer(leg)

    monkeypatch.setattr(house.phone, "answer", fail_second)
    with pytest.raises(InvalidStateError):
        house.agent.answer(house.call().id)
    house.agent.answer(house.call().id)
    assert first.sent == [180, 200]
