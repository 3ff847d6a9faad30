"""Listening: ports that are taken, moved and given back."""

import socket

import pytest

from .calls import ring
from .conftest import StartPhone, free_port
from .peer import Peer
from .phones import Phone


def can_ring(phone: Phone, port: int, transport: str = "UDP") -> None:
    """Ring the phone at a port."""
    with Peer(("127.0.0.1", port), transport=transport) as peer:
        _, leg = ring(phone, peer)
        phone.do("end", leg=leg)
        peer.receive(status=486)
        phone.wait("ended", leg=leg)


def test_moves_to_another_port(phone: Phone) -> None:
    port = free_port()
    statuses = phone.do("open_transports", port=port)
    assert {status["port"] for status in statuses if status["listening"]} == {port}
    can_ring(phone, port)
    can_ring(phone, port, "TCP")


def test_same_configuration_touches_nothing(phone: Phone, sip_port: int) -> None:
    with Peer(("127.0.0.1", sip_port), transport="TCP") as peer:
        dialog, leg = ring(phone, peer)
        statuses = phone.do("open_transports", port=sip_port)
        assert all(status["listening"] for status in statuses)
        phone.do("end", leg=leg)
        assert peer.receive(status=486).get("Call-ID") == dialog.call_id


def test_taken_port_keeps_the_old_one(phone: Phone, sip_port: int) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", port))
        statuses = phone.do("open_transports", port=port)
        lost = [status for status in statuses if not status["listening"]]
        assert [(each["transport"], each["address"]) for each in lost] == [
            ("udp", "0.0.0.0")
        ]
        assert lost[0]["text"]
        can_ring(phone, sip_port)
    back = phone.wait("transport", transport="udp", timeout=20)
    assert (back["listening"], back["port"]) == (True, port)
    can_ring(phone, port)


def test_port_taken_from_the_start(start_phone: StartPhone) -> None:
    phone, port = start_phone(), free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("0.0.0.0", port))
        taken.listen()
        statuses = phone.do("open_transports", port=port)
        listening = {
            status["transport"]: status["listening"]
            for status in statuses
            if ":" not in status["address"]
        }
        assert listening == {"udp": True, "tcp": False}
    assert phone.wait("transport", transport="tcp", timeout=20)["listening"] is True


def test_bind_address_changes_in_place(phone: Phone, sip_port: int) -> None:
    statuses = phone.do("open_transports", port=sip_port, bind_address="127.0.0.1")
    for status in statuses:
        assert status["address"] == "127.0.0.1"
        if not status["listening"]:
            phone.wait(
                "transport", transport=status["transport"], listening=True, timeout=40
            )
    phone.do("rules", rules=[{}])
    can_ring(phone, sip_port)


def test_address_of_another_machine(phone: Phone, sip_port: int) -> None:
    statuses = phone.do("open_transports", port=sip_port, bind_address="192.0.2.200")
    assert not any(status["listening"] for status in statuses)
    assert all(status["text"] for status in statuses)
    can_ring(phone, sip_port)


def test_rtp_range(start_phone: StartPhone) -> None:
    phone, port = start_phone(), free_port()
    phone.do("open_transports", port=port, rtp_first=23000, rtp_last=23009)
    phone.do("rules", rules=[{}])
    with Peer(("127.0.0.1", port)) as peer:
        _, leg = ring(phone, peer)
        phone.do("answer", leg=leg)
        body = peer.receive(status=200).body
        media = int(body.partition("m=audio ")[2].split(" ")[0])
        assert media in range(23000, 23010)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_one_bind_address(start_phone: StartPhone, address: str) -> None:
    phone, port = start_phone(), free_port()
    statuses = phone.do("open_transports", port=port, bind_address=address)
    assert [(each["address"], each["listening"]) for each in statuses] == [
        (address, True)
    ] * 2
    phone.do("check_health")
    assert phone.wait("health")["error"] is None
