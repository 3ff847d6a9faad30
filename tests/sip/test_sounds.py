"""Files played into calls and written from them, hold, mute, transfer, with the real library."""

from array import array
import math
from pathlib import Path
import wave

import pytest

from .calls import Rtp, answer, hang_up, ring, rtp_socket
from .conftest import MakePeer
from .messages import sdp
from .peer import Peer
from .phones import Phone
from .test_tones import RATE, from_alaw, power, send, talk

WIDE = 16_000  # Hz


def write_sound(path: Path, frequency: int, seconds: float) -> Path:
    """Write a WAV file with one tone."""
    samples = array(
        "h",
        (
            round(12_000 * math.sin(2 * math.pi * frequency * i / WIDE))
            for i in range(round(seconds * WIDE))
        ),
    )
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(WIDE)
        sound.writeframes(samples.tobytes())
    return path


def samples_of(path: Path) -> list[int]:
    """Return the samples of a WAV file."""
    with wave.open(str(path)) as sound:
        assert sound.getframerate() == WIDE
        return list(array("h", sound.readframes(sound.getnframes())))


def hear(rtp: Rtp, seconds: float) -> list[int]:
    """Return what arrives."""
    sound: list[int] = []
    while len(sound) < seconds * RATE:
        kind, payload = rtp.receive()
        if kind == 8:
            sound += [from_alaw(each) for each in payload]
    return sound


def share(sound: list[int], frequency: int) -> float:
    """Return how much of what is heard has a frequency."""
    whole = sum(each * each for each in sound) or 1
    return power(sound, frequency) / whole


def loudness(sound: list[int]) -> float:
    """Return the root mean square."""
    return math.sqrt(sum(each * each for each in sound) / len(sound))


def until(rtp: Rtp, *, loud: bool) -> None:
    """Read until there is sound, or none."""
    while (loudness(hear(rtp, 0.02)) > 500) is not loud:
        continue


def test_file_is_heard_to_its_end(phone: Phone, peer: Peer, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "a.wav", 1000, 1.0)
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        phone.do("play", leg=leg, path=str(sound))
        until(rtp, loud=True)
        assert share(hear(rtp, 0.5), 1000) > 0.9
        until(rtp, loud=False)
        assert phone.wait("played", leg=leg)["finished"] is True
        hang_up(phone, peer, dialog, leg)


def test_volume(phone: Phone, peer: Peer, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "a.wav", 1000, 3.0)
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        phone.do("play", leg=leg, path=str(sound))
        until(rtp, loud=True)
        before = loudness(hear(rtp, 0.2))
        phone.do("set_volume", leg=leg, volume=0.25)
        hear(rtp, 0.3)
        after = loudness(hear(rtp, 0.2))
        assert after < before / 3
        phone.do("stop_playing", leg=leg)
        assert phone.wait("played", leg=leg)["finished"] is False
        hang_up(phone, peer, dialog, leg)


def test_next_file_takes_the_place(phone: Phone, peer: Peer, tmp_path: Path) -> None:
    first = write_sound(tmp_path / "a.wav", 1000, 0.6)
    second = write_sound(tmp_path / "b.wav", 2000, 0.6)
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        phone.do("play", leg=leg, path=str(first), loop=True)
        until(rtp, loud=True)
        assert share(hear(rtp, 1.5), 1000) > 0.9
        phone.do("play", leg=leg, path=str(second))
        assert phone.wait("played", leg=leg)["finished"] is False
        while share(hear(rtp, 0.1), 2000) < 0.9:
            continue
        assert phone.wait("played", leg=leg)["finished"] is True
        hang_up(phone, peer, dialog, leg)


@pytest.mark.parametrize("content", [None, b"", b"RIFFnonsense", b"\0" * 5000])
def test_file_that_cannot_be_played(
    phone: Phone, peer: Peer, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.wav"
    if content is not None:
        path.write_bytes(content)
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    assert phone.try_to("play", leg=leg, path=str(path))["error"] == "sound_file"
    hang_up(phone, peer, dialog, leg)


def test_call_that_ends_while_a_file_is_played(
    phone: Phone, peer: Peer, tmp_path: Path
) -> None:
    sound = write_sound(tmp_path / "a.wav", 1000, 5.0)
    for _ in range(5):
        dialog, leg = ring(phone, peer, dialog=peer.dialog())
        answer(phone, peer, dialog, leg)
        phone.do("play", leg=leg, path=str(sound))
        hang_up(phone, peer, dialog, leg)
        assert phone.wait("played", leg=leg)["finished"] is False
        assert phone.try_to("play", leg=leg, path=str(sound))["error"]


def test_recording_has_both_sides_in_step(
    phone: Phone, peer: Peer, tmp_path: Path
) -> None:
    sound = write_sound(tmp_path / "a.wav", 1000, 0.5)
    heard, sent = tmp_path / "heard.wav", tmp_path / "sent.wav"
    with rtp_socket() as rtp:
        dialog, leg, there = talk(phone, peer, rtp)
        phone.do("record", leg=leg, heard=str(heard), sent=str(sent))
        again = phone.try_to("record", leg=leg, heard=str(heard), sent=str(sent))
        assert again["error"] == "invalid_state"
        phone.do("play", leg=leg, path=str(sound))
        for _ in range(75):
            rtp.receive()
            rtp.send_sound(there, 500)
        assert phone.wait("played", leg=leg)["finished"]
        phone.do("stop_recording", leg=leg)
        assert phone.wait("recorded")["error"] is None
        assert phone.try_to("stop_recording", leg=leg)["error"] == "invalid_state"
        hang_up(phone, peer, dialog, leg)
    theirs, ours = samples_of(heard), samples_of(sent)
    assert abs(len(theirs) - len(ours)) <= WIDE // 10
    assert len(theirs) > WIDE
    assert max(map(abs, ours)) > 5000
    assert max(map(abs, theirs)) > 2000


def test_phone_that_stops_in_the_middle(
    phone: Phone, peer: Peer, tmp_path: Path
) -> None:
    """Nothing is lost, and nothing outlives the library."""
    sound = write_sound(tmp_path / "a.wav", 1000, 30.0)
    heard, sent = tmp_path / "heard.wav", tmp_path / "sent.wav"
    with rtp_socket() as rtp:
        _, leg, _ = talk(phone, peer, rtp)
        phone.do("record", leg=leg, heard=str(heard), sent=str(sent))
        phone.do("play", leg=leg, path=str(sound))
        send(phone, leg, "123456", method="in_band")
        until(rtp, loud=True)
        hear(rtp, 0.5)
        phone.stop()
    assert len(samples_of(heard)) > WIDE / 4
    assert len(samples_of(sent)) > WIDE / 4


def test_recording_is_complete_when_the_call_ends(
    phone: Phone, peer: Peer, tmp_path: Path
) -> None:
    heard, sent = tmp_path / "heard.wav", tmp_path / "sent.wav"
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        phone.do("record", leg=leg, heard=str(heard), sent=str(sent))
        hear(rtp, 0.5)
        hang_up(phone, peer, dialog, leg)
        assert phone.wait("recorded")["error"] is None
    assert len(samples_of(heard)) > WIDE / 4
    assert len(samples_of(sent)) > WIDE / 4


def test_folder_that_is_not_there(phone: Phone, peer: Peer, tmp_path: Path) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    nowhere = str(tmp_path / "none" / "a.wav")
    error = phone.try_to("record", leg=leg, heard=nowhere, sent=nowhere)["error"]
    assert error == "sound_file"
    hang_up(phone, peer, dialog, leg)


def test_hold_and_resume(phone: Phone, peer: Peer, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "a.wav", 1000, 1.0)
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        phone.do("hold", leg=leg, held=True)
        offer = peer.receive(method="INVITE")
        assert "a=sendonly" in offer.body
        reply = sdp(peer.host, rtp.port, attributes=("a=recvonly",))
        peer.send(
            offer.answer(200, body=reply, Contact=f"<sip:door@127.0.0.1:{peer.port}>")
        )
        assert peer.receive(method="ACK")
        told = phone.wait("hold", leg=leg)
        assert (told["on_hold"], told["held_by_us"]) == (True, True)
        phone.do("hold", leg=leg, held=False)
        offer = peer.receive(method="INVITE")
        assert "a=sendrecv" in offer.body
        reply = sdp(peer.host, rtp.port).replace("1 1", "1 2", 1)
        peer.send(
            offer.answer(200, body=reply, Contact=f"<sip:door@127.0.0.1:{peer.port}>")
        )
        assert peer.receive(method="ACK")
        assert phone.wait("hold", leg=leg)["on_hold"] is False
        phone.do("play", leg=leg, path=str(sound))
        until(rtp, loud=True)
        hang_up(phone, peer, dialog, leg)


def test_hold_of_the_peer_keeps_what_is_played(
    phone: Phone, peer: Peer, tmp_path: Path
) -> None:
    """Its media begins anew with each re-INVITE, and so do the connections."""
    sound = write_sound(tmp_path / "a.wav", 1000, 4.0)
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        phone.do("play", leg=leg, path=str(sound))
        until(rtp, loud=True)
        for version, attribute in ((2, "a=sendonly"), (3, "a=sendrecv")):
            body = sdp(peer.host, rtp.port, attributes=(attribute,))
            peer.send(
                dialog.request("INVITE", body=body.replace("1 1", f"1 {version}", 1))
            )
            peer.receive(status=200, method="INVITE")
            peer.send(dialog.request("ACK"))
            phone.wait("hold", leg=leg)
        until(rtp, loud=True)
        assert share(hear(rtp, 0.3), 1000) > 0.9
        hang_up(phone, peer, dialog, leg)


def test_mute_of_one_direction(phone: Phone, peer: Peer, callee: Peer) -> None:
    with rtp_socket() as rtp, rtp_socket() as other:
        dialog, leg, there = talk(phone, peer, rtp)
        second, other_leg, beyond = talk(phone, callee, other)
        phone.do("connect", leg=leg, other=other_leg)

        def exchange() -> tuple[bool, bool]:
            """Tell who hears whom."""
            first: list[int] = []
            last: list[int] = []
            for _ in range(40):
                rtp.send_sound(there, 500)
                other.send_sound(beyond, 900)
                first += [from_alaw(each) for each in rtp.receive()[1]]
                last += [from_alaw(each) for each in other.receive()[1]]
            return loudness(first[-1600:]) > 500, loudness(last[-1600:]) > 500

        assert exchange() == (True, True)
        phone.do("mute", leg=leg, muted=True)
        assert exchange() == (False, True)
        phone.do("mute", leg=leg, muted=False)
        assert exchange() == (True, True)
        hang_up(phone, peer, dialog, leg)
        hang_up(phone, callee, second, other_leg)


@pytest.mark.parametrize(("status", "error"), [(200, None), (603, "transfer_failed")])
def test_transfer(phone: Phone, peer: Peer, status: int, error: str | None) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    phone.do("transfer", leg=leg, uri="sip:612@127.0.0.1")
    refer = peer.receive(method="REFER")
    assert refer.get("Refer-To") == "<sip:612@127.0.0.1>"
    contact = f"<sip:door@127.0.0.1:{peer.port}>"
    peer.send(refer.answer(202, Contact=contact))
    for text, state in (
        ("SIP/2.0 100 Trying", "active;expires=60"),
        (f"SIP/2.0 {status} X", "terminated;reason=noresource"),
    ):
        notify = dialog.request(
            "NOTIFY",
            body=text + "\r\n",
            content_type="message/sipfrag;version=2.0",
            headers=(("Event", "refer"), ("Subscription-State", state)),
        )
        peer.send(notify)
        assert peer.receive(status=200, method="NOTIFY")
    assert phone.wait("transferred")["error"] == error
    hang_up(phone, peer, dialog, leg)


def test_transfer_that_is_refused_at_once(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    phone.do("transfer", leg=leg, uri="sip:612@127.0.0.1")
    peer.send(peer.receive(method="REFER").answer(405))
    told = phone.wait("transferred")
    assert (told["error"], told["text"]) == ("transfer_failed", "405")
    hang_up(phone, peer, dialog, leg)


def test_transfer_of_a_call_that_ends(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    phone.do("transfer", leg=leg, uri="sip:612@127.0.0.1")
    again = phone.try_to("transfer", leg=leg, uri="sip:612@127.0.0.1")
    assert again["error"] == "invalid_state"
    peer.receive(method="REFER")
    hang_up(phone, peer, dialog, leg)
    assert phone.wait("transferred")["error"] == "transfer_failed"


def test_others_hear_that_somebody_answered(phone: Phone, callee: Peer) -> None:
    leg = phone.do("dial", uri=f"sip:phone@127.0.0.1:{callee.port}")
    invite = callee.receive(method="INVITE")
    callee.send(invite.answer(180, tag="b", Contact=f"<sip:127.0.0.1:{callee.port}>"))
    phone.wait("progress", leg=leg)
    phone.do("end", leg=leg, elsewhere=True)
    cancel = callee.receive(method="CANCEL")
    assert "cause=200" in cancel.get("Reason")
    callee.send(cancel.answer(200))
    callee.send(invite.answer(487, tag="b"))
    assert phone.wait("ended", leg=leg)


# Texts.


def test_text_is_read_and_answered(phone: Phone, peer: Peer) -> None:
    phone.do("take_texts")
    dialog = peer.dialog()
    message = dialog.request(
        "MESSAGE", body="Gr\u00fc\u00df Gott", content_type="text/plain"
    )
    peer.send(message)
    assert peer.receive(status=200, method="MESSAGE")
    peer.send(message)
    assert peer.receive(status=200, method="MESSAGE")
    requests = [each for each in phone.seen("request") if each["method"] == "MESSAGE"]
    assert [each["text"] for each in requests if not each["transaction"]] == [
        "Gr\u00fc\u00df Gott"
    ]


@pytest.mark.parametrize(
    ("status", "error"), [(200, None), (202, None), (404, "message_failed")]
)
def test_text_is_sent(
    phone: Phone, callee: Peer, status: int, error: str | None
) -> None:
    phone.do("send_message", uri=f"sip:door@127.0.0.1:{callee.port}", text="hello")
    message = callee.receive(method="MESSAGE")
    assert (message.body, message.get("Content-Type")) == ("hello", "text/plain")
    assert "sip:homeassistant@127.0.0.1" in message.get("From")
    callee.send(message.answer(status))
    assert phone.wait("written")["error"] == error


def test_text_goes_where_the_device_registered(
    phone: Phone, make_peer: MakePeer
) -> None:
    station = make_peer()
    hop = {"transport": "udp", "address": "127.0.0.1", "port": station.port}
    phone.do("send_message", uri="sip:door@192.0.2.77:5060", text="hello", hop=hop)
    message = station.receive(method="MESSAGE")
    assert message.uri == "sip:door@192.0.2.77:5060"
    station.send(message.answer(200))
    assert phone.wait("written")["error"] is None


# What is offered, and what is shown.


def test_codecs_in_the_order_that_is_wanted(phone: Phone, callee: Peer) -> None:
    def offered() -> list[str]:
        leg = phone.do("dial", uri=f"sip:phone@127.0.0.1:{callee.port}")
        invite = callee.receive(method="INVITE")
        callee.send(invite.answer(486, tag="b"))
        callee.receive(method="ACK")
        phone.wait("ended", leg=leg)
        line = next(x for x in invite.body.split("\r\n") if x.startswith("m=audio"))
        return line.split(" ")[3:]

    assert offered()[:3] == ["9", "8", "0"]
    phone.do("set_codecs", codecs=["PCMU", "PCMA"])
    assert [each for each in offered() if each in ("0", "8", "9", "96")] == ["0", "8"]
    phone.do("set_codecs", codecs=[])
    assert offered()[:3] == ["9", "8", "0"]


def test_headers_are_shown(phone: Phone, peer: Peer) -> None:
    phone.do("show_headers", names=["x-door"])
    dialog = peer.dialog()
    headers = (
        ("X-Door", "gate"),
        ("Call-Info", "<sip:a>;answer-after=3"),
        ("Alert-Info", "<http://a>;info=alert-autoanswer"),
    )
    peer.send(dialog.request("INVITE", body=sdp(peer.host, 40000), headers=headers))
    request = phone.wait("request", method="INVITE")
    assert request["headers"] == {"x-door": "gate"}
    assert request["call_info"] == "<sip:a>;answer-after=3"
    assert "alert-autoanswer" in request["alert_info"]
    leg = phone.wait("incoming", call_id=dialog.call_id)["leg"]
    phone.do("end", leg=leg)
