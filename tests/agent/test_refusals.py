"""Strangers are told about at a bearable pace, in bearable words."""

from typing import Any

from custom_components.sip_intercom.lib.sipagent.agent.refusals import (
    MAX_REQUESTS,
    MAX_SOURCES,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import Transport
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallerRefused,
    RequestsRefused,
)

from .house import House

STRANGER = "203.0.113.66"


def knock(house: House, call_id: str, source: str = STRANGER, **facts: Any) -> None:
    """Have a stranger try to ring."""
    house.phone.ask(remote_address=source, call_id=call_id, **facts)


def told(house: House) -> list[CallerRefused]:
    """Return what was told about strangers."""
    return house.of(CallerRefused)


def test_stranger_is_told_about(house: House) -> None:
    knock(
        house,
        "1",
        from_uri="sip:100@203.0.113.66",
        from_name="100",
        uri="sip:900@192.0.2.1",
        user_agent="friendly-scanner",
        transport=Transport.TCP,
    )
    house.pass_time(1)
    assert told(house) == [
        CallerRefused(
            source=STRANGER,
            transport=Transport.TCP,
            caller="100",
            caller_name="100",
            called="900",
            user_agent="friendly-scanner",
            attempts=1,
            total=1,
        )
    ]


def test_repetitions_are_one_attempt(house: House) -> None:
    for cseq in (1, 1, 1, 2, 2):
        knock(house, "1", cseq=cseq)
    house.pass_time(3)
    assert [(event.attempts, event.total) for event in told(house)] == [(1, 1)]
    assert house.agent.list_state().refused == 1


def test_second_attempt_is_told_although_it_came_at_once(house: House) -> None:
    knock(house, "1")
    house.pass_time(0.5, step=0.5)
    knock(house, "2")
    knock(house, "3")
    house.pass_time(0.5, step=0.5)
    assert [event.attempts for event in told(house)] == [1]
    house.pass_time(1)
    assert [event.attempts for event in told(house)] == [1, 3]


def test_other_requests_are_no_attempts(house: House) -> None:
    knock(house, "1", method="OPTIONS")
    house.pass_time(2)
    assert told(house) == []
    assert house.of(RequestsRefused) == [RequestsRefused(total=1)]


def test_scanner_that_never_calls_is_counted_at_a_pace(house: House) -> None:
    for cseq in range(1, 31):
        for _ in range(3):
            knock(house, "1", method="REGISTER", cseq=cseq)
        house.pass_time(1)
    totals = [event.total for event in house.of(RequestsRefused)]
    assert totals[0] == 1
    assert len(totals) == 3
    house.pass_time(10)
    assert house.of(RequestsRefused)[-1] == RequestsRefused(total=30)
    house.pass_time(30)
    assert len(house.of(RequestsRefused)) == 4


def test_events_are_limited_together(house: House) -> None:
    for number in range(20):
        knock(house, "1", source=f"203.0.113.{number}")
    house.pass_time(1)
    assert len(told(house)) == 5
    house.pass_time(1)
    assert len(told(house)) == 10
    house.pass_time(10)
    assert len(told(house)) == 20


def test_memory_is_bounded(house: House) -> None:
    for number in range(5000):
        source = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        knock(house, f"{number}", source=source)
    strangers = house.agent._refusals._strangers
    assert len(strangers) == MAX_SOURCES
    for number in range(500):
        knock(house, f"{number}")
    assert len(strangers[STRANGER].requests) == MAX_REQUESTS
    assert strangers[STRANGER].attempts == 500


def test_hostile_texts(house: House) -> None:
    knock(
        house,
        "1",
        from_uri="sip:" + "9" * 400 + "@x.example",
        from_name="\r\nInjected: yes\x07" * 50,
        user_agent="\ud800 \x00",
        uri="<script>",
    )
    house.pass_time(1)
    (event,) = told(house)
    assert event.caller == ""
    assert event.called == ""
    assert event.user_agent == ""
    assert len(event.caller_name) == 64
    assert event.caller_name.isprintable()
