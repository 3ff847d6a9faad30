"""SRTP: every way that is asked for, and never less."""

from time import monotonic

import pytest

from .calls import answer, hang_up, ring
from .conftest import StartPhone, free_port
from .messages import sdp
from .peer import Peer
from .phones import Phone

KEY = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
CRYPTO = (f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}",)


def offer(peer: Peer, kind: str) -> str:
    """Return a plain, optionally or always encrypted offer."""
    match kind:
        case "plain":
            return sdp(peer.host, 40000)
        case "optional":
            return sdp(peer.host, 40000, attributes=CRYPTO)
        case _:
            return sdp(peer.host, 40000, profile="RTP/SAVP", attributes=CRYPTO)


@pytest.mark.parametrize(
    ("encryption", "kind", "profile", "encrypted"),
    [
        ("none", "plain", "RTP/AVP", False),
        ("none", "optional", "RTP/AVP", False),
        ("sdes_optional", "plain", "RTP/AVP", False),
        ("sdes_optional", "required", "RTP/SAVP", True),
        ("sdes_required", "required", "RTP/SAVP", True),
    ],
)
def test_offers_that_are_taken(
    phone: Phone, peer: Peer, encryption: str, kind: str, profile: str, encrypted: bool
) -> None:
    phone.do("rules", rules=[{"encryption": encryption}])
    dialog, leg = ring(phone, peer, body=offer(peer, kind))
    body = answer(phone, peer, dialog, leg).body
    assert f" {profile} " in body
    assert ("a=crypto" in body) is encrypted
    hang_up(phone, peer, dialog, leg)
    assert KEY not in phone.log()


@pytest.mark.parametrize(
    ("encryption", "kind"),
    [
        ("none", "required"),
        ("sdes_required", "plain"),
        ("dtls", "plain"),
        ("dtls", "required"),
    ],
)
def test_offers_that_are_refused(
    phone: Phone, peer: Peer, encryption: str, kind: str
) -> None:
    phone.do("rules", rules=[{"encryption": encryption}])
    dialog = peer.dialog()
    peer.send(dialog.request("INVITE", body=offer(peer, kind)))
    refusal = peer.receive(method="INVITE", statuses=range(300, 700))
    assert refusal.status in (406, 480, 488)
    phone.do("rules", rules=[{}])
    _, leg = ring(phone, peer)
    told = phone.log().count("was refused before it could ring")
    assert told + len(phone.seen("ended")) == 1
    phone.do("end", leg=leg)


@pytest.mark.parametrize(
    "encryption", ["none", "sdes_optional", "sdes_required", "dtls"]
)
def test_two_phones_talk(start_phone: StartPhone, encryption: str) -> None:
    caller, callee, port = start_phone(), start_phone(), free_port()
    caller.do("open_transports", port=free_port(), rtp_first=20000, rtp_last=20099)
    callee.do("open_transports", port=port, rtp_first=21000, rtp_last=21099)
    callee.do("rules", rules=[{"encryption": encryption}])
    leg = caller.do("dial", uri=f"sip:home@127.0.0.1:{port}", encryption=encryption)
    other = callee.wait("incoming")["leg"]
    callee.do("ring", leg=other)
    assert caller.wait("progress", leg=leg)["status"] == 180
    callee.do("answer", leg=other)
    caller.wait("answered", leg=leg)
    callee.wait("answered", leg=other)
    hear(caller, leg)
    hear(callee, other)
    caller.do("send_tones", leg=leg, tones="1")
    assert callee.wait("tone")["tone"] == "1"
    callee.do("send_tones", leg=other, tones="2")
    assert caller.wait("tone")["tone"] == "2"
    caller.do("end", leg=leg)
    assert caller.wait("ended", leg=leg)["remote"] is False
    end = callee.wait("ended", leg=other)
    assert (end["status"], end["remote"]) == (200, True)


def hear(phone: Phone, leg: int) -> None:
    """Wait until RTP arrives: with DTLS it does only after a handshake."""
    deadline = monotonic() + 10
    before = phone.do("leg_media", leg=leg)["silence"]
    # None at all is as good as less: RTP has come since the last look.
    while 0 < (silence := phone.do("leg_media", leg=leg)["silence"]) >= before:
        before = silence
        assert monotonic() < deadline


@pytest.mark.parametrize(
    "encryption", ["none", "sdes_optional", "sdes_required", "dtls"]
)
def test_offer_names_our_address_on_the_way(
    phone: Phone, callee: Peer, encryption: str
) -> None:
    leg = phone.do(
        "dial", uri=f"sip:door@127.0.0.1:{callee.port}", encryption=encryption
    )
    invite = callee.receive(method="INVITE")
    assert "c=IN IP4 127.0.0.1\r\n" in invite.body
    callee.send(invite.answer(486, tag="x"))
    assert phone.wait("ended", leg=leg)["status"] == 486


def test_required_encryption_is_not_talked_out_of(phone: Phone, callee: Peer) -> None:
    leg = phone.do(
        "dial",
        uri=f"sip:door@127.0.0.1:{callee.port}",
        encryption="sdes_required",
    )
    invite = callee.receive(method="INVITE")
    assert " RTP/SAVP " in invite.body
    assert "a=crypto" in invite.body
    answer_plain = invite.answer(
        200, tag="x", body=sdp(callee.host, 40000, formats="8")
    )
    answer_plain.headers.append(("Contact", f"<sip:door@127.0.0.1:{callee.port}>"))
    callee.send(answer_plain)
    assert callee.receive(method="BYE")
    end = phone.wait("ended", leg=leg)
    assert (end["status"], end["remote"]) == (488, False)
    assert phone.seen("answered") == []
