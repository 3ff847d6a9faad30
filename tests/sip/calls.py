"""What tests do again and again in a call."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
import math
import socket
import struct

from .messages import Dialog, Message, media_of, sdp
from .peer import Peer
from .phones import Phone


def ring(
    phone: Phone, peer: Peer, *, body: str = "", dialog: Dialog | None = None
) -> tuple[Dialog, int]:
    """Call the phone, let it ring, and return the dialog and the leg."""
    dialog = dialog or peer.dialog()
    peer.send(dialog.request("INVITE", body=body or sdp(peer.host, 40000)))
    leg = int(phone.wait("incoming", call_id=dialog.call_id)["leg"])
    phone.do("ring", leg=leg)
    dialog.to = peer.receive(status=180).get("To")
    return dialog, leg


def answer(phone: Phone, peer: Peer, dialog: Dialog, leg: int) -> Message:
    """Have the phone answer, acknowledge that, and return the 200."""
    phone.do("answer", leg=leg)
    response = peer.receive(status=200, method="INVITE")
    dialog.to = response.get("To")
    peer.send(dialog.request("ACK"))
    phone.wait("answered", leg=leg)
    return response


def hang_up(phone: Phone, peer: Peer, dialog: Dialog, leg: int) -> None:
    """Have the peer end the call."""
    peer.send(dialog.request("BYE"))
    assert peer.receive(status=200, method="BYE")
    assert phone.wait("ended", leg=leg)["status"] == 200


def event_payloads(event: int) -> list[bytes]:
    """Return the payloads of an RFC 4733 event of 80 ms."""
    ends = (0, 0, 0, 0x80, 0x80, 0x80)
    return [
        struct.pack("!BBH", event, end | 10, min(part + 1, 4) * 160)
        for part, end in enumerate(ends)
    ]


def _alaw(sample: int) -> int:
    """Return the A-law byte of a sample (ITU-T G.711)."""
    sign = 0x80 if sample >= 0 else 0
    size = min(abs(sample), 32_000) >> 4
    segment = max(size.bit_length() - 4, 0) if size >= 16 else 0
    shift = segment - 1 if segment else 0
    return (sign | segment << 4 | (size >> shift) & 15) ^ 0x55


class Rtp:
    """A peer's RTP socket."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Bind to a free port."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(5)
        self.port: int = self.socket.getsockname()[1]
        self._sequence = 100
        self._timestamp = 8000

    def receive(self) -> tuple[int, bytes]:
        """Return payload type and payload of the next packet."""
        data = self.socket.recv(2048)
        return data[1] & 0x7F, data[12:]

    def send_audio(self, to: tuple[str, int], count: int = 1) -> None:
        """Send G.711 frames of silence."""
        for _ in range(count):
            self._timestamp += 160
            self._send(to, 8, b"\xd5" * 160)

    def send_sound(self, to: tuple[str, int], frequency: int) -> None:
        """Send one G.711 frame of a tone."""
        self._timestamp += 160
        start = self._timestamp
        frame = (
            math.sin(2 * math.pi * frequency * (start + i) / 8000) for i in range(160)
        )
        self._send(to, 8, bytes(_alaw(round(8000 * each)) for each in frame))

    def send_tone(
        self, to: tuple[str, int], event: int, keep: Callable[[int], bool] | None = None
    ) -> None:
        """Send an RFC 4733 event as phones do: updates, then its end three times.

        `keep` tells which of its packets arrive.
        """
        self._timestamp += 160
        for part, payload in enumerate(event_payloads(event)):
            if keep is None or keep(part):
                self._send(to, 101, payload, part == 0)
            else:
                self._sequence += 1
        self._timestamp += 1200

    def send_event(
        self, to: tuple[str, int], event: int, part: int, timestamp: int
    ) -> None:
        """Send one packet of an event that began at a timestamp."""
        saved, self._timestamp = self._timestamp, timestamp
        self._send(to, 101, event_payloads(event)[part], part == 0)
        self._timestamp = saved

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def _send(
        self, to: tuple[str, int], kind: int, payload: bytes, marker: bool = False
    ) -> None:
        self._sequence += 1
        head = struct.pack(
            "!BBHII",
            0x80,
            kind | (0x80 if marker else 0),
            self._sequence & 0xFFFF,
            self._timestamp,
            0x1234,
        )
        self.socket.sendto(head + payload, to)


@contextmanager
def rtp_socket(host: str = "127.0.0.1") -> Generator[Rtp]:
    """Return an RTP socket that is closed in the end."""
    rtp = Rtp(host)
    try:
        yield rtp
    finally:
        rtp.close()


def media_address(response: Message) -> tuple[str, int]:
    """Return where the phone wants its RTP."""
    return media_of(response.body)
