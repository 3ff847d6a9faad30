"""Calls that go out."""

import pytest

from .messages import Message, sdp
from .peer import Peer
from .phones import Phone


def accept_call(callee: Peer, invite: Message, status: int = 200) -> Message:
    """Return an answer with SDP."""
    response = invite.answer(status, tag="c", body=sdp(callee.host, 40000))
    response.headers.append(("Contact", f"<sip:door@{callee.host}:{callee.port}>"))
    return response


def test_dial_answer_and_hang_up(phone: Phone, callee: Peer) -> None:
    leg = phone.do("dial", uri=f"sip:door@127.0.0.1:{callee.port}")
    invite = callee.receive(method="INVITE")
    assert phone.do("call_id", leg=leg) == invite.get("Call-ID")
    assert "<sip:homeassistant@127.0.0.1>" in invite.get("From")
    callee.send(invite.answer(180, "Ringing", tag="c"))
    progress = phone.wait("progress", leg=leg)
    assert (progress["status"], progress["early_media"]) == (180, False)
    callee.send(accept_call(callee, invite))
    assert callee.receive(method="ACK")
    phone.wait("answered", leg=leg)
    phone.do("end", leg=leg)
    bye = callee.receive(method="BYE")
    callee.send(bye.answer(200))
    assert phone.wait("ended", leg=leg)["remote"] is False


def test_early_media_is_told(phone: Phone, callee: Peer) -> None:
    leg = phone.do("dial", uri=f"sip:door@127.0.0.1:{callee.port}")
    invite = callee.receive(method="INVITE")
    callee.send(accept_call(callee, invite, 183))
    phone.wait("progress", leg=leg, status=183, early_media=True)
    phone.do("end", leg=leg)
    cancel = callee.receive(method="CANCEL")
    callee.send(cancel.answer(200))
    callee.send(invite.answer(487, tag="c"))
    assert phone.wait("ended", leg=leg)["remote"] is False


@pytest.mark.parametrize("status", [404, 486, 603])
def test_refused_call(phone: Phone, callee: Peer, status: int) -> None:
    leg = phone.do("dial", uri=f"sip:door@127.0.0.1:{callee.port}")
    invite = callee.receive(method="INVITE")
    callee.send(invite.answer(status, "No", tag="c"))
    end = phone.wait("ended", leg=leg)
    assert (end["status"], end["remote"]) == (status, True)


def test_redirection_is_not_followed(phone: Phone, callee: Peer, peer: Peer) -> None:
    leg = phone.do("dial", uri=f"sip:door@127.0.0.1:{callee.port}")
    invite = callee.receive(method="INVITE")
    moved = invite.answer(302, tag="c", Contact=f"<sip:0900@127.0.0.1:{peer.port}>")
    callee.send(moved)
    assert phone.wait("ended", leg=leg)["status"] == 302
    assert peer.drain(0.1) == []


def test_name_is_asked_for(phone: Phone, callee: Peer) -> None:
    leg = phone.do("dial", uri=f"sip:door@door.example:{callee.port}")
    assert phone.wait("name_wanted")["name"] == "door.example"
    phone.do("set_host", name="door.example", addresses=["127.0.0.1"])
    invite = callee.receive(method="INVITE")
    callee.send(invite.answer(486, tag="c"))
    phone.wait("ended", leg=leg)


def test_unknown_name_does_not_stop_others(phone: Phone, callee: Peer) -> None:
    lost = phone.do("dial", uri="sip:door@nowhere.example")
    phone.wait("name_wanted")
    leg = phone.do("dial", uri=f"sip:door@127.0.0.1:{callee.port}")
    callee.send(callee.receive(method="INVITE").answer(486, tag="c"))
    phone.wait("ended", leg=leg)
    end = phone.wait("ended", leg=lost, timeout=15)
    assert end["status"] >= 400


@pytest.mark.parametrize("uri", ["", "door", "tel:123", "sip:a b@c", "sip:x@y z"])
def test_what_cannot_be_dialled(phone: Phone, uri: str) -> None:
    assert phone.try_to("dial", uri=uri)["error"] == "invalid_target"


def test_account_that_does_not_exist(phone: Phone) -> None:
    answer = phone.try_to("dial", uri="sip:1@127.0.0.1", account="none")
    assert answer["error"] == "no_such_account"
