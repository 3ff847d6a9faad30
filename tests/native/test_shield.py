"""Messages that PJSIP 2.17 does not survive, or should not see, stop at the gate."""

import socket
from threading import Thread

import pytest

from .conftest import Gatekeeper
from .sip import HOST, PATIENCE, SDP, Peer, peer

SDP_KIND = "Content-Type: application/sdp\r\n"
GOOD = SDP.format(port=4000)
XML = "<a>" * 1000 + "</a>" * 1000


CRYPTO = [
    f"a=crypto:{number} AES_CM_128_HMAC_SHA1_80 inline:{'A' * 40}"
    for number in range(1, 10)
]


HEADERS = [
    ("Subject: x\r\n" * 65, "headers"),
    ("From: <sip:other@192.0.2.1>;tag=other\r\n", "repeated"),
    ("To: <sip:other@192.0.2.1>\r\n", "repeated"),
    ("Call-ID: other\r\n", "repeated"),
    ("CSeq: 2 INVITE\r\n", "repeated"),
    ("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n" * 8, "via"),
    ("Record-Route: <sip:192.0.2.1;lr>\r\n" * 9, "route"),
    ("Route: <sip:192.0.2.1;lr>\r\n" * 9, "route"),
    (f"Subject: {'x' * 8192}\r\n", "size"),
]


def lines(*attributes: str, formats: str = "0", port: int | str = 4000) -> str:
    """Return a description with these attributes of its audio line."""
    media = GOOD.replace("4000 RTP/AVP 0", f"{port} RTP/AVP {formats}")
    return media + "".join(f"{one}\r\n" for one in attributes)


DEFECTIVE = {
    "sdp-size": lines(*["a=x:" + "y" * 500] * 9),
    "sdp-nul": lines("a=fmtp\0:101 0-16"),
    "sdp-media": GOOD + "m=audio 4000 RTP/AVP 0\r\n" * 16,
    "sdp-port": lines(port=70000),
    "sdp-formats": lines(formats=" ".join(["0"] * 25)),
    "sdp-format": lines(formats="4294967296"),
    "sdp-attributes": lines(*["a=x"] * 65),
    "sdp-bandwidth": lines(*["b=AS:64"] * 5),
    "sdp-crypto": lines(*CRYPTO),
    "sdp-rtpmap": lines(formats="0 96"),
    "sdp-ptime": lines("a=ptime:5000", "a=maxptime:20"),
    "sdp-address": lines("c=IN IP4 pbx.test"),
    "sdp-line": lines("nonsense"),
}
# What another reader than PJSIP's would take for something else, or for nothing.
MISREAD = {
    "ptime without colon": (lines("a=ptime 5000"), "sdp-line"),
    "maxptime without colon": (lines("a=maxptime 4294967295"), "sdp-line"),
    "ptime with another separator": (lines("a=ptime/5000"), "sdp-line"),
    "ptime behind blanks": (lines("a=ptime: \t5000"), "sdp-ptime"),
    "ptime with a fraction": (lines("a=ptime:5000.5"), "sdp-ptime"),
    "ptime beyond all numbers": (lines(f"a=ptime:{'9' * 30}"), "sdp-ptime"),
    "maxptime beyond all numbers": (lines("a=maxptime:4294967295"), "sdp-ptime"),
    "crypto in capitals": (
        lines(*(one.replace("crypto", "CRYPTO") for one in CRYPTO)),
        "sdp-crypto",
    ),
    "crypto without colon": (lines("a=crypto/1 X inline:A"), "sdp-line"),
    "profile in small letters": (
        lines(formats="35").replace("RTP/AVP", "rtp/avp"),
        "sdp-rtpmap",
    ),
    "rtpmap with a blank": (lines("a=rtpmap: 35 x/8000", formats="35"), "sdp-rtpmap"),
    "rtpmap in capitals": (lines("a=RTPMAP:35 x/8000", formats="35"), "sdp-rtpmap"),
    "rtpmap without colon": (lines("a=rtpmap 35 x/8000", formats="35"), "sdp-line"),
    "signed format": (lines(formats="+35"), "sdp-format"),
    "bare carriage return": (lines("a=x\rm=audio 4000 RTP/AVP 0"), "sdp-line"),
    "line that swallows the next": (
        lines(*CRYPTO[:8], "b=AS", "m=audio 4000 RTP/AVP 0", *CRYPTO[:8]),
        "sdp-line",
    ),
    "origin without an address": (GOOD.replace(" IN IP4 127.0.0.1", "", 1), "sdp-line"),
    "time without an end": (GOOD.replace("t=0 0", "t=0"), "sdp-line"),
    "address behind an empty field": (lines("c=IN  pbx.test 127.0.0.1"), "sdp-address"),
    "rtcp with tabs": (lines("a=rtcp:4001\tIN\tIP4\tpbx.test"), "sdp-address"),
}
HARMLESS = {
    "plain": GOOD,
    "none": "",
    "phone": lines(
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=maxptime:400",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40,
        "a=sendrecv",
        formats="0 8 101",
    ),
    "name of the owner's host": GOOD.replace("1 1 IN IP4 127.0.0.1", "1 1 IN IP4 door"),
    "refused video": GOOD + "m=video 0 RTP/AVP 96\r\n",
    "video of a browser": GOOD
    + f"m=video 5000 RTP/AVP {' '.join(str(number) for number in range(96, 128))}\r\n"
    + "".join(f"a=rtpmap:{number} x/90000\r\n" for number in range(96, 128)),
    "ptime with a blank": lines("a=ptime: 20"),
    "no ptime": lines("a=ptime:0", "a=maxptime:0"),
    "negative ptime": lines("a=ptime:-20", "a=maxptime:-20"),
    "ptime of a part of a frame": lines("a=ptime:2.5"),
    "static rtpmap with a blank": lines("a=rtpmap: 0 PCMU/8000"),
    "most keys": lines(*CRYPTO[:8]),
    "most attributes": lines(*["a=x"] * 64),
    "most formats": lines(formats=" ".join(["0"] * 24)),
    "bare newlines": GOOD.replace("\r\n", "\n"),
}


def defect(keeper: Gatekeeper, door: Peer, message: str) -> str:
    """Send the message and return what the shield says of it."""
    door.send(message)
    return keeper.wait("request", lambda one: one["remotePort"] == door.port)["defect"]


@pytest.mark.parametrize("code", DEFECTIVE)
def test_defective_description(keeper: Gatekeeper, door: Peer, code: str) -> None:
    """Even a message that the policy would pass is refused."""
    invite = door.request("INVITE", body=DEFECTIVE[code])
    assert defect(keeper, door, invite) == code
    assert door.receive().status == 400


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_description(keeper: Gatekeeper, door: Peer, name: str) -> None:
    """What real devices send passes."""
    names = {"branch": f"z9hG4bK-harmless-{door.port}", "call": f"harmless-{door.port}"}
    invite = door.request("INVITE", body=HARMLESS[name], **names)
    assert defect(keeper, door, invite) == ""
    assert door.receive().status == 180
    door.send(door.request("CANCEL", **names))
    assert {door.receive().status, door.receive().status} == {200, 487}


@pytest.mark.parametrize("name", MISREAD)
def test_description_is_read_as_pjsip_reads_it(
    keeper: Gatekeeper, door: Peer, name: str
) -> None:
    """No spelling hides a defect that PJSIP would then meet."""
    body, code = MISREAD[name]
    assert defect(keeper, door, door.request("INVITE", body=body)) == code
    assert door.receive().status == 400


def test_many_crypto_lines(keeper: Gatekeeper, door: Peer) -> None:
    """More keys than PJSIP's array holds."""
    body = lines(*(f"a=crypto:{number} X inline:A" for number in range(70)))
    assert defect(keeper, door, door.request("INVITE", body=body)) == "sdp-crypto"


@pytest.mark.parametrize("formats", ["63", "101", "0 35"])
def test_unnamed_formats(keeper: Gatekeeper, door: Peer, formats: str) -> None:
    """RED, telephone-event and any other dynamic format need their name."""
    body = lines("a=fmtp:63 111/111", "a=fmtp:101 0-15", formats=formats)
    assert defect(keeper, door, door.request("INVITE", body=body)) == "sdp-rtpmap"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("--b--\r\n", id="no part"),
        pytest.param("--b\r\n\r\n--b--\r\n", id="empty part"),
    ],
)
def test_multipart(keeper: Gatekeeper, door: Peer, body: str) -> None:
    """A multipart body is not even read, empty or not."""
    kind = "Content-Type: multipart/mixed;boundary=b\r\n"
    invite = door.request("INVITE", headers=kind).replace(
        "Content-Length: 0\r\n\r\n", f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    assert defect(keeper, door, invite) == "multipart"
    assert door.receive().status == 400


@pytest.mark.parametrize(
    ("method", "kind", "body"),
    [
        ("MESSAGE", "application/im-iscomposing+xml", XML),
        ("NOTIFY", "application/pidf+xml", XML[:4000]),
        ("INVITE", "text/plain", "hello"),
        ("OPTIONS", "application/sdp", GOOD),
        ("INFO", "application/dtmf-relay", "Signal=1\r\n" * 200),
    ],
    ids=["typing", "presence", "text", "options", "long info"],
)
def test_unwanted_body(
    keeper: Gatekeeper, door: Peer, method: str, kind: str, body: str
) -> None:
    """Only the bodies that something here reads are let in."""
    assert defect(keeper, door, door.request(method, body=body, kind=kind)) == "body"
    assert door.receive().status == 400


def test_goodbye_needs_no_body(keeper: Gatekeeper, door: Peer) -> None:
    """Whatever a BYE carries, it ends the call."""
    door.send(door.request("INVITE", "answer", body=GOOD, call="goodbye"))
    tag = door.final().header("To").rpartition("tag=")[2]
    door.send(door.request("ACK", call="goodbye", to_tag=tag))
    names = {"call": "goodbye", "cseq": 2, "to_tag": tag}
    door.send(door.request("BYE", body=XML[:999], kind="application/xml", **names))
    assert door.final().status == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param(headers, code, id=f"{code} {headers.partition(':')[0]}")
        for headers, code in HEADERS
    ],
)
def test_too_many_headers(
    keeper: Gatekeeper, door: Peer, headers: str, code: str
) -> None:
    """Lists that PJSIP copies into arrays are short."""
    assert defect(keeper, door, door.request("INVITE", headers=headers)) == code


def test_longest_datagram(keeper: Gatekeeper, door: Peer) -> None:
    """A datagram of 8 KiB passes, and one byte more does not."""
    filling = "x" * (8192 - len(door.request("OPTIONS", headers="Subject: \r\n")) - 8)
    for more, code in (("", ""), ("x", "size")):
        message = door.request("OPTIONS", headers=f"Subject: {filling}{more}\r\n")
        missing = 8192 + len(more) - len(message)
        message = message.replace("Subject: ", f"Subject: {'x' * missing}")
        assert len(message) == 8192 + len(more)
        assert defect(keeper, door, message) == code
        assert door.receive().status == (400 if code else 200)


def test_two_methods(keeper: Gatekeeper, door: Peer) -> None:
    """A request is what its first line and its CSeq say."""
    message = door.request("OPTIONS").replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE")
    assert defect(keeper, door, message) == "cseq"


def test_every_defect_is_told(process: Gatekeeper) -> None:
    """The library says what its shield keeps away, and these tests know all of it."""
    tested = {*DEFECTIVE, *(code for _, code in HEADERS)}
    tested |= {"multipart", "body", "maddr", "cseq"}
    assert set(process.info["shield"]) == tested
    assert len(process.info["shield"]) == len(tested)


@pytest.mark.parametrize("user", ["pass", "refuse", "busy"])
@pytest.mark.parametrize("victim", [HOST, "victim.test"])
def test_answers_go_back_to_the_sender(
    keeper: Gatekeeper, door: Peer, user: str, victim: str
) -> None:
    """A request cannot send our answers elsewhere, nor have a name looked up."""
    with peer(keeper.udp) as other:
        invite = door.request("INVITE", user, body=GOOD).replace(
            f"{HOST}:{door.port};rport", f"sender.test:{other.port};maddr={victim}"
        )
        assert defect(keeper, door, invite) == "maddr"
        assert door.receive().status in (400, 403, 486)
        assert not [one for one in keeper.waiting() if one["event"] == "resolve"]
        assert other.silent()


@pytest.mark.parametrize("user", ["pass", "refuse"])
def test_names_in_via(keeper: Gatekeeper, door: Peer, user: str) -> None:
    """The sender's name is only a name, even if it says where it was received."""
    with peer(keeper.udp) as other:
        sender = f"sender.test:{door.port};received=victim.test;rport={other.port}"
        door.send(
            door.request("OPTIONS", user).replace(f"{HOST}:{door.port};rport", sender)
        )
        assert door.receive().status in (200, 403)
        sender = f"sender.test:{door.port}"
        door.send(
            door.request("OPTIONS", user).replace(f"{HOST}:{door.port};rport", sender)
        )
        assert door.receive().status in (200, 403)
        assert not [one for one in keeper.waiting() if one["event"] == "resolve"]
        assert other.silent()


def test_subscription_that_ends_at_once(keeper: Gatekeeper, door: Peer) -> None:
    """A SUBSCRIBE with Expires 0 from a peer that may send one does no harm."""
    headers = "Event: presence\r\nExpires: 0\r\n"
    assert defect(keeper, door, door.request("SUBSCRIBE", headers=headers)) == ""
    assert door.receive().status in (200, 202)


def test_registrar_with_many_routes(keeper: Gatekeeper, door: Peer) -> None:
    """Lists of service routes, in one header or in several, change nothing."""
    keeper.command("register", registrar=f"sip:127.0.0.1:{door.port}", user="routes")
    request = door.asked("REGISTER")
    contact = next(one for one in request.split("\r\n") if one.startswith("Contact"))
    routes = "".join(
        f"Service-Route: {', '.join(['<sip:192.0.2.1;lr>'] * count)}\r\n"
        for count in (8, 100)
    )
    door.answer(request, "200 OK", headers=f"{contact}\r\nExpires: 300\r\n{routes}")
    assert keeper.wait("registration")["status"] == 200
    keeper.command("dial", uri=f"sip:bell@127.0.0.1:{door.port}", account="routes")
    invite = door.asked("INVITE")
    assert "\r\nRoute:" not in invite
    door.answer(invite, "486 Busy Here")


def test_answer_with_a_defect(keeper: Gatekeeper, door: Peer) -> None:
    """A call whose answer cannot be read ends by itself."""
    keeper.command("dial", uri=f"sip:bell@127.0.0.1:{door.port}")
    invite = door.asked("INVITE")
    body = DEFECTIVE["sdp-rtpmap"]
    kind = f"Contact: <sip:bell@127.0.0.1:{door.port}>\r\n{SDP_KIND}"
    door.answer(invite, "200 OK", headers=kind, body=body)
    assert keeper.wait("defective_response")["defect"] == "sdp-rtpmap"
    door.answer(door.asked("BYE"), "200 OK")
    assert keeper.wait("call", lambda one: one["state"] == 6)


def test_longest_answers(keeper: Gatekeeper, door: Peer) -> None:
    """Answers that just fit, or just do not, end where their buffer ends."""
    last = door.request("OPTIONS", "busy").replace("/UDP", "/TCP").encode()
    with socket.create_connection((HOST, keeper.tcp)) as stream:
        stream.settimeout(PATIENCE)
        Thread(target=send_long_requests, args=(stream, door, last)).start()
        received = b""
        while b"SIP/2.0 486" not in received[-600:]:
            received += stream.recv(65535)
    assert received.count(b"SIP/2.0 200") > 10


def send_long_requests(stream: socket.socket, door: Peer, last: bytes) -> None:
    """Send requests whose answers grow over the longest that PJSIP can write."""
    for length in range(15500, 16000):
        call = "x" * length
        stream.sendall(
            door.request("OPTIONS", call=call).replace("/UDP", "/TCP").encode()
        )
    stream.sendall(last)
