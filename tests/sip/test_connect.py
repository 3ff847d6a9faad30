"""Two legs whose peers hear each other through us."""

from collections.abc import Generator
from contextlib import ExitStack
import struct
from time import monotonic

import pytest

from .calls import Rtp, answer, hang_up, media_address, ring, rtp_socket
from .messages import Dialog, sdp
from .peer import Peer
from .phones import PATIENCE, Phone

LOUD = bytes([0x2A, 0xAA] * 80)  # A-law, the loudest samples by turns
SILENT = frozenset({0xD5, 0x55})  # A-law


class Party:
    """A peer in a call, with its RTP."""

    def __init__(self, phone: Phone, peer: Peer, rtp: Rtp) -> None:
        """Call the phone and have it answer."""
        self.phone, self.peer, self.rtp = phone, peer, rtp
        self.dialog, self.leg = ring(phone, peer, body=sdp(peer.host, rtp.port))
        self.there = media_address(answer(phone, peer, self.dialog, self.leg))
        self._sequence = 0

    def say(self) -> None:
        """Send one packet of noise."""
        self._sequence += 1
        head = struct.pack(
            "!BBHII", 0x80, 8, self._sequence & 0xFFFF, self._sequence * 160, 77
        )
        self.rtp.socket.sendto(head + LOUD, self.there)

    def hears(self) -> bool:
        """Receive one packet, and tell whether it is more than silence."""
        _, payload = self.rtp.receive()
        return bool(set(payload) - SILENT)

    def renegotiate(self, dialog: Dialog) -> None:
        """Offer the same media again."""
        body = sdp(self.peer.host, self.rtp.port)
        self.peer.send(dialog.request("INVITE", body=body))
        self.there = media_address(self.peer.receive(status=200, method="INVITE"))
        self.peer.send(dialog.request("ACK"))


@pytest.fixture
def parties(phone: Phone, peer: Peer) -> Generator[tuple[Party, Party]]:
    """Return two calls that are connected."""
    with ExitStack() as stack:
        other = stack.enter_context(Peer(peer.remote))
        one = Party(phone, peer, stack.enter_context(rtp_socket()))
        two = Party(phone, other, stack.enter_context(rtp_socket()))
        phone.do("connect", leg=one.leg, other=two.leg)
        yield one, two


def talk(one: Party, two: Party) -> None:
    """Have one speak until the other hears it."""
    deadline = monotonic() + PATIENCE
    while True:
        one.say()
        if two.hears():
            return
        assert monotonic() < deadline


def test_both_hear_each_other(phone: Phone, parties: tuple[Party, Party]) -> None:
    one, two = parties
    talk(one, two)
    talk(two, one)
    hang_up(phone, one.peer, one.dialog, one.leg)
    hang_up(phone, two.peer, two.dialog, two.leg)


def test_still_after_new_media(phone: Phone, parties: tuple[Party, Party]) -> None:
    one, two = parties
    talk(one, two)
    one.renegotiate(one.dialog)
    two.renegotiate(two.dialog)
    talk(one, two)
    talk(two, one)


@pytest.mark.parametrize("first", [0, 1])
def test_ends_in_any_order(
    phone: Phone, parties: tuple[Party, Party], first: int
) -> None:
    ending, staying = parties[first], parties[1 - first]
    talk(ending, staying)
    hang_up(phone, ending.peer, ending.dialog, ending.leg)
    while staying.hears():
        pass
    hang_up(phone, staying.peer, staying.dialog, staying.leg)


def test_what_is_gone_cannot_be_connected(
    phone: Phone, parties: tuple[Party, Party]
) -> None:
    one, two = parties
    hang_up(phone, one.peer, one.dialog, one.leg)
    answer_ = phone.try_to("connect", leg=one.leg, other=two.leg)
    assert answer_["error"] == "invalid_state"
