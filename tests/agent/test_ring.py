"""One press is one ring, and every ring ends with exactly one event."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import Pass, Refuse
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    CallState,
    Direction,
    Proof,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CommandError,
    InvalidStateError,
    NoSuchCallError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import ToneReceived
from custom_components.sip_intercom.lib.sipagent.protocol.tones import RFC_4733

from .fake_phone import DOOR, INVITE, FakeLeg
from .house import ACCOUNT, PBX, SECOND, House

INCOMING = CallEventType.INCOMING


def test_press_rings(house: House) -> None:
    leg = house.phone.press()
    assert leg.sent == [180]
    assert house.told() == [INCOMING]
    call = house.call()
    assert call.direction is Direction.INBOUND
    assert call.state is CallState.RINGING
    assert call.device == "bell"
    assert call.account is None
    assert (call.caller, call.caller_name) == ("door", "Front door")
    assert call.called == "homeassistant"
    assert call.proof is Proof.ADDRESS


def test_ring_is_told_although_180_fails(house: House) -> None:
    house.phone.failure["ring"] = CommandError("gone")
    house.phone.press()
    assert house.told() == [INCOMING]


def test_cancel_is_missed(house: House) -> None:
    leg = house.phone.press()
    house.phone.cancel(leg)
    assert house.told() == [INCOMING, CallEventType.MISSED]
    assert house.call().reason is CallReason.CANCELLED
    assert house.call().state is CallState.IDLE
    assert house.call().status == 487
    assert house.agent.list_state().calls == ()


def test_cancel_with_reason_200_is_answered_elsewhere(house: House) -> None:
    house.phone.cancel(house.phone.press(), elsewhere=True)
    assert house.told()[-1] is CallEventType.ANSWERED_ELSEWHERE
    assert house.call().reason is CallReason.ANSWERED_ELSEWHERE


@pytest.mark.parametrize(
    ("status", "remote", "reason"),
    [
        (488, False, CallReason.MEDIA_FAILED),
        (408, False, CallReason.UNREACHABLE),
        (503, True, CallReason.UNREACHABLE),
        (500, False, CallReason.ERROR),
    ],
)
def test_ring_that_fails(
    house: House, status: int, remote: bool, reason: CallReason
) -> None:
    house.phone.close(house.phone.press(), status=status, remote=remote)
    assert house.told() == [INCOMING, CallEventType.FAILED]
    assert house.call().reason is reason


@pytest.mark.parametrize("status", [486, 603])
def test_decline(house: House, status: int) -> None:
    leg = house.phone.press()
    house.agent.decline(house.call().id, status)
    house.phone.poll(0)
    assert leg.sent == [180, status]
    assert house.told() == [INCOMING, CallEventType.DECLINED]
    assert house.call().reason is CallReason.DECLINED
    assert house.call().status == status


def test_decline_with_another_status_is_refused(house: House) -> None:
    house.phone.press()
    with pytest.raises(InvalidStateError):
        house.agent.decline(house.call().id, 200)


def test_hang_up_of_a_ring_declines(house: House) -> None:
    leg = house.phone.press()
    house.agent.hang_up(house.call().id)
    house.agent.hang_up(house.call().id)
    house.phone.poll(0)
    assert leg.sent == [180, 486]
    assert house.told() == [INCOMING, CallEventType.DECLINED]
    assert house.call().reason is CallReason.LOCAL_HANGUP


def test_answer_then_caller_hangs_up(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    assert house.told() == [INCOMING]
    house.phone.acknowledge(leg)
    assert house.call().state is CallState.IN_CALL
    house.clock.now += 12
    house.phone.bye(leg)
    assert house.told() == [INCOMING, CallEventType.ANSWERED, CallEventType.ENDED]
    assert house.call().reason is CallReason.REMOTE_HANGUP
    assert house.call().duration == 12


def test_answer_then_we_hang_up(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    house.agent.hang_up(house.call().id)
    house.phone.poll(0)
    assert house.call().reason is CallReason.LOCAL_HANGUP


def test_answered_call_that_breaks(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    house.phone.close(leg, status=408, remote=False)
    assert house.told()[-1] is CallEventType.ENDED
    assert house.call().reason is CallReason.UNREACHABLE


def test_answering_twice_answers_once(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.agent.answer(house.call().id)
    assert leg.sent == [180, 200]


def test_answered_call_cannot_be_answered_or_declined(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    with pytest.raises(InvalidStateError):
        house.agent.answer(house.call().id)
    with pytest.raises(InvalidStateError):
        house.agent.decline(house.call().id, 486)


def test_declined_ring_cannot_be_answered(house: House) -> None:
    house.phone.press()
    house.agent.decline(house.call().id, 486)
    with pytest.raises(InvalidStateError):
        house.agent.answer(house.call().id)


def test_unknown_call(house: House) -> None:
    for command in (house.agent.answer, house.agent.hang_up):
        with pytest.raises(NoSuchCallError):
            command("none")
    with pytest.raises(NoSuchCallError):
        house.agent.decline("none", 486)
    with pytest.raises(NoSuchCallError):
        house.agent.send_tones("none", "1", RFC_4733, lambda _: None)


def test_caller_cancels_while_we_answer(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.cancel(leg)
    assert house.told() == [INCOMING, CallEventType.MISSED]


def test_fork_joins(house: House) -> None:
    first = house.phone.press()
    second = house.phone.press()
    assert second.sent == [180]
    assert house.told() == [INCOMING]
    house.phone.cancel(first)
    assert house.told() == [INCOMING]
    house.phone.cancel(second)
    assert house.told() == [INCOMING, CallEventType.MISSED]


def test_second_invite_of_a_device_joins_its_ring(house: House) -> None:
    house.phone.press()
    house.phone.press(call_id="press-2")
    assert house.told() == [INCOMING]


def test_later_press_rings_anew(house: House) -> None:
    house.phone.cancel(house.phone.press())
    house.phone.press(call_id="press-2")
    assert house.told() == [INCOMING, CallEventType.MISSED, INCOMING]
    assert len({each.call.id for each in house.calls()}) == 2


def test_other_button_is_another_ring(house: House) -> None:
    panel: dict[str, Any] = {
        "remote_address": "192.0.2.20",
        "from_uri": "sip:192.0.2.20",
    }
    house.phone.press(uri="sip:101@192.0.2.1", **panel)
    assert house.call().button == "ground"
    house.phone.press(uri="sip:102@192.0.2.1", call_id="press-2", **panel)
    assert house.call().button == "first"
    assert house.told() == [INCOMING, INCOMING]


ELSEWHERE = replace(
    ACCOUNT, id="elsewhere", server="192.0.2.200", username="602", token="3" * 32
)


def over(house: House, account: str, number: str, address: str = PBX) -> FakeLeg:
    """Call over an account as a number."""
    request = {"remote_address": address, "uri": house.contact(account)}
    return house.phone.press(
        **request,
        from_uri=f"sip:{number}@pbx.example",
        call_id=f"over-{account}-{number}",
    )


@pytest.fixture
def accounts(house: House) -> None:
    """Have two accounts at one PBX and a third at another one."""
    house.configure(accounts=(ACCOUNT, replace(SECOND, username="601"), ELSEWHERE))


@pytest.mark.usefixtures("accounts")
def test_press_over_two_accounts_of_a_pbx_is_one_ring(house: House) -> None:
    known, other = over(house, "pbx", "200"), over(house, "second", "200")
    assert house.told() == [INCOMING]
    assert house.call().device == "gate"
    house.agent.answer(house.call().id)
    assert (known.sent, other.sent) == ([180], [180, 200])
    house.phone.acknowledge(other)
    house.phone.poll(0)
    assert known.sent == [180, 486]
    assert house.told() == [INCOMING, CallEventType.ANSWERED]
    assert house.call().account == "second"
    assert house.call().proof is Proof.TOKEN
    house.phone.bye(other)
    assert house.told()[-1] is CallEventType.ENDED


@pytest.mark.parametrize("number", ["200", "0301234"])
def test_press_over_two_proxies_of_an_account_is_one_ring(
    house: House, number: str
) -> None:
    caller = f"sip:{number}@pbx.example"
    for address in ("198.51.100.5", "198.51.100.6"):
        house.phone.press(
            remote_address=address,
            uri=house.contact(),
            from_uri=caller,
            call_id=f"from {address}",
        )
    assert house.told() == [INCOMING]


@pytest.mark.usefixtures("accounts")
def test_device_found_by_a_later_leg_rings_its_device(house: House) -> None:
    unknown_leg = over(house, "second", "200")
    assert house.call().device is None
    known_leg = over(house, "pbx", "200")
    assert house.told() == [INCOMING, CallEventType.FAILED, INCOMING]
    unknown, merged, gate = [each.call for each in house.calls()]
    assert (merged.id, merged.reason) == (unknown.id, CallReason.MERGED)
    assert (gate.device, unknown.account) == ("gate", "second")
    assert house.agent.list_state().calls == (gate,)
    house.phone.cancel(unknown_leg)
    house.phone.cancel(known_leg)
    assert house.told()[3:] == [CallEventType.MISSED]


@pytest.mark.usefixtures("accounts")
def test_a_claimed_number_joins_no_ring_of_another_pbx(house: House) -> None:
    over(house, "pbx", "200")
    over(house, "elsewhere", "200", address="192.0.2.200")
    assert house.told() == [INCOMING, INCOMING]
    assert house.call().device is None


@pytest.mark.usefixtures("accounts")
def test_a_claimed_number_joins_no_ring_of_a_direct_device(house: House) -> None:
    house.phone.press(from_uri="sip:300@192.0.2.10")
    over(house, "pbx", "300")
    assert house.told() == [INCOMING, INCOMING]


def test_a_copied_call_id_joins_no_ring_of_another_device(house: House) -> None:
    house.phone.press()
    house.phone.press(remote_address="192.0.2.20")
    assert house.told() == [INCOMING, INCOMING]
    assert house.call().device == "panel"


@pytest.mark.usefixtures("accounts")
def test_anonymous_callers_ring_apart(house: House) -> None:
    over(house, "pbx", "anonymous")
    over(house, "second", "anonymous")
    assert house.told() == [INCOMING, INCOMING]


def test_proof_of_a_ring_is_that_of_its_weakest_leg(house: House) -> None:
    house.phone.press(
        remote_address="198.51.100.5", uri=house.contact(), from_uri="sip:200@x.example"
    )
    assert house.call().proof is Proof.TOKEN
    house.phone.press(
        remote_address="198.51.100.5", from_uri="sip:200@x.example", call_id="weak"
    )
    assert house.agent.list_state().calls[0].proof is Proof.ADDRESS


def test_next_leg_is_answered_when_the_newest_falls_away(house: House) -> None:
    first = house.phone.press()
    second = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.cancel(second)
    assert first.sent == [180, 200]
    house.phone.acknowledge(first)
    assert house.told() == [INCOMING, CallEventType.ANSWERED]


def test_next_leg_that_cannot_be_answered(house: House) -> None:
    first = house.phone.press()
    second = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.failure["answer"] = CommandError("no")
    house.phone.cancel(second)
    house.phone.cancel(first)
    assert house.told() == [INCOMING, CallEventType.MISSED]


def test_answer_that_fails_leaves_the_ring(house: House) -> None:
    leg = house.phone.press()
    house.phone.failure["answer"] = CommandError("no")
    with pytest.raises(CommandError):
        house.agent.answer(house.call().id)
    house.phone.failure.clear()
    house.agent.answer(house.call().id)
    assert leg.sent == [180, 200]


def test_leg_that_is_confirmed_after_another_is_ended(house: House) -> None:
    first = house.phone.press()
    second = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.acknowledge(second)
    house.phone.acknowledge(first)
    house.phone.acknowledge(first)
    house.phone.poll(0)
    assert first.sent == [180, 486, 486]
    assert house.told() == [INCOMING, CallEventType.ANSWERED]


def test_answered_call_that_ends_ends_its_other_legs(house: House) -> None:
    first = house.phone.press()
    second = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.loses_ends = True
    house.phone.acknowledge(second)
    house.phone.bye(second)
    assert first.sent == [180, 486]
    assert house.told()[-1] is CallEventType.ENDED
    house.phone.close(first, status=486, remote=False)
    assert house.agent.is_idle


@pytest.mark.parametrize(
    ("end", "status"), [("cancel", 487), ("decline", 603), ("answer", 482)]
)
def test_retransmission_after_the_end_hears_the_same(
    house: House, end: str, status: int
) -> None:
    leg = house.phone.press()
    match end:
        case "cancel":
            house.phone.cancel(leg)
        case "decline":
            house.agent.decline(house.call().id, 603)
            house.phone.poll(0)
        case "answer":
            house.agent.answer(house.call().id)
            house.phone.acknowledge(leg)
            assert house.phone.ask() == Refuse(status=482)
            house.phone.bye(leg)
    told = house.told()
    assert house.phone.ask() == Refuse(status=status)
    house.clock.now += 63
    assert house.phone.ask() == Refuse(status=status)
    assert house.told() == told
    house.clock.now += 2
    assert isinstance(house.phone.ask(), Pass)


def test_higher_cseq_is_a_new_press(house: House) -> None:
    house.phone.cancel(house.phone.press())
    assert isinstance(house.phone.ask(cseq=2), Pass)


def test_progress_of_an_inbound_leg_means_nothing(house: House) -> None:
    leg = house.phone.press()
    house.phone.progress(leg, 183, early_media=True)
    assert house.told() == [INCOMING]


def test_what_is_told_of_unknown_legs_is_ignored(house: House) -> None:
    leg = house.phone.press()
    house.phone.cancel(leg)
    told = house.told()
    house.phone.bye(leg)
    house.phone.acknowledge(leg)
    house.phone.progress(leg, 180)
    house.phone.listener.on_tone(leg.id, "1")
    assert house.told() == told


def test_pending_calls_per_source_are_limited(house: House) -> None:
    for number in range(4):
        house.phone.press(call_id=f"press-{number}")
    assert house.phone.ask(call_id="press-4") == Refuse(status=486)
    assert isinstance(
        house.phone.ask(remote_address="192.0.2.20", call_id="other"), Pass
    )


def test_pending_calls_are_limited_together(house: House) -> None:
    addresses = [f"203.0.113.{number}" for number in range(1, 6)]
    house.configure(
        devices=tuple(
            DeviceConfig(id=f"bell-{number}", addresses=(address,))
            for number, address in enumerate(addresses)
        )
    )
    for number in range(16):
        house.phone.press(
            remote_address=addresses[number // 4], call_id=f"press-{number}"
        )
    assert house.phone.ask(remote_address=addresses[4]) == Refuse(status=486)


def test_answered_calls_are_not_pending(house: House) -> None:
    for number in range(5):
        leg = house.phone.press(
            call_id=f"press-{number}", remote_address=DOOR, cseq=INVITE.cseq
        )
        house.agent.answer(house.call().id)
        house.phone.acknowledge(leg)
    assert house.told().count(CallEventType.ANSWERED) == 5


def test_tones_of_the_peer(house: House) -> None:
    leg = house.phone.press()
    house.phone.listener.on_tone(leg.id, "5")
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    house.phone.listener.on_tone(leg.id, "7")
    assert [event.tone for event in house.of(ToneReceived)] == ["7"]
