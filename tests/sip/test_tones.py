"""Tones both ways, by every method, with the real library."""

import math
import random
import struct
from typing import Any

import pytest

from .calls import Rtp, answer, hang_up, media_address, ring, rtp_socket
from .messages import Dialog, Message, sdp
from .peer import Peer
from .phones import Phone

RELAY = "application/dtmf-relay"
PLAIN = "application/dtmf"
EVENT = "application/telephone-event"
DIGITS = "0123456789*#ABCD"
RATE = 8000
ROWS = (697, 770, 852, 941)
COLUMNS = (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")


def talk(phone: Phone, peer: Peer, rtp: Rtp) -> tuple[Dialog, int, tuple[str, int]]:
    """Have an answered call with RTP, and return where the phone wants it."""
    dialog, leg = ring(phone, peer, body=sdp(peer.host, rtp.port))
    return dialog, leg, media_address(answer(phone, peer, dialog, leg))


def send(phone: Phone, leg: int, tones: str, **style: Any) -> None:
    """Have tones sent."""
    phone.do("send_tones", leg=leg, tones=tones, **style)


def heard(phone: Phone, leg: int, count: int) -> str:
    """Return the next tones of a peer."""
    return "".join(phone.wait("tone", leg=leg)["tone"] for _ in range(count))


def tell(peer: Peer, dialog: Dialog, kind: str, body: str) -> None:
    """Send an INFO, twice as if its answer had been lost, and wait for that."""
    info = dialog.request("INFO", body=body, content_type=kind)
    peer.send(info)
    peer.send(info)
    assert peer.receive(status=200, method="INFO")


# In.


def test_events_come_once_each(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg, there = talk(phone, peer, rtp)
        for event in (1, 1, 10, 11, 12):
            rtp.send_tone(there, event)
        assert heard(phone, leg, 5) == "11*#A"
        hang_up(phone, peer, dialog, leg)
        assert phone.seen("tone") == []


def test_events_come_once_each_under_loss(phone: Phone, peer: Peer) -> None:
    """5 % of the packets are lost; an event has six."""
    chance = random.Random(4733)
    events = [chance.randrange(16) for _ in range(200)]
    with rtp_socket() as rtp:
        dialog, leg, there = talk(phone, peer, rtp)
        for event in events:
            rtp.send_tone(there, event, lambda _: chance.random() >= 0.05)
            assert heard(phone, leg, 1) == DIGITS[event]
        hang_up(phone, peer, dialog, leg)
        assert phone.seen("tone") == []


def test_event_whose_beginning_is_lost(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg, there = talk(phone, peer, rtp)
        rtp.send_tone(there, 5)
        rtp.send_tone(there, 5, lambda part: part == 5)
        rtp.send_tone(there, 5, lambda part: part == 4)
        rtp.send_tone(there, 6)
        assert heard(phone, leg, 4) == "5556"
        hang_up(phone, peer, dialog, leg)
        assert phone.seen("tone") == []


def test_packets_in_another_order(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg, there = talk(phone, peer, rtp)
        for event, part, timestamp in (
            (1, 0, 8000),
            (1, 5, 8000),
            (2, 0, 9600),
            (1, 1, 8000),  # late, of the first
            (2, 5, 9600),
            (1, 4, 8000),
        ):
            rtp.send_event(there, event, part, timestamp)
        assert heard(phone, leg, 2) == "12"
        hang_up(phone, peer, dialog, leg)
        assert phone.seen("tone") == []


@pytest.mark.parametrize(
    ("kind", "body", "tone"),
    [
        (RELAY, "Signal=5\r\nDuration=160\r\n", "5"),
        (RELAY, "Signal= 5\r\nDuration= 160", "5"),
        (RELAY, "Signal=10\r\nDuration=160\r\n", "*"),
        (RELAY, "Signal=11\r\nDuration=160\r\n", "#"),
        (RELAY, "Signal=#\r\nDuration=160\r\n", "#"),
        (RELAY, "Signal=12\r\nDuration=160\r\n", "A"),
        (RELAY, "signal=b\nduration=160\n", "B"),
        (PLAIN, "5", "5"),
        (PLAIN, "5\r\n", "5"),
        (PLAIN, "*", "*"),
        (PLAIN, "10", "*"),
        (PLAIN, "11", "#"),
        (PLAIN, "Signal=7\r\nDuration=100\r\n", "7"),
        (EVENT, "Signal=3\r\nDuration=160\r\n", "3"),
        (EVENT, "11", "#"),
        (EVENT, "\x0b\x0a\x01\x40", "#"),
    ],
)
def test_tones_by_info(
    phone: Phone, peer: Peer, kind: str, body: str, tone: str
) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    info = dialog.request("INFO", body=body, content_type=kind)
    peer.send(info)
    peer.send(info)
    assert phone.wait("tone", leg=leg)["tone"] == tone
    hang_up(phone, peer, dialog, leg)
    assert phone.seen("tone") == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (RELAY, "Signal=16\r\nDuration=160\r\n"),
        (RELAY, "Signal=\r\nDuration=160\r\n"),
        (RELAY, "Duration=160\r\n"),
        (PLAIN, "123"),
        (PLAIN, "x"),
        (EVENT, "\x10\x0a\x01\x40"),
    ],
)
def test_info_without_a_tone(phone: Phone, peer: Peer, kind: str, body: str) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    peer.send(dialog.request("INFO", body=body, content_type=kind))
    assert peer.receive(statuses=(200, 400), method="INFO")
    hang_up(phone, peer, dialog, leg)
    assert phone.seen("tone") == []


def test_two_methods_at_once_are_one_press(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg, there = talk(phone, peer, rtp)
        for event in (1, 1, 2):
            rtp.send_tone(there, event)
            assert heard(phone, leg, 1) == str(event)
            tell(peer, dialog, RELAY, f"Signal={event}\r\nDuration=80\r\n")
        tell(peer, dialog, RELAY, "Signal=3\r\nDuration=80\r\n")
        assert heard(phone, leg, 1) == "3"
        rtp.send_tone(there, 3)
        rtp.send_tone(there, 4)
        assert heard(phone, leg, 1) == "4"
        hang_up(phone, peer, dialog, leg)
        assert phone.seen("tone") == []


# Out.


def test_events_are_sent(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        send(phone, leg, "1,#", length=100, gap=60)
        ends: dict[int, int] = {}
        while len(ends) < 2:
            kind, payload = rtp.receive()
            event, flags, duration = struct.unpack("!BBH", payload[:4])
            if kind == 101 and flags & 0x80:
                ends[event] = duration
        assert ends == {1: 800, 11: 800}
        assert phone.wait("sent")["error"] is None
        hang_up(phone, peer, dialog, leg)


def received(peer: Peer, method: str) -> Message:
    """Return the next request of a method, answered with 200."""
    request = peer.receive(method=method)
    peer.send(request.answer(200))
    return request


@pytest.mark.parametrize(
    ("method", "kind", "bodies"),
    [
        (
            "info_relay",
            RELAY,
            ["Signal=1\r\nDuration=100\r\n", "Signal=*\r\nDuration=100\r\n"],
        ),
        ("info", PLAIN, ["1", "*"]),
    ],
)
def test_tones_are_sent_by_info(
    phone: Phone, peer: Peer, method: str, kind: str, bodies: list[str]
) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    send(phone, leg, "1*", method=method, length=100)
    requests = [received(peer, "INFO") for _ in bodies]
    assert [each.body for each in requests] == bodies
    assert {each.get("Content-Type") for each in requests} == {kind}
    assert phone.wait("sent")["error"] is None
    hang_up(phone, peer, dialog, leg)


def test_code_is_sent_as_a_message(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    send(phone, leg, "open,door", method="message")
    request = received(peer, "MESSAGE")
    assert (request.body, request.get("Content-Type")) == ("open,door", "text/plain")
    assert phone.wait("sent")["error"] is None
    hang_up(phone, peer, dialog, leg)


@pytest.mark.parametrize("method", ["info", "info_relay", "message"])
def test_refused_tones(phone: Phone, peer: Peer, method: str) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    send(phone, leg, "12", method=method)
    request = peer.receive(
        statuses=(), method="MESSAGE" if method == "message" else "INFO"
    )
    peer.send(request.answer(415))
    sent = phone.wait("sent")
    assert (sent["error"], sent["text"]) == ("tones_refused", "415")
    hang_up(phone, peer, dialog, leg)


def test_sound_of_tones(phone: Phone, peer: Peer) -> None:
    with rtp_socket() as rtp:
        dialog, leg, _ = talk(phone, peer, rtp)
        send(phone, leg, "1*5", method="in_band", length=200, gap=100)
        sound: list[int] = []
        while not sound or len(sound) < 2 * RATE:
            kind, payload = rtp.receive()
            assert kind == 8
            sound += [from_alaw(each) for each in payload]
        assert keys_in(sound) == "1*5"
        assert phone.wait("sent")["error"] is None
        hang_up(phone, peer, dialog, leg)


def from_alaw(byte: int) -> int:
    """Return the sample of an A-law byte (ITU-T G.711)."""
    byte ^= 0x55
    segment, mantissa = (byte >> 4) & 7, byte & 15
    value = (
        (mantissa << 4) + 8
        if segment == 0
        else ((mantissa << 4) + 0x108) << (segment - 1)
    )
    return value if byte & 0x80 else -value


def keys_in(sound: list[int]) -> str:
    """Return the keys that are heard, each once."""
    found: list[str | None] = [None]
    for start in range(0, len(sound) - 400, 400):
        block = sound[start : start + 400]
        if key := key_in(block):
            if found[-1] != key:
                found.append(key)
        elif max(map(abs, block)) < 100:
            found.append(None)
    return "".join(key for key in found if key)


def key_in(block: list[int]) -> str | None:
    """Return the key whose two frequencies make up nearly all of a block."""
    whole = sum(each * each for each in block)
    if whole < len(block) * 1000**2:
        return None
    row = max(range(4), key=lambda index: power(block, ROWS[index]))
    column = max(range(4), key=lambda index: power(block, COLUMNS[index]))
    part = power(block, ROWS[row]) + power(block, COLUMNS[column])
    return KEYS[row][column] if part > 0.8 * whole else None


def power(block: list[int], frequency: int) -> float:
    """Return how much of a block's energy a frequency has."""
    step = 2 * math.pi * frequency / RATE
    real = sum(each * math.cos(step * i) for i, each in enumerate(block))
    imaginary = sum(each * math.sin(step * i) for i, each in enumerate(block))
    return (real**2 + imaginary**2) * 2 / len(block)


def test_tones_wait_for_those_before(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    send(phone, leg, "12", method="info", length=40, gap=40)
    send(phone, leg, "34", method="info", length=40, gap=40)
    assert [received(peer, "INFO").body for _ in range(4)] == ["1", "2", "3", "4"]
    assert [phone.wait("sent")["error"] for _ in range(2)] == [None, None]
    hang_up(phone, peer, dialog, leg)


def test_call_ends_while_tones_are_sent(phone: Phone, peer: Peer) -> None:
    dialog, leg = ring(phone, peer)
    answer(phone, peer, dialog, leg)
    send(phone, leg, "1,2", method="info")
    send(phone, leg, "3")
    received(peer, "INFO")
    hang_up(phone, peer, dialog, leg)
    assert [phone.wait("sent")["error"] for _ in range(2)] == ["call_ended"] * 2
    error = phone.try_to("send_tones", leg=leg, tones="1")["error"]
    assert error == "invalid_state"


@pytest.mark.parametrize("method", ["rtp", "in_band"])
def test_tones_before_the_answer(phone: Phone, peer: Peer, method: str) -> None:
    with rtp_socket() as rtp:
        dialog, leg = ring(phone, peer, body=sdp(peer.host, rtp.port))
        assert phone.try_to("send_tones", leg=leg, tones="1")["error"]
        phone.do("start_early_media", leg=leg)
        assert "m=audio" in peer.receive(status=183).body
        assert phone.wait("progress", leg=leg)["early_media"]
        send(phone, leg, "7", method=method)
        sound: list[int] = []
        while True:
            kind, payload = rtp.receive()
            if method == "rtp" and kind == 101 and payload[1] & 0x80:
                assert payload[0] == 7
                break
            sound += [from_alaw(each) for each in payload]
            if method == "in_band" and keys_in(sound) == "7":
                break
        assert phone.wait("sent")["error"] is None
        answer(phone, peer, dialog, leg)
        hang_up(phone, peer, dialog, leg)


def test_peer_that_takes_no_events(phone: Phone, peer: Peer) -> None:
    offer = sdp(peer.host, 40000, formats="8")
    dialog, leg = ring(phone, peer, body=offer)
    answer(phone, peer, dialog, leg)
    send(phone, leg, "1")
    assert phone.wait("sent")["error"] == "no_tones"
    hang_up(phone, peer, dialog, leg)


def test_where_a_leg_leads(phone: Phone, peer: Peer) -> None:
    with rtp_socket("127.0.0.3") as rtp:
        dialog, leg = ring(phone, peer, body=sdp("127.0.0.3", rtp.port))
        answer(phone, peer, dialog, leg)
        there = phone.do("leg_peer", leg=leg)
        assert there == {"target": "127.0.0.1", "media": "127.0.0.3"}
        hang_up(phone, peer, dialog, leg)
