"""RTP is heard from where it was negotiated, and digits wake the poll."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
import re
import socket
import struct
import time
import wave

from .conftest import Gatekeeper
from .sip import HOST, SDP, Peer

BATCH = 20
PROBATION = 9  # packets of a new source that PJSIP's stream does not play
_sequence = count(1)  # of all talkers, as if all were the same source


class Talker:
    """A socket that sends RTP to one address."""

    def __init__(self, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]

    def send(self, to: int) -> None:
        """Send silence in packets of 20 ms."""
        for _ in range(BATCH):
            self._packet(to, 0, b"\xff" * 160)

    def press(self, to: int, digit: int) -> None:
        """Send the whole of a tone (RFC 4733)."""
        for duration in (160, 320, 480):
            end = 0x80 if duration == 480 else 0
            self._packet(to, 101, struct.pack("!BBH", digit, end | 10, duration))

    def _packet(self, to: int, kind: int, payload: bytes) -> None:
        sequence = next(_sequence)
        timestamp = sequence * 160 if kind == 0 else 0
        header = struct.pack("!BBHII", 0x80, kind, sequence, timestamp, 7)
        self._socket.sendto(header + payload, (HOST, to))

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


@contextmanager
def talkers(*hosts: str) -> Iterator[list[Talker]]:
    """Open one talker per host."""
    opened = [Talker(host) for host in hosts]
    try:
        yield opened
    finally:
        for one in opened:
            one.close()


def answered(keeper: Gatekeeper, door: Peer, port: int) -> tuple[str, int]:
    """Return the id of a call whose RTP was announced to come from the port."""
    call = f"media-{door.port}"
    body = SDP.format(port=port).replace("AVP 0", "AVP 0 101")
    body += "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    door.send(door.request("INVITE", "answer", body=body, call=call))
    answer = door.final()
    tag = answer.header("To").rpartition("tag=")[2]
    door.send(door.request("ACK", call=call, to_tag=tag))
    keeper.wait("media", lambda one: one["id"] == call)
    found = re.search(r"^m=audio (\d+)", answer.text, re.MULTILINE)
    assert found
    return call, int(found[1])


def heard(keeper: Gatekeeper, call: str, at_least: int) -> int:
    """Return the number of packets accepted, once it is that high."""
    while True:
        keeper.command("statistics", call=call)
        packets: int = keeper.wait("statistics")["packets"]
        if packets >= at_least:
            return packets


def test_negotiated_source(keeper: Gatekeeper, door: Peer) -> None:
    """Once the negotiated source is heard, nobody else is."""
    with talkers(HOST, HOST, "127.0.0.2") as (own, port_beside, stranger):
        call, to = answered(keeper, door, own.port)
        own.send(to)
        first = heard(keeper, call, BATCH)
        for other in (port_beside, stranger):
            other.send(to)
        own.send(to)
        assert heard(keeper, call, first + BATCH) == first + BATCH


def test_latched_source(keeper: Gatekeeper, door: Peer) -> None:
    """A peer behind NAT is heard if it is the first; the next one is not."""
    with talkers(HOST, "127.0.0.2", "127.0.0.3") as (own, nat, stranger):
        call, to = answered(keeper, door, own.port)
        nat.send(to)
        first = heard(keeper, call, BATCH)
        stranger.send(to)
        nat.send(to)
        assert heard(keeper, call, first + BATCH) == first + BATCH


def test_stranger_is_heard_no_more(keeper: Gatekeeper, door: Peer) -> None:
    """Whoever was faster than the negotiated source is discarded once that speaks."""
    with talkers(HOST, "127.0.0.2") as (own, stranger):
        call, to = answered(keeper, door, own.port)
        stranger.send(to)
        first = heard(keeper, call, BATCH)
        for _ in range(2):
            own.send(to)
        second = heard(keeper, call, first + 2 * BATCH - PROBATION)
        stranger.send(to)
        own.send(to)
        assert heard(keeper, call, second + BATCH) == second + BATCH


def test_late_source(keeper: Gatekeeper, door: Peer) -> None:
    """After a second nobody else is latched, but another port of the host itself."""
    with talkers(HOST, HOST, "127.0.0.2") as (own, port_beside, stranger):
        call, to = answered(keeper, door, own.port)
        time.sleep(1.1)
        stranger.send(to)
        port_beside.send(to)
        first = heard(keeper, call, BATCH)
        stranger.send(to)
        port_beside.send(to)
        assert heard(keeper, call, first + BATCH) == first + BATCH


def test_digit(keeper: Gatekeeper, door: Peer) -> None:
    """A digit that a media thread hears is told by the polling one."""
    with talkers(HOST) as (own,):
        _, to = answered(keeper, door, own.port)
        own.press(to, 5)
        assert keeper.wait("tone")["digit"] == "5"


def test_player_that_is_gone(keeper: Gatekeeper, tmp_path: Path) -> None:
    """The end of a file is not told to a player that is gone."""
    file = tmp_path / "short.wav"
    with closing(wave.open(str(file), "wb")) as short:
        short.setparams((1, 2, 16000, 0, "NONE", ""))
        short.writeframes(bytes(2 * 320))
    keeper.command("play", file=str(file), seconds=[n / 500 for n in range(50)])
    keeper.wait("let_go")
