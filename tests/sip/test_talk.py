"""Calls that are up: RTP both ways, tones, media statistics."""

from time import monotonic

from .calls import answer, hang_up, media_address, ring, rtp_socket
from .messages import media_of, sdp
from .peer import Peer
from .phones import PATIENCE, Phone

SLOTS = 32


def test_silence_is_sent_as_rtp(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg = ring(phone, peer, body=sdp(peer.host, rtp.port))
        answer(phone, peer, dialog, leg)
        kinds = [rtp.receive() for _ in range(10)]
        assert {kind for kind, _ in kinds} == {8}
        assert {len(payload) for _, payload in kinds} == {160}
        hang_up(phone, peer, dialog, leg)


def test_media_tells_how_long_nothing_came(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg = ring(phone, peer, body=sdp(peer.host, rtp.port))
        there = media_address(answer(phone, peer, dialog, leg))
        while phone.do("leg_media", leg=leg)["silence"] < 0.5:
            rtp.receive()
        while phone.do("leg_media", leg=leg)["silence"] > 0.4:
            rtp.send_audio(there)
            rtp.receive()
        assert phone.do("leg_media", leg=leg)["on_hold"] is False
        hang_up(phone, peer, dialog, leg)


def test_call_whose_end_was_lost_has_no_media(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    phone.do("lose_end", leg=leg)
    peer.send(peer.receive(method="BYE").answer(200))
    while "error" not in (media := phone.try_to("leg_media", leg=leg)):
        assert media["result"]["on_hold"] is False
    assert media["error"] == "invalid_state"
    assert phone.do("leg_alive", leg=leg) is False


def test_call_whose_end_was_lost_is_forgotten(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    assert phone.do("held") == {"legs": 1, "clock": True}
    phone.do("lose_end", leg=leg)
    peer.send(peer.receive(method="BYE").answer(200))
    while phone.do("leg_alive", leg=leg):
        pass
    phone.do("forget", leg=leg)
    deadline = monotonic() + PATIENCE
    while phone.do("held") != {"legs": 0, "clock": False}:
        assert monotonic() < deadline


def test_lost_call_does_not_touch_the_one_in_its_slot(phone: Phone, peer: Peer) -> None:
    dialog, lost = ring(phone, peer)
    answer(phone, peer, dialog, lost)
    phone.do("lose_end", leg=lost)
    peer.send(peer.receive(method="BYE").answer(200))
    for _ in range(SLOTS - 1):
        _, leg = ring(phone, peer)
        phone.do("end", leg=leg)
        phone.wait("ended", leg=leg)
    dialog, leg = ring(phone, peer)
    assert phone.do("leg_alive", leg=lost) is False
    assert phone.try_to("end", leg=lost)["error"] == "invalid_state"
    phone.do("forget", leg=lost)
    answer(phone, peer, dialog, leg)
    hang_up(phone, peer, dialog, leg)


def test_hang_up_that_fails_is_tried_again(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    phone.do("fail_to_hang_up", leg=leg)
    assert phone.try_to("end", leg=leg)["error"] == "invalid_state"
    phone.do("end", leg=leg)
    peer.send(peer.receive(method="BYE").answer(200))
    assert phone.wait("ended", leg=leg)


def test_hold_is_told(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    held = sdp(peer.host, 40000, attributes=("a=sendonly",)).replace("1 1", "1 2", 1)
    peer.send(dialog.request("INVITE", body=held))
    assert "a=recvonly" in peer.receive(status=200, method="INVITE").body
    peer.send(dialog.request("ACK"))
    assert phone.do("leg_media", leg=leg)["on_hold"] is True
    hang_up(phone, peer, dialog, leg)


def test_rtp_from_elsewhere_is_ignored(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp, rtp_socket("127.0.0.3") as foreign:
        dialog, leg = ring(phone, peer, body=sdp(peer.host, rtp.port))
        there = media_address(answer(phone, peer, dialog, leg))
        for _ in range(60):
            rtp.send_audio(there)
            rtp.receive()
        before = phone.do("leg_media", leg=leg)["silence"]
        for _ in range(30):
            foreign.send_audio(there)
            foreign.send_tone(there, 5)
            rtp.receive()
        assert phone.do("leg_media", leg=leg)["silence"] > before
        hang_up(phone, peer, dialog, leg)
        assert phone.seen("tone") == []


def test_answer_holds_one_codec_of_ours(phone: Phone, peer: Peer) -> None:
    offer = sdp(peer.host, 40000, formats="0 8 9 101")
    dialog, leg = ring(phone, peer, body=offer)
    response = answer(phone, peer, dialog, leg)
    assert media_of(response.body)[0] == "127.0.0.1"
    formats = next(
        line for line in response.body.split("\r\n") if line.startswith("m=audio")
    ).split(" ")[3:]
    assert formats in (["9", "101"], ["0", "101"])
    hang_up(phone, peer, dialog, leg)
