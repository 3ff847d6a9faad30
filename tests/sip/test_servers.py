"""Registrars with several addresses, and addresses that change."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from .calls import hang_up
from .messages import sdp
from .phones import Phone
from .registrar import Registrar, accept, silence
from .test_registration import put, register

NAME = "pbx.example"


@contextmanager
def two_servers() -> Generator[tuple[Registrar, Registrar]]:
    """Return a registrar that is silent and one that answers."""
    with Registrar(silence) as first, Registrar(accept) as second:
        yield first, second


def place(registrar: Registrar) -> str:
    """Return where a registrar is."""
    return f"{registrar.host}:{registrar.port}"


def test_second_server_is_tried_soon(phone: Phone) -> None:
    with two_servers() as (first, second):
        put(phone, first, server=NAME, port=None)
        phone.do("set_host", name=NAME, addresses=[place(first), place(second)])
        phone.do("register", account="a1")
        report = phone.wait("registration", account="a1", timeout=9)
        assert report["state"] == "timed_out"
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "registered"


def test_two_accounts_of_a_server_both_try_its_second(phone: Phone) -> None:
    with two_servers() as (first, second):
        phone.do("set_host", name=NAME, addresses=[place(first), place(second)])
        for account in ("a1", "a2"):
            put(phone, first, id=account, server=NAME, port=None)
            phone.do("register", account=account)
        for account in ("a1", "a2"):
            phone.wait("registration", account=account, timeout=9)
        for account in ("a1", "a2"):
            phone.do("register", account=account)
            report = phone.wait("registration", account=account)
            assert report["state"] == "registered"


def test_new_address_does_not_wait_for_the_old_one(phone: Phone) -> None:
    with two_servers() as (first, second):
        put(phone, first, server=NAME, port=None)
        phone.do("set_host", name=NAME, addresses=[place(first)])
        phone.do("register", account="a1")
        first.wait_for(1)
        phone.do("set_host", name=NAME, addresses=[place(second)])
        phone.do("register", account="a1")
        report = phone.wait("registration", account="a1", timeout=5)
        assert report["state"] == "registered"


@pytest.mark.parametrize("name", ["127.0.0.1", NAME])
def test_ring_survives_another_address_of_the_machine(phone: Phone, name: str) -> None:
    with Registrar(accept, transport="TCP") as registrar:
        phone.do("set_host", name=NAME, addresses=[registrar.host])
        register(phone, registrar, server=name)
        server = registrar.hand_over()
        phone.do("rules", rules=[{"account": "a1"}])
        dialog = server.dialog("620")
        server.send(dialog.request("INVITE", body=sdp(server.host, 40000)))
        leg = phone.wait("incoming", call_id=dialog.call_id)["leg"]
        phone.do("address_changed")
        for _ in range(2):  # PJSIP's Contact is first a guess
            server.send(accept(registrar, server.receive(method="REGISTER")))
        assert phone.wait("registration", account="a1")["state"] == "registered"
        phone.do("answer", leg=leg)
        dialog.to = server.receive(status=200, method="INVITE").get("To")
        server.send(dialog.request("ACK"))
        phone.wait("answered", leg=leg)
        hang_up(phone, server, dialog, leg)
