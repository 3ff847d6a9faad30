"""Registrations with a scripted registrar."""

import socket
from time import monotonic
from typing import Any

import pytest

from .calls import answer, hang_up
from .conftest import MakePeer, free_port
from .messages import sdp
from .peer import Peer
from .phones import Phone
from .registrar import (
    PASSWORD,
    Registrar,
    Script,
    accept,
    challenge,
    forbid,
    refuse,
    silence,
)

TOKEN = "0123456789abcdef0123456789abcdef"


def put(phone: Phone, registrar: Registrar, **values: Any) -> None:
    """Add the account of a registrar."""
    host = f"[{registrar.host}]" if ":" in registrar.host else registrar.host
    phone.do(
        "put_account",
        token=TOKEN,
        **{
            "id": "a1",
            "server": host,
            "port": registrar.port,
            "username": "620",
            "password": PASSWORD,
            "transport": registrar.transport.lower(),
        }
        | values,
    )


def register(phone: Phone, registrar: Registrar, **values: Any) -> dict[str, Any]:
    """Add the account of a registrar, register, and return the outcome."""
    put(phone, registrar, **values)
    phone.do("register", account="a1")
    return phone.wait("registration", account="a1")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_registers_with_password(phone: Phone, transport: str, host: str) -> None:
    with Registrar(challenge(), transport=transport, host=host) as registrar:
        report = register(phone, registrar, expiry=120)
        assert (report["state"], report["status"]) == ("registered", 200)
        assert report["expires"] == 120
        assert bool(report["connection"]) is (transport == "TCP")
        first, *_, last = registrar.requests
        shown = f"[{host}]" if ":" in host else host
        assert first.uri.startswith(f"sip:{shown}:{registrar.port}")
        assert "@" not in first.uri
        assert f";line={TOKEN}" in last.get("Contact")
        assert "620" in last.get("Authorization")
    assert PASSWORD not in phone.log()


def test_trace_holds_no_credentials(phone: Phone) -> None:
    phone.do("set_trace", enabled=True)
    with Registrar(challenge()) as registrar:
        register(phone, registrar)
        given = registrar.requests[-1].get("Authorization")
        response = given.partition('response="')[2].partition('"')[0]
    phone.do("set_trace", enabled=False)
    log = phone.log()
    assert "REGISTER sip:127.0.0.1" in log
    assert response
    assert response not in log


def test_contact_is_what_the_registrar_saw(phone: Phone) -> None:
    with Registrar(challenge(), transport="TCP") as registrar:
        register(phone, registrar)
        assert registrar.connection
        source = registrar.connection.remote[1]
        assert f":{source};" in registrar.requests[-1].get("Contact")
        assert f";line={TOKEN}" in registrar.requests[-1].get("Contact")


@pytest.mark.parametrize("nonces", [False, True])
def test_wrong_password(phone: Phone, nonces: bool) -> None:
    with Registrar(challenge("other", nonces=nonces)) as registrar:
        report = register(phone, registrar)
        assert (report["state"], report["status"]) == ("auth_failed", 401)
        assert len(registrar.requests) <= 3


def test_stale_nonces_are_no_wrong_password(phone: Phone) -> None:
    with Registrar(challenge("other", nonces=True, stale=True)) as registrar:
        assert register(phone, registrar)["state"] == "rejected"


@pytest.mark.parametrize(
    ("status", "state"),
    [(403, "rejected"), (404, "rejected"), (503, "unreachable"), (408, "timed_out")],
)
def test_refusals(phone: Phone, status: int, state: str) -> None:
    with Registrar(refuse(status)) as registrar:
        report = register(phone, registrar)
        assert (report["state"], report["status"]) == (state, status)


def test_password_that_is_forbidden(phone: Phone) -> None:
    with Registrar(forbid) as registrar:
        report = register(phone, registrar)
        assert (report["state"], report["status"]) == ("auth_failed", 403)
        registrar.script = refuse(403)
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "rejected"


def test_challenged_call_says_nothing_about_a_registration(phone: Phone) -> None:
    with Registrar(accept, transport="TCP") as registrar:
        register(phone, registrar)
        server = registrar.hand_over()
        leg = phone.do("dial", uri=f"sip:**1@{registrar.host}", account="a1")
        invite = server.receive(method="INVITE")
        value = 'Digest realm="test", nonce="n1", algorithm=MD5'
        server.send(invite.answer(401, tag="x", WWW_Authenticate=value))
        server.receive(method="ACK")
        server.send(server.receive(method="INVITE").answer(486, tag="y"))
        phone.wait("ended", leg=leg)
        phone.do("register", account="a1")
        server.send(server.receive(method="REGISTER").answer(403, tag="z"))
        assert phone.wait("registration", account="a1")["state"] == "rejected"


def test_restarted_registrar_has_another_nonce(phone: Phone) -> None:
    with Registrar(challenge(nonces=True)) as registrar:
        assert register(phone, registrar)["state"] == "registered"
        registrar.script = challenge(nonces=True)
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "registered"


def test_nothing_listens(phone: Phone) -> None:
    with Registrar(accept, transport="TCP") as registrar:
        pass
    assert register(phone, registrar)["state"] == "unreachable"
    with Registrar(accept, transport="TCP", port=registrar.port):
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "registered"


def test_lost_connection_is_told(phone: Phone) -> None:
    with Registrar(accept, transport="TCP") as registrar:
        register(phone, registrar)
        assert registrar.connection
        registrar.connection.socket.shutdown(2)
        assert phone.wait("registration", account="a1")["state"] == "unreachable"
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "registered"


@pytest.mark.nightly
def test_dead_connection_is_made_anew(phone: Phone) -> None:
    with Registrar(accept, transport="TCP") as registrar:
        register(phone, registrar)
        first = registrar.connection
        registrar.script = silence
        phone.do("register", account="a1")
        report = phone.wait("registration", timeout=40, account="a1")
        assert report["state"] == "timed_out"
        registrar.script = accept
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "registered"
        assert registrar.connection is not first


def test_call_over_the_account_carries_the_token(
    phone: Phone, make_peer: MakePeer
) -> None:
    with Registrar(accept) as registrar:
        register(phone, registrar)
        contact = registrar.requests[-1].get("Contact")
    phone.do("rules", rules=[{"token": TOKEN, "account": "a1"}])
    peer = make_peer()
    dialog = peer.dialog()
    dialog.target = contact.strip("<>").partition(">")[0]
    peer.send(dialog.request("INVITE", body=sdp(peer.host, 40000)))
    leg = phone.wait("incoming", call_id=dialog.call_id)["leg"]
    phone.do("ring", leg=leg)
    answer(phone, peer, dialog, leg)
    hang_up(phone, peer, dialog, leg)
    peer.send(peer.dialog().request("INVITE", body=sdp(peer.host, 40000)))
    assert peer.receive(status=403)


def test_call_over_the_accounts_own_connection(phone: Phone) -> None:
    with Registrar(accept, transport="TCP") as registrar:
        connection = register(phone, registrar)["connection"]
        caller = registrar.hand_over()
        phone.do("rules", rules=[{"account": "a1"}])
        dialog = caller.dialog("620")
        caller.send(dialog.request("INVITE", body=sdp(caller.host, 40000)))
        request = phone.wait("request", call_id=dialog.call_id)
        assert (request["connection"], request["outgoing"]) == (connection, True)
        leg = phone.wait("incoming", call_id=dialog.call_id)["leg"]
        phone.do("end", leg=leg, status=486)
        assert caller.receive(status=486)


def test_unregisters_when_removed(phone: Phone) -> None:
    with Registrar(challenge()) as registrar:
        register(phone, registrar)
        count = len(registrar.requests)
        phone.do("remove_account", account="a1")
        last = registrar.wait_for(count + 1)[-1]
        assert last.get("Expires") == "0" or ";expires=0" in last.get("Contact")


def test_unregisters_when_stopped(phone: Phone) -> None:
    with Registrar(challenge()) as registrar:
        register(phone, registrar)
        phone.stop()
        last = registrar.requests[-1]
        assert last.get("Expires") == "0" or ";expires=0" in last.get("Contact")


def test_changed_account_registers_as_what_it_is_now(phone: Phone) -> None:
    with Registrar(challenge()) as registrar:
        register(phone, registrar, username="620")
        report = register(phone, registrar, username="621")
        assert report["state"] == "registered"
        assert "sip:621@" in registrar.requests[-1].get("From")


def test_address_change_registers_anew(phone: Phone) -> None:
    with Registrar(accept) as registrar:
        register(phone, registrar)
        count = len(registrar.requests)
        phone.do("address_changed")
        assert phone.wait("registration", account="a1")["state"] == "registered"
        assert len(registrar.requests) > count


def test_moved_port_is_registered_and_the_old_one_given_back(
    phone: Phone, sip_port: int
) -> None:
    with Registrar(challenge()) as registrar:
        register(phone, registrar)
        port = free_port()
        phone.do("open_transports", port=port)
        assert phone.wait("registration", account="a1")["state"] == "registered"
        assert f"@127.0.0.1:{port};" in registrar.requests[-1].get("Contact")
    deadline = monotonic() + 40
    while not can_bind(sip_port):
        assert monotonic() < deadline
        phone.do("failures")


def can_bind(port: int) -> bool:
    """Tell whether a UDP port is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True


def test_name_is_asked_for(phone: Phone) -> None:
    with Registrar(accept) as registrar:
        put(phone, registrar, server="pbx.example")
        phone.do("register", account="a1")
        assert phone.wait("name_wanted")["name"] == "pbx.example"
        phone.do("set_host", name="pbx.example", addresses=["127.0.0.1"])
        assert phone.wait("registration", account="a1")["state"] == "registered"
        assert registrar.requests[0].uri == f"sip:pbx.example:{registrar.port}"


def test_name_that_does_not_exist(phone: Phone) -> None:
    with Registrar(accept) as registrar:
        put(phone, registrar, server="pbx.example")
        phone.do("set_host", name="pbx.example", addresses=[])
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "unreachable"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (challenge(), None),
        (challenge("other"), "invalid_auth"),
        (forbid, "invalid_auth"),
        (refuse(403), "cannot_connect"),
        (silence, "timed_out"),
    ],
)
def test_trial(phone: Phone, script: Script, error: str | None) -> None:
    with Registrar(script) as registrar:
        phone.do(
            "try_account",
            id="new",
            server=registrar.host,
            port=registrar.port,
            username="620",
            password=PASSWORD,
        )
        assert phone.wait("tried", timeout=15)["error"] == error
        if error is None:
            last = registrar.wait_for(3)[-1]
            assert last.get("Expires") == "0" or ";expires=0" in last.get("Contact")


def test_dials_over_the_account(phone: Phone) -> None:
    with Registrar(accept, transport="TCP") as registrar:
        register(phone, registrar)
        server = registrar.hand_over()
        leg = phone.do("dial", uri=f"sip:**1@{registrar.host}", account="a1")
        invite = server.receive(method="INVITE")
        assert invite.uri == f"sip:**1@127.0.0.1:{registrar.port};transport=tcp"
        assert "sip:620@127.0.0.1" in invite.get("From")
        assert TOKEN not in invite.get("Contact")
        server.send(invite.answer(486, tag="x"))
        end = phone.wait("ended", leg=leg)
        assert (end["status"], end["remote"]) == (486, True)


def test_health(phone: Phone, peer: Peer) -> None:
    phone.do("check_health")
    assert phone.wait("health")["error"] is None
    assert phone.seen("request") == []
    peer.send(peer.dialog().request("OPTIONS"))
    assert peer.receive(status=200)
