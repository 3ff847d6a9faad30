"""Every call ends, tells so once and frees its slot."""

from dataclasses import replace

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.phone import LegMedia
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.errors import CommandError

from .fake_phone import FakeLeg
from .house import BELL, House

INCOMING = CallEventType.INCOMING


def talk(house: House) -> FakeLeg:
    """Have the bell in a call."""
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    return leg


def test_ring_ends_after_60_seconds(house: House) -> None:
    leg = house.phone.press()
    house.pass_time(59)
    assert house.told() == [INCOMING]
    house.pass_time(1)
    assert leg.sent == [180, 480]
    assert house.told() == [INCOMING, CallEventType.MISSED]
    assert house.call().reason is CallReason.RING_TIMEOUT
    assert house.agent.is_idle


def test_dialling_ends_after_60_seconds(house: House) -> None:
    house.agent.dial(Dial(device="bell"))
    house.pass_time(59)
    assert house.told() == [CallEventType.OUTGOING]
    house.pass_time(1)
    assert house.told() == [CallEventType.OUTGOING, CallEventType.FAILED]
    assert house.call().reason is CallReason.NO_ANSWER
    assert house.agent.is_idle


def test_talk_ends_at_the_limit_of_the_device(house: House) -> None:
    house.configure(devices=(replace(BELL, talk_limit=90),))
    talk(house)
    house.pass_time(89)
    assert house.told()[-1] is CallEventType.ANSWERED
    house.pass_time(1)
    assert house.told()[-1] is CallEventType.ENDED
    assert house.call().reason is CallReason.TALK_LIMIT


def test_call_without_rtp_ends(house: House) -> None:
    leg = talk(house)
    house.pass_time(20)
    leg.media = LegMedia(silence=29, on_hold=False)
    house.pass_time(11)
    assert house.told()[-1] is CallEventType.ANSWERED
    leg.media = LegMedia(silence=30, on_hold=False)
    house.pass_time(1)
    assert house.call().reason is CallReason.NO_MEDIA


def test_silence_counts_from_the_answer(house: House) -> None:
    leg = talk(house)
    leg.media = LegMedia(silence=1000, on_hold=False)
    house.pass_time(29)
    assert house.told()[-1] is CallEventType.ANSWERED
    house.pass_time(1)
    assert house.call().reason is CallReason.NO_MEDIA


def test_hold_may_last_longer_and_starts_the_silence_anew(house: House) -> None:
    house.configure(devices=(replace(BELL, talk_limit=10000),))
    leg = talk(house)
    leg.media = LegMedia(silence=1000, on_hold=True)
    house.pass_time(299)
    leg.media = LegMedia(silence=1000, on_hold=False)
    house.pass_time(29)
    assert house.told()[-1] is CallEventType.ANSWERED
    house.pass_time(1)
    assert house.call().reason is CallReason.NO_MEDIA


def test_hold_ends_after_300_seconds(house: House) -> None:
    house.configure(devices=(replace(BELL, talk_limit=10000),))
    leg = talk(house)
    leg.media = LegMedia(silence=1000, on_hold=True)
    house.pass_time(299)
    assert house.told()[-1] is CallEventType.ANSWERED
    house.pass_time(1)
    assert house.call().reason is CallReason.NO_MEDIA


def test_media_that_cannot_be_asked_for_ends_nothing(house: House) -> None:
    talk(house)
    house.phone.failure["leg_media"] = CommandError("no")
    house.pass_time(31)
    assert house.told()[-1] is CallEventType.ANSWERED


def test_lost_end_of_a_ring(house: House) -> None:
    leg = house.phone.press()
    leg.held = False
    house.pass_time(2)
    assert house.told() == [INCOMING, CallEventType.MISSED]
    assert house.agent.is_idle


def test_lost_end_of_a_call(house: House) -> None:
    talk(house).held = False
    house.pass_time(2)
    assert house.told()[-1] is CallEventType.ENDED
    assert house.call().reason is CallReason.REMOTE_HANGUP
    assert house.agent.is_idle


def test_leg_that_pjsip_misses_for_a_moment_stays(house: House) -> None:
    leg = house.phone.press()
    leg.held = False
    house.pass_time(1)
    leg.held = True
    house.pass_time(1)
    leg.held = False
    house.pass_time(1)
    assert house.told() == [INCOMING]


@pytest.mark.parametrize("answered", [True, False])
def test_end_that_pjsip_never_tells(house: House, answered: bool) -> None:
    leg = talk(house) if answered else house.phone.press()
    house.phone.loses_ends = True
    house.agent.hang_up(house.call().id)
    house.pass_time(3)
    assert house.call().reason is None
    house.pass_time(1)
    assert house.call().reason is CallReason.LOCAL_HANGUP
    told = house.told()
    assert house.agent._book.leg_count == 1
    ends = len(leg.sent)
    house.pass_time(36)
    assert len(leg.sent) == ends + 1
    house.phone.bye(leg)
    assert house.agent.is_idle
    assert house.told() == told


def test_end_that_pjsip_refuses(house: House) -> None:
    house.phone.press()
    house.phone.failure["end"] = CommandError("no")
    house.agent.hang_up(house.call().id)
    house.pass_time(4)
    assert house.told() == [INCOMING, CallEventType.DECLINED]


def test_ring_with_one_leg_that_does_not_end(house: House) -> None:
    first, second = house.phone.press(), house.phone.press()
    house.phone.loses_ends = True
    house.agent.hang_up(house.call().id)
    house.phone.cancel(first)
    house.pass_time(4)
    assert house.told() == [INCOMING, CallEventType.DECLINED]
    house.phone.cancel(second)
    assert house.agent.is_idle


def test_phone_forgets_a_leg_whose_end_was_lost(house: House) -> None:
    leg = house.phone.press()
    leg.held = False
    house.pass_time(2)
    assert house.phone.forgotten == [leg.id]


def test_ring_does_not_end_while_it_is_answered(house: House) -> None:
    leg = house.phone.press()
    house.pass_time(59)
    house.agent.answer(house.call().id)
    house.pass_time(5)
    assert leg.sent == [180, 200]
    house.phone.acknowledge(leg)
    assert house.told()[-1] is CallEventType.ANSWERED


def test_answer_that_nobody_acknowledges_ends(house: House) -> None:
    house.phone.press()
    house.agent.answer(house.call().id)
    house.pass_time(101)
    assert house.call().reason is CallReason.RING_TIMEOUT
    assert house.agent.is_idle


def test_new_limit_of_a_device_is_that_of_its_call(house: House) -> None:
    talk(house)
    house.pass_time(60)
    house.configure(devices=(replace(BELL, talk_limit=90),))
    house.pass_time(30)
    assert house.call().reason is CallReason.TALK_LIMIT
