"""Listeners that move while an account is registered or a call is up."""

from collections.abc import Callable
import socket
from time import monotonic
from typing import Any

from .calls import answer, hang_up, ring
from .conftest import MakePeer, free_port
from .phones import PATIENCE, Phone
from .registrar import Registrar, accept
from .test_registration import register
from .test_transports import can_ring

NOT_HERE = "192.0.2.200"


def udp(statuses: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how UDP over IPv4 stands."""
    return next(
        status
        for status in statuses
        if status["transport"] == "udp" and ":" not in status["address"]
    )


def taken(address: str, port: int) -> socket.socket:
    """Return a socket that holds a UDP port."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    holder.bind((address, port))
    return holder


def test_bind_address_changes_below_a_registration(phone: Phone, sip_port: int) -> None:
    with Registrar(accept) as registrar:
        register(phone, registrar)
        for address in ("127.0.0.1", "", "127.0.0.2", "127.0.0.1"):
            statuses = phone.do("open_transports", port=sip_port, bind_address=address)
            assert all(status["listening"] for status in statuses), statuses
            assert phone.wait("registration", account="a1")["state"] == "registered"
        assert f"@127.0.0.1:{sip_port}" in registrar.requests[-1].get("Contact")
    can_ring(phone, sip_port)


def test_bind_address_that_is_not_here_costs_nothing(
    phone: Phone, sip_port: int
) -> None:
    with Registrar(accept) as registrar:
        register(phone, registrar)
        statuses = phone.do("open_transports", port=sip_port, bind_address=NOT_HERE)
        assert not udp(statuses)["listening"]
        can_ring(phone, sip_port)
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "registered"


def test_bind_address_whose_port_is_taken(phone: Phone, sip_port: int) -> None:
    phone.do("open_transports", port=sip_port, bind_address="127.0.0.1")
    with Registrar(accept) as registrar, taken("127.0.0.3", sip_port) as holder:
        register(phone, registrar)
        for address in ("127.0.0.3", ""):
            statuses = phone.do("open_transports", port=sip_port, bind_address=address)
            assert not udp(statuses)["listening"]
            can_ring(phone, sip_port)
        holder.close()
        phone.do("open_transports", port=sip_port, bind_address="127.0.0.3")
        contact = f"@127.0.0.3:{sip_port}"
        wait_until(lambda: contact in registrar.requests[-1].get("Contact"), phone)


def test_what_could_not_return_is_tried_again(phone: Phone, sip_port: int) -> None:
    phone.do("open_transports", port=sip_port, bind_address="127.0.0.1")
    with taken("127.0.0.3", sip_port):
        phone.do("fail_to_open", address="127.0.0.1", times=1)
        statuses = phone.do("open_transports", port=sip_port)
        assert not udp(statuses)["listening"]
        assert can_bind("127.0.0.1", sip_port)
        wait_until(lambda: not can_bind("127.0.0.1", sip_port), phone)
        can_ring(phone, sip_port)


def test_listener_does_not_move_in_a_call(
    phone: Phone, sip_port: int, make_peer: MakePeer
) -> None:
    port = free_port()
    with taken("0.0.0.0", port) as holder:
        phone.do("open_transports", port=port)
        peer = make_peer(port=sip_port)
        dialog, leg = ring(phone, peer)
        answer(phone, peer, dialog, leg)
        holder.close()
        wait_for_retry(phone)
        assert not phone.seen("transport")
        hang_up(phone, peer, dialog, leg)
    assert phone.wait("transport", transport="udp")["port"] == port
    can_ring(phone, port)


def test_late_move_is_registered(phone: Phone) -> None:
    port = free_port()
    with Registrar(accept) as registrar, taken("0.0.0.0", port) as holder:
        register(phone, registrar)
        phone.do("open_transports", port=port)
        count = len(registrar.requests)
        holder.close()
        assert phone.wait("transport", transport="udp")["listening"]
        # The listeners move one after the other, and each has it registered.
        while f"@127.0.0.1:{port}" not in registrar.wait_for(count + 1)[count].get(
            "Contact"
        ):
            count += 1


def can_bind(address: str, port: int) -> bool:
    """Tell whether a UDP port is free."""
    try:
        taken(address, port).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool], phone: Phone) -> None:
    """Keep the phone at work until something is so."""
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline
        phone.do("failures")


def wait_for_retry(phone: Phone) -> None:
    """Wait for longer than until the listeners look again."""
    deadline = monotonic() + 3
    wait_until(lambda: monotonic() > deadline, phone)
