"""Browsers that see and talk: which call they join, answer, make and end."""

from dataclasses import replace

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.viewing import (
    CONNECT_LIMIT,
    GRACE,
    MAX_VIEWERS,
    VANISHED_AFTER,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallReason,
    CallState,
    ViewerEnd,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import (
    AddCandidates,
    OpenViewer,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CallEndedError,
    CommandError,
    InvalidOfferError,
    InvalidStateError,
    NoSuchDeviceError,
    SipStackError,
    TooManyViewersError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    VideoChanged,
    ViewerCandidate,
    ViewerClosed,
)

from .house import BELL, PANEL, House
from .test_webrtc_sdp import AUDIO, VIDEO, sdp

SEES = replace(BELL, video=True, early_media=True)


@pytest.fixture
def house() -> House:
    """Return a house whose bell shows video, also while it rings."""
    house = House()
    house.configure(devices=(SEES, PANEL))
    return house


def open_viewer(
    house: House, name: str = "v1", device: str = "bell", *, talks: bool = False
) -> list[str | CommandError]:
    """Open a viewer, and return where its answer will be."""
    answers: list[str | CommandError] = []
    audio = AUDIO if talks else AUDIO.replace("a=sendrecv", "a=recvonly")
    command = OpenViewer(viewer=name, device=device, offer=sdp(audio, VIDEO), by="Anna")
    house.agent.viewing.open(command, answers.append)
    return answers


def later(house: House, seconds: float) -> None:
    """Let time pass."""
    house.clock.now += seconds
    house.agent.tick()


def test_who_looks_answers_nothing(house: House) -> None:
    leg = house.phone.press()
    assert leg.sent == [180, 183]
    assert leg.id in house.phone.with_video
    answers = open_viewer(house)
    viewer = house.phone.viewers["v1"]
    assert viewer.joined == (leg.id, False)
    assert house.call().state is CallState.RINGING
    house.phone.listener.on_viewer_answer("v1", "the answer")
    assert answers == ["the answer"]


def test_who_talks_answers(house: House) -> None:
    leg = house.phone.press()
    open_viewer(house, talks=True)
    assert leg.sent[-1] == 200
    assert house.phone.viewers["v1"].joined == (leg.id, False)
    house.phone.acknowledge(leg)
    assert house.phone.viewers["v1"].joined == (leg.id, True)
    assert house.call().answered_by == "Anna"


def test_who_talks_calls_who_is_idle(house: House) -> None:
    open_viewer(house, talks=True)
    (leg,) = house.phone.legs.values()
    assert leg.uri == BELL.uri
    house.phone.acknowledge(leg)
    assert house.call().answered_by == "Anna"


def test_call_ends_a_while_after_the_last_who_talks(house: House) -> None:
    leg = house.phone.press()
    open_viewer(house, talks=True)
    house.phone.acknowledge(leg)
    open_viewer(house, "v2", talks=True)
    house.agent.viewing.close("v1")
    later(house, GRACE + 1)
    assert house.call().state is CallState.IN_CALL
    house.agent.viewing.close("v2")
    later(house, GRACE / 2)
    open_viewer(house, "v3", talks=True)
    later(house, GRACE)
    assert house.call().state is CallState.IN_CALL
    house.agent.viewing.close("v3")
    later(house, GRACE + 1)
    assert house.phone.legs[leg.id].ended
    house.phone.poll(0)
    assert house.call().reason is CallReason.LOCAL_HANGUP


def test_call_of_the_household_is_left_alone(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id, "Bert")
    house.phone.acknowledge(leg)
    open_viewer(house, talks=True)
    house.agent.viewing.close("v1")
    later(house, GRACE + 1)
    assert house.call().state is CallState.IN_CALL
    assert house.call().answered_by == "Bert"


def test_call_that_cannot_be_made_opens_no_viewer(house: House) -> None:
    house.phone.failure["dial"] = SipStackError("no way")
    with pytest.raises(SipStackError):
        open_viewer(house, talks=True)
    house.phone.failure = {"open_viewer": SipStackError("no socket")}
    with pytest.raises(SipStackError):
        open_viewer(house, device="panel")
    assert not house.phone.viewers
    assert not house.agent.viewing.active


def test_early_media_and_video_reach_who_waits(house: House) -> None:
    open_viewer(house)
    house.agent.viewing.watch_video("bell", 5000, watched=True)
    leg = house.phone.press()
    house.phone.listener.on_leg_progress(leg.id, 183, True)
    assert house.phone.viewers["v1"].joined == (leg.id, False)
    house.phone.listener.on_leg_video(leg.id, shown=True)
    assert house.phone.viewers["v1"].shown == leg.id
    assert house.phone.watched == [(leg.id, 5000, True)]
    assert house.events[-1] == VideoChanged(device="bell", shown=True)
    open_viewer(house, "v2")
    assert house.phone.viewers["v2"].shown == leg.id
    house.agent.viewing.watch_video("bell", 5000, watched=False)
    assert house.phone.watched[-1] == (leg.id, 5000, False)
    house.phone.listener.on_leg_video(leg.id, shown=False)
    assert house.events[-1] == VideoChanged(device="bell", shown=False)


def test_video_that_has_not_begun_is_watched(house: House) -> None:
    """Its first picture has to arrive as well."""
    leg = house.phone.press()
    house.agent.viewing.watch_video("bell", 5000, watched=True)
    house.agent.viewing.watch_video("panel", 5002, watched=True)
    assert house.phone.watched == [(leg.id, 5000, True)]


def test_call_that_cannot_be_watched_yet(house: House) -> None:
    """Who watches is kept for when there is video."""
    leg = house.phone.press()
    house.phone.failure["watch_video"] = InvalidStateError("the call has ended")
    house.agent.viewing.watch_video("bell", 5000, watched=True)
    house.phone.failure.clear()
    house.phone.listener.on_leg_video(leg.id, shown=True)
    assert house.phone.watched == [(leg.id, 5000, True)]


def test_video_of_another_process(house: House) -> None:
    open_viewer(house)
    assert house.agent.viewing.open_video("bell") == 40_000
    assert house.phone.viewers["v1"].shown == "bell"
    open_viewer(house, "v2")
    assert house.phone.viewers["v2"].shown == "bell"
    house.agent.viewing.close_video("bell")
    assert not house.phone.fed
    with pytest.raises(NoSuchDeviceError):
        house.agent.viewing.open_video("nobody")


def test_browser_that_vanishes_is_let_go(house: House) -> None:
    open_viewer(house)
    house.phone.listener.on_viewer_connected("v1")
    house.phone.viewers["v1"].silence = VANISHED_AFTER + 1
    later(house, 1)
    assert house.events[-1] == ViewerClosed(viewer="v1", reason=ViewerEnd.VANISHED)
    assert not house.phone.viewers


@pytest.mark.parametrize("told", [True, False])
def test_browser_that_cannot_be_reached(house: House, told: bool) -> None:
    answers = open_viewer(house)
    if told:
        house.phone.listener.on_viewer_failed("v1")
    else:
        later(house, CONNECT_LIMIT + 1)
    assert house.events[-1] == ViewerClosed(viewer="v1", reason=ViewerEnd.UNREACHABLE)
    assert isinstance(answers[0], CallEndedError)


def test_removed_device(house: House) -> None:
    open_viewer(house)
    house.agent.viewing.open_video("bell")
    house.configure(devices=(PANEL,))
    closed = ViewerClosed(viewer="v1", reason=ViewerEnd.DEVICE_REMOVED)
    assert closed in house.events
    assert not house.phone.fed


def test_candidates_find_their_line(house: House) -> None:
    open_viewer(house)
    for command in (
        AddCandidates(viewer="v1", candidates=("a",), mid="1"),
        AddCandidates(viewer="v1", candidates=(), index=0),
        AddCandidates(viewer="v1", candidates=("b",), mid="nowhere"),
        AddCandidates(viewer="gone", candidates=("c",), mid="0"),
    ):
        house.agent.viewing.add_candidates(command)
    assert house.phone.viewers["v1"].candidates == [(1, ("a",)), (0, ())]
    house.phone.listener.on_viewer_candidate("v1", "0", 0, "ours")
    assert house.events[-1] == ViewerCandidate(
        viewer="v1", mid="0", index=0, candidate="ours"
    )


def test_what_is_refused(house: House) -> None:
    with pytest.raises(NoSuchDeviceError):
        open_viewer(house, device="nobody")
    command = OpenViewer(viewer="v1", device="bell", offer="nonsense")
    with pytest.raises(InvalidOfferError):
        house.agent.viewing.open(command, lambda _: None)
    for number in range(MAX_VIEWERS):
        open_viewer(house, f"v{number}")
    with pytest.raises(InvalidStateError):
        open_viewer(house, "v0")
    with pytest.raises(TooManyViewersError):
        open_viewer(house, "one more")
    house.agent.viewing.close("v0")
    house.agent.viewing.close("v0")
