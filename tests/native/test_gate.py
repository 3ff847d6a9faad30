"""The gate shows every request first, and does what it is told."""

from contextlib import ExitStack
import socket

import pytest

from .conftest import Gatekeeper
from .sip import HOST, PATIENCE, SDP, Peer, peer

OFFER = SDP.format(port=4000)
SILENT_CONNECTIONS = 16


def test_facts(keeper: Gatekeeper, door: Peer) -> None:
    """The facts of a request are those that it carries and those of its transport."""
    door.send(
        door.request(
            "INVITE",
            "refuse",
            headers=(
                'P-Asserted-Identity: "Anna" <sip:12@pbx.test>\r\n'
                "P-Called-Party-ID: <sip:99@pbx.test>\r\n"
                "Diversion: <sip:7@pbx.test>;reason=no-answer\r\n"
                "User-Agent: Bell 1\r\nReplaces: a;to-tag=b;from-tag=c\r\n"
            ),
            body=OFFER,
            branch="z9hG4bK-facts",
            call="facts",
        )
    )
    facts = keeper.wait("request", lambda one: one["callId"] == "facts")
    del facts["event"]
    size = facts.pop("size")
    assert size > len(OFFER)
    assert facts == {
        "transport": "udp",
        "ipv6": False,
        "outgoing": False,
        "connection": 0,
        "tlsVerified": False,
        "localAddress": HOST,
        "localPort": keeper.udp,
        "remoteAddress": HOST,
        "remotePort": door.port,
        "method": "INVITE",
        "requestUri": f"sip:refuse@{HOST}:{keeper.udp}",
        "fromUri": f"sip:door@{HOST}",
        "fromName": "Front door",
        "fromTag": f"from-{door.port}",
        "toUri": f"sip:refuse@{HOST}",
        "toTag": "",
        "callId": "facts",
        "branch": "z9hG4bK-facts",
        "cseq": 1,
        "contactUri": f"sip:door@{HOST}:{door.port}",
        "userAgent": "Bell 1",
        "assertedIdentity": "sip:12@pbx.test",
        "diversion": "sip:7@pbx.test",
        "calledPartyId": "sip:99@pbx.test",
        "contentType": "application/sdp",
        "hasReplaces": True,
        "transaction": False,
        "dialog": False,
        "defect": "",
        "accountId": -1,
    }


def test_refusal_is_bare(keeper: Gatekeeper, door: Peer) -> None:
    """A refusal tells nothing about us and takes no call slot."""
    for _ in range(20):
        door.send(door.request("INVITE", "refuse", body=OFFER))
        response = door.receive()
        assert response.status == 403
        for header in ("Server", "User-Agent", "Allow", "Warning", "Contact"):
            assert response.header(header) == ""
        assert response.text.endswith("Content-Length:  0\r\n\r\n")
    assert not [one for one in keeper.waiting() if one["event"] == "incoming"]


@pytest.mark.parametrize("user", ["drop", "raise", "nothing", "word", "number"])
def test_drop_is_silent(keeper: Gatekeeper, door: Peer, user: str) -> None:
    """What is dropped, or fails to be judged, is not answered at all."""
    door.send(door.request("INVITE", user, body=OFFER))
    door.send(door.request("OPTIONS", "busy"))
    assert door.receive().status == 486


@pytest.mark.parametrize("user", ["second", "first"])
def test_account(keeper: Gatekeeper, door: Peer, user: str) -> None:
    """The account is the one that was chosen, whatever To says."""
    names = {"branch": f"z9hG4bK-{door.port}", "call": f"account-{door.port}"}
    invite = door.request("INVITE", user, body=OFFER, **names)
    door.send(invite.replace(f"To: <sip:{user}@", "To: <sip:first@"))
    assert keeper.wait("incoming")["account"] == user
    assert door.receive().status == 180
    door.send(door.request("CANCEL", user, **names))
    assert {door.receive().status, door.receive().status} == {200, 487}


def test_no_account(keeper: Gatekeeper, door: Peer) -> None:
    """A call that passes without an account is refused: To does not choose one."""
    door.send(
        door.request("INVITE", "nobody", body=OFFER).replace(
            "To: <sip:nobody", "To: <sip:first"
        )
    )
    assert door.receive().status == 403
    assert not [one for one in keeper.waiting() if one["event"] == "incoming"]


def test_no_trying(keeper: Gatekeeper, door: Peer) -> None:
    """The first answer to a ring is 180: nothing is sent behind the gate's back."""
    invite = door.request("INVITE", body=OFFER)
    door.send(invite)
    assert door.receive().status == 180
    door.send(invite)
    facts = keeper.wait("request", lambda one: one["transaction"])
    assert facts["method"] == "INVITE"
    assert door.receive().status == 180


def test_leftovers_are_not_shown(keeper: Gatekeeper, door: Peer) -> None:
    """ACK and CANCEL that belong to nothing are dropped unseen."""
    door.send(door.request("ACK", "busy", call="leftover"))
    door.send(door.request("CANCEL", "busy", call="leftover"))
    door.send(door.request("OPTIONS", "busy", call="last"))
    assert door.receive().status == 486
    assert keeper.wait("request")["callId"] == "last"


def test_cancel_from_elsewhere(keeper: Gatekeeper, door: Peer) -> None:
    """A transaction is only met by the address that it came from."""
    door.send(door.request("INVITE", body=OFFER, branch="z9hG4bK-own", call="own"))
    assert door.receive().status == 180
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("127.0.0.2", 0))
    cancel = door.request("CANCEL", branch="z9hG4bK-own", call="own")
    other.sendto(cancel.encode(), (HOST, keeper.udp))
    other.close()
    door.send(cancel)
    assert keeper.wait("request", lambda one: one["method"] == "CANCEL")["transaction"]
    assert {door.receive().status, door.receive().status} == {200, 487}


def test_dialog_is_known(keeper: Gatekeeper, door: Peer) -> None:
    """A request inside a dialog says so; a refusal leaves the dialog as it was."""
    door.send(door.request("INVITE", "answer", body=OFFER, call="dialog"))
    answer = door.final()
    tag = answer.header("To").rpartition("tag=")[2]
    door.send(door.request("ACK", call="dialog", to_tag=tag))
    headers = "Refer-To: <sip:0900@victim.test>\r\n"
    refer = door.request(
        "REFER", "refuse", headers=headers, call="dialog", cseq=2, to_tag=tag
    )
    door.send(refer)
    facts = keeper.wait("request", lambda one: one["method"] == "REFER")
    assert facts["dialog"]
    assert door.final().status == 403
    door.send(door.request("BYE", call="dialog", cseq=3, to_tag="forged"))
    assert not keeper.wait("request", lambda one: one["method"] == "BYE")["dialog"]
    assert door.final().status == 481
    door.send(door.request("BYE", call="dialog", cseq=4, to_tag=tag))
    assert door.final().status == 200


def test_connection(keeper: Gatekeeper) -> None:
    """Each TCP connection has a number of its own, and its end is told."""
    numbers = []
    for _ in range(2):
        with socket.create_connection((HOST, keeper.tcp)) as stream:
            with peer(keeper.udp) as writer:
                message = writer.request("OPTIONS", "busy").replace("UDP", "TCP")
            stream.sendall(message.encode())
            assert stream.recv(4096).startswith(b"SIP/2.0 486")
            facts = keeper.wait("request")
            assert facts["transport"] == "tcp"
            numbers.append(facts["connection"])
        assert keeper.wait("connection_lost")["connection"] == numbers[-1]
    assert 0 < numbers[0] < numbers[1]


def test_connection_is_closed(keeper: Gatekeeper, door: Peer) -> None:
    """A connection can be closed while its message is judged."""
    message = door.request("OPTIONS", "close").replace("/UDP", "/TCP")
    with socket.create_connection((HOST, keeper.tcp)) as stream:
        stream.settimeout(PATIENCE)
        stream.sendall(message.encode())
        assert stream.recv(4096) == b""
    assert keeper.wait("connection_lost")["connection"]


def test_silent_connections_are_capped(keeper: Gatekeeper) -> None:
    """One address may hold a few connections that nothing came over: the oldest goes."""
    with ExitStack() as held:
        silent = [
            held.enter_context(socket.create_connection((HOST, keeper.tcp)))
            for _ in range(SILENT_CONNECTIONS + 1)
        ]
        silent[0].settimeout(PATIENCE)
        assert silent[0].recv(1) == b""
        with socket.create_connection(
            (HOST, keeper.tcp), source_address=("127.0.0.77", 0)
        ) as other:
            assert _refused_over(other, keeper)
        assert _refused_over(silent[-1], keeper)


def test_connections_that_were_let_in_are_not_capped(keeper: Gatekeeper) -> None:
    """Whoever was let through over a connection keeps it, and may open more."""
    with ExitStack() as held:
        for _ in range(SILENT_CONNECTIONS + 4):
            stream = held.enter_context(socket.create_connection((HOST, keeper.tcp)))
            assert _let_in_over(stream, keeper)


def test_many_connections(keeper: Gatekeeper) -> None:
    """The queue of sockets grows past the 64 that it starts with."""
    with ExitStack() as held:
        streams = []
        for _ in range(200):
            stream = socket.create_connection((HOST, keeper.tcp))
            streams.append(held.enter_context(stream))
            assert _let_in_over(stream, keeper)
        assert all(_let_in_over(stream, keeper) for stream in streams)


def _let_in_over(stream: socket.socket, keeper: Gatekeeper) -> bool:
    """Tell whether the connection carries a request through the gate and back."""
    stream.settimeout(PATIENCE)
    with peer(keeper.udp) as writer:
        message = writer.request("OPTIONS", "pass").replace("UDP", "TCP")
    stream.sendall(message.encode())
    return stream.recv(4096).startswith(b"SIP/2.0 200")


def _refused_over(stream: socket.socket, keeper: Gatekeeper) -> bool:
    """Tell whether the connection still carries a request to the gate."""
    stream.settimeout(PATIENCE)
    with peer(keeper.udp) as writer:
        message = writer.request("OPTIONS", "busy").replace("UDP", "TCP")
    stream.sendall(message.encode())
    return stream.recv(4096).startswith(b"SIP/2.0 486")


def test_ipv6(keeper: Gatekeeper, door: Peer) -> None:
    """Addresses are numeric and without brackets, whatever their kind."""
    message = door.request("OPTIONS", "busy").replace(HOST, "[::1]")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        one.settimeout(PATIENCE)
        one.sendto(message.encode(), ("::1", keeper.udp6))
        assert one.recv(4096).startswith(b"SIP/2.0 486")
    facts = keeper.wait("request")
    assert facts["ipv6"]
    assert facts["transport"] == "udp"
    assert facts["localAddress"] == facts["remoteAddress"] == "::1"


def test_unreadable_messages_are_not_answered(keeper: Gatekeeper, door: Peer) -> None:
    """Nothing is answered in front of the gate."""
    whole = door.request("INVITE", body=OFFER)
    for header in ("Via", "From", "To", "Call-ID", "CSeq"):
        lines = [one for one in whole.split("\r\n") if not one.startswith(header)]
        door.send("\r\n".join(lines))
    door.send(b"INVITE\r\n\r\n")
    door.send(b"\x00" * 40)
    door.send(door.request("OPTIONS", "busy"))
    assert door.receive().status == 486


def test_clock_runs_only_when_asked(keeper: Gatekeeper) -> None:
    """An idle agent has no clock thread."""
    keeper.command("clock", on=True)
    running = keeper.wait("clock")["threads"]
    keeper.command("clock", on=False)
    # A thread that has been waited for is a moment longer in /proc.
    while keeper.wait("clock")["threads"] != running - 1:
        keeper.command("clock", on=False)
