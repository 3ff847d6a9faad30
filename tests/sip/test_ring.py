"""Calls that come in: ringing, and every way to end that."""

import pytest

from .calls import answer, hang_up, ring
from .conftest import MakePeer
from .messages import sdp
from .peer import Peer
from .phones import Phone


def test_ring_and_cancel(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    dialog.to = ""
    peer.send(dialog.request("CANCEL", same=True))
    assert peer.receive(status=200, method="CANCEL")
    assert peer.receive(status=487, method="INVITE")
    end = phone.wait("ended", leg=leg)
    assert (end["status"], end["remote"], end["elsewhere"]) == (487, True, False)
    assert phone.do("leg_alive", leg=leg) is False


@pytest.mark.parametrize(
    ("reason", "elsewhere"),
    [
        ('SIP;cause=200;text="Call completed elsewhere"', True),
        ("Q.850;cause=16, SIP ; cause=200", True),
        ('SIP;cause=600;text="Busy Everywhere"', False),
        ("Q.850;cause=200", False),
    ],
)
def test_cancel_tells_that_somebody_else_answered(
    phone: Phone, peer: Peer, reason: str, elsewhere: bool
) -> None:
    dialog, leg = ring(phone, peer)
    dialog.to = ""
    peer.send(dialog.request("CANCEL", same=True, headers=(("Reason", reason),)))
    assert phone.wait("ended", leg=leg)["elsewhere"] is elsewhere


@pytest.mark.parametrize("status", [486, 603])
def test_decline(phone: Phone, peer: Peer, status: int) -> None:
    dialog, leg = ring(phone, peer)
    phone.do("end", leg=leg, status=status)
    assert peer.receive(status=status, method="INVITE")
    peer.send(dialog.request("ACK", same=True))
    end = phone.wait("ended", leg=leg)
    assert (end["status"], end["remote"]) == (status, False)


def test_decline_without_ringing(phone: Phone, peer: Peer) -> None:
    dialog = peer.dialog()
    peer.send(dialog.request("INVITE", body=sdp(peer.host, 40000)))
    leg = phone.wait("incoming", call_id=dialog.call_id)["leg"]
    phone.do("end", leg=leg, status=486)
    assert peer.receive(status=486)
    assert phone.wait("ended", leg=leg)["remote"] is False


def test_defect_of_ours_keeps_no_slot(phone: Phone, peer: Peer) -> None:
    phone.do("fail_to_ring")
    peer.send(peer.dialog().request("INVITE", body=sdp(peer.host, 40000)))
    assert peer.receive(status=500)
    assert phone.wait("ended")["status"] == 500
    assert phone.do("held")["legs"] == 0
    ring(phone, peer)


def test_cancel_before_ringing(phone: Phone, peer: Peer) -> None:
    dialog = peer.dialog()
    peer.send(dialog.request("INVITE", body=sdp(peer.host, 40000)))
    leg = phone.wait("incoming", call_id=dialog.call_id)["leg"]
    peer.send(dialog.request("CANCEL", same=True))
    assert peer.receive(status=200, method="CANCEL")
    assert phone.wait("ended", leg=leg)["remote"] is True


def test_answer_and_peer_hangs_up(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    hang_up(phone, peer, dialog, leg)


def test_answer_and_phone_hangs_up(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    phone.do("end", leg=leg)
    bye = peer.receive(method="BYE")
    peer.send(bye.answer(200))
    end = phone.wait("ended", leg=leg)
    assert (end["status"], end["remote"]) == (200, False) or end["remote"] is False


def test_offer_comes_with_our_answer(phone: Phone, peer: Peer) -> None:
    dialog = peer.dialog()
    peer.send(dialog.request("INVITE"))
    leg = phone.wait("incoming", call_id=dialog.call_id)["leg"]
    phone.do("ring", leg=leg)
    phone.do("answer", leg=leg)
    response = peer.receive(status=200, method="INVITE")
    assert "m=audio" in response.body
    dialog.to = response.get("To")
    peer.send(dialog.request("ACK", body=sdp(peer.host, 40000, formats="8")))
    phone.wait("answered", leg=leg)
    hang_up(phone, peer, dialog, leg)


def test_what_came_is_told(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    request = phone.wait("request", call_id=dialog.call_id)
    assert request["method"] == "INVITE"
    assert request["transport"] == "udp"
    assert (request["remote_address"], request["remote_port"]) == (
        "127.0.0.1",
        peer.port,
    )
    assert request["local_port"] == peer.remote[1]
    assert request["from_name"] == "Front door"
    assert request["connection"] == 0
    phone.do("end", leg=leg)


def test_call_ends_when_the_phone_is_stopped(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    phone.stop()
    assert peer.receive(method="BYE").get("Call-ID") == dialog.call_id


def test_ring_is_declined_when_the_phone_is_stopped(phone: Phone, peer: Peer) -> None:
    ring(phone, peer)
    phone.stop()
    assert peer.receive(statuses=range(300, 700), method="INVITE")


def test_stranger_hears_one_bare_answer(phone: Phone, make_peer: MakePeer) -> None:
    phone.do("rules", rules=[{"address": "127.0.0.1"}])
    stranger = make_peer("127.0.0.2")
    stranger.send(stranger.dialog().request("INVITE", body=sdp(stranger.host, 40000)))
    response = stranger.receive(status=403)
    for header in ("Server", "Allow", "Warning", "Supported", "Contact", "User-Agent"):
        assert not response.get(header)
    assert not response.body
    for method in ("OPTIONS", "REGISTER", "MESSAGE", "REFER", "SUBSCRIBE"):
        stranger.send(stranger.dialog().request(method))
    # A listed peer's ring comes after all of them, so that they have been seen.
    dialog, leg = ring(phone, make_peer())
    assert stranger.drain(0.2) == []
    assert [each["call_id"] for each in phone.seen("incoming")] == []
    assert dialog.call_id
    phone.do("end", leg=leg)


def test_strangers_connection_is_closed(phone: Phone, make_peer: MakePeer) -> None:
    phone.do("rules", rules=[])
    stranger = make_peer(transport="TCP")
    stranger.send(stranger.dialog().request("INVITE", body=sdp(stranger.host, 40000)))
    assert stranger.receive(status=403)
    assert stranger.closed()


def test_ring_over_ipv6(phone: Phone, make_peer: MakePeer) -> None:
    peer = make_peer("::1")
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    hang_up(phone, peer, dialog, leg)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_ring_over_tcp(phone: Phone, make_peer: MakePeer, host: str) -> None:
    peer = make_peer(host, transport="TCP")
    dialog, leg = ring(phone, peer)
    request = phone.wait("request", call_id=dialog.call_id)
    assert request["connection"] > 0
    assert request["outgoing"] is False
    answer(phone, peer, dialog, leg)
    hang_up(phone, peer, dialog, leg)


def test_transfer_and_replacement_are_refused(
    phone: Phone, peer: Peer, make_peer: MakePeer
) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    victim = make_peer()
    peer.send(
        dialog.request(
            "REFER",
            headers=(("Refer-To", f"<sip:0900@127.0.0.1:{victim.port}>"),),
        )
    )
    assert peer.receive(status=603, method="REFER")
    hang_up(phone, peer, dialog, leg)
    assert victim.drain(0.1) == []
