"""REGISTER and digest authentication as PJSIP reads, verifies and answers them."""

from hashlib import md5, new, sha256
from typing import Any

import pytest

from .conftest import StartPhone, free_port
from .messages import Message, sdp
from .peer import Peer
from .phones import Phone

HASHES = {
    "md5": ("MD5", lambda data: md5(data, usedforsecurity=False).hexdigest()),
    "sha_256": ("SHA-256", lambda data: sha256(data).hexdigest()),
    "sha_512_256": (
        "SHA-512-256",
        lambda data: new("sha512_256", data).hexdigest(),
    ),
}


def digest(algorithm: str, *parts: str) -> str:
    """Return the hash of parts joined by colons."""
    return str(HASHES[algorithm][1](":".join(parts).encode()))


def credentials(
    algorithm: str = "md5",
    *,
    method: str = "REGISTER",
    password: str = "right",
    nonce: str = "n1",
    qop: bool = True,
    nc: str = "00000001",
    named: bool = True,
) -> str:
    """Return an Authorization for the user 201."""
    name = HASHES[algorithm][0]
    ha1 = digest(algorithm, "201", "test", password)
    ha2 = digest(algorithm, method, "sip:127.0.0.1")
    middle = [nonce, nc, "c1", "auth"] if qop else [nonce]
    response = digest(algorithm, ha1, *middle, ha2)
    extra = f', qop=auth, nc={nc}, cnonce="c1"' if qop else ""
    extra += f", algorithm={name}" if named else ""
    return (
        f'Digest username="201", realm="test", nonce="{nonce}", uri="sip:127.0.0.1",'
        f' response="{response}"{extra}'
    )


def registration(peer: Peer, *headers: tuple[str, str]) -> Message:
    """Return a REGISTER of the user 201."""
    request = peer.dialog("201").request("REGISTER")
    request.headers = [each for each in request.headers if each[0] != "Contact"]
    request.headers += headers
    return request


@pytest.mark.parametrize("algorithm", HASHES)
@pytest.mark.parametrize("qop", [True, False])
def test_right_password(phone: Phone, peer: Peer, algorithm: str, qop: bool) -> None:
    ha1 = digest(algorithm, "201", "test", "right")
    phone.do("registrar", ha1=ha1, algorithms=[algorithm])
    peer.send(registration(peer))
    challenge = peer.receive(status=401).get("WWW-Authenticate")
    assert f"algorithm={HASHES[algorithm][0]}" in challenge
    assert 'qop="auth"' in challenge
    assert 'nonce="n1"' in challenge
    shown = credentials(algorithm, qop=qop)
    peer.send(registration(peer, ("Authorization", shown)))
    assert peer.receive(status=200)
    judged = phone.wait("judged", right=True)["shown"]
    assert judged["username"] == "201"
    assert judged["nc"] == (1 if qop else 0)


@pytest.mark.parametrize("algorithm", HASHES)
def test_wrong_password(phone: Phone, peer: Peer, algorithm: str) -> None:
    ha1 = digest(algorithm, "201", "test", "right")
    phone.do("registrar", ha1=ha1, algorithms=[algorithm])
    shown = credentials(algorithm, password="wrong")
    peer.send(registration(peer, ("Authorization", shown)))
    assert peer.receive(status=401)
    assert phone.wait("judged")["right"] is False


def test_no_algorithm_is_md5(phone: Phone, peer: Peer) -> None:
    phone.do("registrar", ha1=digest("md5", "201", "test", "right"))
    peer.send(registration(peer, ("Authorization", credentials(named=False))))
    assert peer.receive(status=200)


def test_every_algorithm_is_offered_in_order(phone: Phone, peer: Peer) -> None:
    phone.do("registrar", algorithms=["sha_512_256", "sha_256", "md5"])
    peer.send(registration(peer))
    offers = peer.receive(status=401).get_all("WWW-Authenticate")
    names = [offer.partition("algorithm=")[2].partition(",")[0] for offer in offers]
    assert names == ["SHA-512-256", "SHA-256", "MD5"]


@pytest.mark.parametrize(
    "value",
    [
        "Digest",
        "Basic dTpw",
        'Digest username="201"',
        'Digest realm="test"',
        'Digest username="", realm="test", nonce="", uri="", response=""',
        (
            'Digest username="201", realm="test", nonce="n1", uri="x", response="1", '
            "algorithm=SHA-999"
        ),
        (
            'Digest username="201", realm="test", nonce="n1", uri="x", response="1", '
            "algorithm=AKAv1-MD5"
        ),
        (
            'Digest username="201", realm="test", nonce="n1", uri="x", response="1", '
            "qop=auth-int, nc=zz"
        ),
        'Digest username="201", realm="test", nonce="n1", uri="x", response="1", '
        'qop=auth, nc=00000001, cnonce="' + "c" * 3000 + '"',
        'Digest username="201", realm="TEST", nonce="n1", uri="x", response="1"',
        'digest username="201\\"", realm="test", nonce="n1", response="'
        + "f" * 32
        + '"',
        "Digest " + ", ".join(f'a{i}="b"' for i in range(200)),
    ],
)
def test_hostile_credentials(phone: Phone, peer: Peer, value: str) -> None:
    """They are refused, or not even readable; who knows the password is let in."""
    phone.do("registrar", ha1=digest("md5", "201", "test", "right"))
    peer.send(registration(peer, ("Authorization", value), ("Authorization", value)))
    peer.send(registration(peer, ("Authorization", credentials())))
    assert peer.receive(status=200)
    assert phone.wait("judged", right=True)
    assert all(judged["right"] is False for judged in phone.seen("judged"))


def facts_of(phone: Phone, peer: Peer, *headers: tuple[str, str]) -> dict[str, Any]:
    """Return what was read of a REGISTER with these headers."""
    phone.do("registrar")
    peer.send(registration(peer, *headers))
    peer.receive(status=401)
    return dict(phone.wait("judged")["request"]["register"])


def test_contacts(phone: Phone, peer: Peer) -> None:
    facts = facts_of(
        phone,
        peer,
        (
            "Contact",
            (
                '"Door, front" <sip:201@192.0.2.5:5062;transport=tcp>;q=0.5;expires=120;'
                '+sip.instance="<urn:uuid:0>";reg-id=2, <sips:201@192.0.2.6>'
            ),
        ),
        ("m", "sip:201@door.example;expires=0"),
        ("Expires", "600"),
        ("Path", "<sip:p1.example;lr>,<sip:192.0.2.9:5061;transport=tls;lr>"),
        ("Path", "<sip:p3.example;lr>"),
        ("Supported", "path, outbound"),
        ("Require", "gruu"),
    )
    first, second, third = facts["contacts"]
    assert first == {
        "uri": "sip:201@192.0.2.5:5062;transport=tcp",
        "expires": 120,
        "q": 0.5,
        "instance": "<urn:uuid:0>",
        "reg_id": 2,
    }
    assert (second["uri"], second["expires"]) == ("sips:201@192.0.2.6", None)
    assert (third["uri"], third["expires"]) == ("sip:201@door.example", 0)
    assert facts["expires"] == 600
    assert facts["path"] == [
        "<sip:p1.example;lr>",
        "<sip:192.0.2.9:5061;transport=tls;lr>",
        "<sip:p3.example;lr>",
    ]
    assert facts["supported"] == ["outbound", "path"]
    assert facts["required"] == ["gruu"]
    assert facts["star"] is False


def test_star_and_nothing(phone: Phone, peer: Peer) -> None:
    facts = facts_of(phone, peer, ("Contact", "*"), ("Expires", "0"))
    assert (facts["star"], facts["contacts"], facts["expires"]) == (True, [], 0)
    facts = facts_of(phone, peer)
    assert (facts["star"], facts["contacts"], facts["expires"]) == (False, [], None)


def test_many_contacts_end_somewhere(phone: Phone, peer: Peer) -> None:
    many = ", ".join(f"<sip:{number}@192.0.2.5>" for number in range(60))
    facts = facts_of(phone, peer, ("Contact", many))
    assert 8 < len(facts["contacts"]) <= 32


def test_repetition_hears_the_same(phone: Phone, peer: Peer) -> None:
    headers = [["Contact", "<sip:201@192.0.2.5>;expires=60"], ["Bad", "x\r\nEvil: 1"]]
    phone.do("registrar", ha1=digest("md5", "201", "test", "right"), headers=headers)
    request = registration(peer, ("Authorization", credentials()))
    peer.send(request)
    first = peer.receive(status=200)
    assert first.get("Contact") == "<sip:201@192.0.2.5>;expires=60"
    assert not first.get("Evil")
    peer.send(request)
    assert peer.receive(status=200).encode() == first.encode()
    assert phone.wait("judged")
    assert phone.seen("judged") == []


def test_same_uri(phone: Phone) -> None:
    same = phone.do(
        "same_uri", one="sip:a@B.example:5060", other="sip:a@b.EXAMPLE:5060"
    )
    assert same is True
    for other in ("sip:A@b.example", "sip:a@b.example:5061", "nonsense", ""):
        assert phone.do("same_uri", one="sip:a@b.example", other=other) is False


def test_search_for_a_server_is_seen(phone: Phone, peer: Peer) -> None:
    phone.do("registrar")
    request = peer.dialog("MAC%3a000413aabbcc").request("SUBSCRIBE")
    package = 'ua-profile;profile-type="device";vendor="snom";model="D785"'
    request.headers.append(("Event", package))
    peer.send(request)
    assert phone.wait("judged")["request"]["event_package"] == package


def answer_call(peer: Peer, invite: Message) -> None:
    """Answer with a contact that leads nowhere."""
    answer = invite.answer(200, tag="d1", body=sdp("127.0.0.1", 40000))
    answer.headers.append(("Contact", "<sip:201@198.51.100.77:9>"))
    peer.send(answer)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_call_goes_where_the_device_registered(
    start_phone: StartPhone, transport: str
) -> None:
    """Neither the contact of the registration nor that of the answer counts."""
    phone, port = start_phone(), free_port()
    phone.do("open_transports", port=port, rtp_first=22000, rtp_last=22099)
    phone.do("registrar", ha1=digest("md5", "201", "test", "right"))
    with Peer(("127.0.0.1", port), transport=transport) as peer:
        peer.send(registration(peer, ("Authorization", credentials())))
        peer.receive(status=200)
        connection = phone.wait("judged")["request"]["connection"]
        phone.do("keep_connection", connection=connection, kept=True)
        leg = phone.do(
            "dial",
            uri="sip:201@198.51.100.77:9;ob",
            hop={
                "transport": transport.lower(),
                "address": "127.0.0.1",
                "port": peer.port,
                "connection": connection,
            },
        )
        invite = peer.receive(method="INVITE")
        assert invite.uri.startswith("sip:201@198.51.100.77:9")
        assert not invite.get("Route")
        answer_call(peer, invite)
        assert peer.receive(method="ACK")
        phone.wait("answered", leg=leg)
        phone.do("end", leg=leg)
        bye = peer.receive(method="BYE")
        peer.send(bye.answer(200))
        assert phone.wait("ended", leg=leg)["remote"] is False


def test_cancel_goes_there_too(phone: Phone, peer: Peer) -> None:
    hop = {"transport": "udp", "address": "127.0.0.1", "port": peer.port}
    leg = phone.do("dial", uri="sip:201@198.51.100.77:9", hop=hop)
    invite = peer.receive(method="INVITE")
    peer.send(invite.answer(180, tag="d1"))
    phone.wait("progress", leg=leg)
    phone.do("end", leg=leg)
    cancel = peer.receive(method="CANCEL")
    peer.send(cancel.answer(200))
    peer.send(invite.answer(487, tag="d1"))
    assert peer.receive(method="ACK")
    phone.wait("ended", leg=leg)


def test_path_becomes_the_route(phone: Phone, peer: Peer) -> None:
    path = ["<sip:198.51.100.9;lr>", "<sip:198.51.100.10;lr>"]
    hop = {
        "transport": "udp",
        "address": "127.0.0.1",
        "port": peer.port,
        "path": path,
    }
    leg = phone.do("dial", uri="sip:201@198.51.100.77:9", hop=hop)
    invite = peer.receive(method="INVITE")
    assert invite.get_all("Route") == path
    peer.send(invite.answer(486, tag="d1"))
    assert phone.wait("ended", leg=leg)["status"] == 486


def test_next_call_goes_its_own_way(phone: Phone, peer: Peer, callee: Peer) -> None:
    hop = {"transport": "udp", "address": "127.0.0.1", "port": peer.port}
    leg = phone.do("dial", uri="sip:201@198.51.100.77:9", hop=hop)
    peer.receive(method="INVITE")
    other = phone.do("dial", uri=f"sip:door@127.0.0.1:{callee.port}")
    invite = callee.receive(method="INVITE")
    callee.send(invite.answer(486, tag="x"))
    phone.wait("ended", leg=other)
    phone.do("end", leg=leg)


def test_keep_alive_is_answered_once_something_passed(start_phone: StartPhone) -> None:
    phone, port = start_phone(), free_port()
    phone.do("open_transports", port=port, rtp_first=22000, rtp_last=22099)
    phone.do("registrar", ha1=digest("md5", "201", "test", "right"))
    with Peer(("127.0.0.1", port), transport="TCP") as peer:
        peer.send(b"\r\n\r\n")
        peer.send(registration(peer, ("Authorization", credentials())))
        peer.receive(status=200)
        connection = phone.wait("judged")["request"]["connection"]
        phone.do("keep_connection", connection=connection, kept=True)
        peer.send(b"\r\n\r\n")
        peer.socket.settimeout(5)
        assert peer.socket.recv(16) == b"\r\n"
    assert phone.wait("connection_lost")["connection"] == connection
