"""What users type and what peers send as addresses."""

import random
import string

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.config import Transport
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidTargetError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.sip_uri import (
    SipUri,
    canonical_host,
    is_numeric_address,
    numeric_address,
    parse_or_none,
    parse_target,
    parse_uri,
    same_user,
)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("192.0.2.5", "sip:192.0.2.5"),
        (" 192.0.2.5\n", "sip:192.0.2.5"),
        ("192.0.2.5:5062", "sip:192.0.2.5:5062"),
        ("2001:DB8::1", "sip:[2001:db8::1]"),
        ("[2001:db8:0::1]", "sip:[2001:db8::1]"),
        ("[2001:db8::1]:5062", "sip:[2001:db8::1]:5062"),
        ("door@2001:db8::1", "sip:door@[2001:db8::1]"),
        ("::ffff:192.0.2.5", "sip:192.0.2.5"),
        ("door@::ffff:192.0.2.5", "sip:door@192.0.2.5"),
        ("Front.Example.ORG.", "sip:front.example.org"),
        ("front", "sip:front"),
        ("front:5062", "sip:front:5062"),
        ("door_1@front", "sip:door_1@front"),
        ("door@front.example.org:5062", "sip:door@front.example.org:5062"),
        ("Tür@front", "sip:T%C3%BCr@front"),
        ("*21#@front", "sip:*21%23@front"),
        ("sip:front", "sip:front"),
        ("SIP:door@front;Transport=TCP", "sip:door@front;transport=tcp"),
        ("sips:door@front;lr;x=1", "sips:door@front;lr;x=1"),
        ("sip:+49301;phone-context=x@front", "sip:+49301;phone-context=x@front"),
        ("sip:a%40b@front", "sip:a%40b@front"),
    ],
)
def test_target(text: str, uri: str) -> None:
    """What a user may type becomes a URI that parses to itself."""
    target = parse_target(text)
    assert str(target) == uri
    assert parse_uri(uri) == target


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("door", "sip:door@pbx.example.org"),
        ("john.doe", "sip:john.doe@pbx.example.org"),
        ("**610", "sip:**610@pbx.example.org"),
        ("*21#", "sip:*21%23@pbx.example.org"),
        ("+49 (30) 12-3/4", "sip:+49301234@pbx.example.org"),
        ("192.0.2.5", "sip:192.0.2.5"),
        ("2001:db8::1", "sip:[2001:db8::1]"),
        ("door@other", "sip:door@other"),
        ("other:5062", "sip:other:5062"),
        ("sip:other", "sip:other"),
    ],
)
def test_target_of_an_account(text: str, uri: str) -> None:
    """With a domain, a single word is somebody there; a host stays a host."""
    assert str(parse_target(text, domain="PBX.example.org")) == uri


def test_domain_may_be_an_address() -> None:
    """A user at a domain that is an IPv6 address has it in brackets."""
    assert str(parse_target("100", domain="2001:db8::1")) == "sip:100@[2001:db8::1]"
    assert str(parse_target("door", domain="[2001:db8::1]")) == "sip:door@[2001:db8::1]"


def test_number_without_domain_has_no_host() -> None:
    """A number is kept until somebody knows where it is dialled."""
    number = parse_target("+49 30 1234")
    assert number == SipUri(user="+49301234")
    assert str(number) == "+49301234"
    assert number.is_number
    assert str(number.at("pbx")) == "sip:+49301234@pbx"
    assert parse_target("door@front").at("pbx").host == "front"
    assert not parse_target("door@front").is_number


BROKEN = [
    "sip:",
    "sip:@front",
    "sip:door@",
    "sip:door:secret@front",
    "sip:door@front?Replaces=1",
    "sip:front?x=a@b",
    "sip:do or@front",
    "sip:door@front\r\nX: y",
    "sip:door\x00@front",
    "sip:%0d%0aX@front",
    "sip:%00@front",
    "sip:%20@front",
    "sip:%e2%80%ae@front",
    "sip:%ff@front",
    "sip:%4@front",
    "sip:100%@front",
    "sip:a@b@front",
    "sip:<a>@front",
    'sip:"a"@front',
    "sip:door@front:0",
    "sip:door@front:65536",
    "sip:door@front:123456",
    "sip:door@front:",
    "sip:door@300.0.2.5",
    "sip:door@192.0.2",
    "sip:door@192.0.2.5.",
    "sip:door@[192.0.2.5]",
    "sip:door@[2001:db8::1",
    "sip:door@2001:db8::1",
    "sip:door@[2001::db8::1]",
    "sip:door@[fe80::1%eth0]",
    "sip:door@-front",
    "sip:door@fr..ont",
    "sip:door@" + "a" * 64,
    "sip:door@" + ".".join(["abcdefgh"] * 29),
    "sip:door@frönt",
    "sip:door@front;",
    "sip:door@front;;lr",
    "sip:door@front;=x",
    "sip:door@front;lr;LR",
    "sip:door@front;x=%4",
    "sip:door@front;transport=carrier-pigeon",
    "sip:door@front;transport",
    "sip:" + "a" * 512 + "@front",
    "sip:door@front" + ";a=b" * 200,
    "http://front",
    "mailto:door@front",
    "tel:abc xyz",
]


@pytest.mark.parametrize("text", BROKEN)
def test_broken_uri(text: str) -> None:
    """Nothing that could carry more than an address is one."""
    with pytest.raises(InvalidTargetError):
        parse_uri(text)
    assert parse_or_none(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "  ", "192.0.2", "300.1.1.1", "a b", "a@b?x", "a\nb@c", "fe80::1%eth0", "ü"],
)
def test_broken_target(text: str) -> None:
    """What cannot be dialled is refused where it is typed."""
    with pytest.raises(InvalidTargetError):
        parse_target(text)


@pytest.mark.parametrize("text", ["x y", "?", "a%0db", "<a>"])
def test_broken_user_of_an_account(text: str) -> None:
    """A user at an account cannot smuggle anything either."""
    with pytest.raises(InvalidTargetError):
        parse_target(text, domain="pbx")


def test_parts() -> None:
    """A URI's parts are resolved and typed."""
    uri = parse_uri("sips:a%2Fb@Host:5061;transport=tls;OB;x=Y")
    assert uri == SipUri(
        user="a/b",
        host="host",
        port=5061,
        transport=Transport.TLS,
        secure=True,
        params=(("ob", ""), ("x", "Y")),
    )
    assert (uri.param("ob"), uri.param("x"), uri.param("y")) == ("", "Y", None)


@pytest.mark.parametrize(
    ("text", "user", "host"),
    [
        ("sip:100@192.0.2.5", "100", "192.0.2.5"),
        ("<sip:100@192.0.2.5;transport=udp>;tag=1", "100", "192.0.2.5"),
        ('"Gate <1>" <sip:100@192.0.2.5>', "100", "192.0.2.5"),
        ('"<sip:200@192.0.2.6>" <sip:100@192.0.2.5>', "100", "192.0.2.5"),
        ("<tel:+49-30-(12)34;phone-context=x>", "+49301234", ""),
        ("sip:192.0.2.5", "", "192.0.2.5"),
    ],
)
def test_peer_uri(text: str, user: str, host: str) -> None:
    """A peer's URI is found in its brackets; a tel URI is a bare number."""
    uri = parse_or_none(text)
    assert uri is not None
    assert (uri.user, uri.host) == (user, host)


@pytest.mark.parametrize(
    "text", ["", "<", "<>", "<sip:a@b", "<<sip:a@>", "tel:", "tel:()"]
)
def test_peer_text_that_is_no_uri(text: str) -> None:
    """Half a URI is none, unless its bracket merely stays open."""
    uri = parse_or_none(text)
    assert uri is None or str(uri) == "sip:a@b"


def test_hostile_text_never_raises() -> None:
    """Whatever a peer sends is a URI that parses to itself, or nothing."""
    chance = random.Random(5061)
    letters = string.printable + "ü\u202e\ud800%@:;<>[]?=."
    parsed = 0
    for _ in range(5000):
        text = list("<sip:do%41or@[2001:db8::1]:5060;ob;x=1>")
        for _ in range(chance.randint(0, 3)):
            text[chance.randrange(len(text))] = chance.choice(letters)
        uri = parse_or_none("".join(text))
        if uri is not None and uri.host:
            parsed += 1
            assert parse_uri(str(uri)) == uri
            assert str(uri).isprintable()
    assert parsed > 500


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:a@Host", "sip:a@hOST", True),
        ("sip:%61@host", "sip:a@host", True),
        ("sip:A@host", "sip:a@host", False),
        ("sip:a@host", "sips:a@host", False),
        ("sip:a@host", "sip:a@host:5060", False),
        ("sip:a@host", "sip:a@host;transport=udp", False),
        ("sip:a@host;transport=UDP", "sip:a@host;transport=udp", True),
        ("sip:a@host;x=1", "sip:a@host", True),
        ("sip:a@host;x=1;y=2", "sip:a@host;y=2;x=1", True),
        ("sip:a@host;x=1", "sip:a@host;x=2", False),
        ("sip:a@host;x=A", "sip:a@host;x=a", True),
        ("sip:a@host;x", "sip:a@host;y", True),
        ("sip:a@host;user=phone", "sip:a@host", False),
        ("sip:a@host;maddr=b", "sip:a@host", False),
        ("sip:a@host", "sip:a@host;ttl", False),
        ("sip:host", "sip:a@host", False),
    ],
)
def test_comparison(one: str, other: str, same: bool) -> None:
    """URIs compare by RFC 3261 section 19.1.4, in both directions."""
    assert parse_uri(one).matches(parse_uri(other)) is same
    assert parse_uri(other).matches(parse_uri(one)) is same


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.5", "192.0.2.5"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("::ffff:192.0.2.5", "192.0.2.5"),
        ("[192.0.2.5]", None),
        ("192.0.2.05", None),
        ("192.0.2", None),
        ("3221225989", None),
        ("fe80::1%eth0", None),
        ("front", None),
        ("", None),
    ],
)
def test_numeric_address(text: str, address: str | None) -> None:
    """An address has one form; a name is none."""
    assert numeric_address(text) == address
    assert is_numeric_address(text) is (address is not None)


def test_canonical_host() -> None:
    """A host is an address or a name in lower case, or an error."""
    assert canonical_host("[2001:DB8::1]") == "2001:db8::1"
    assert canonical_host("PBX.example.org.") == "pbx.example.org"
    with pytest.raises(InvalidTargetError):
        canonical_host("a b")


@pytest.mark.parametrize(
    ("user", "spelling"),
    [
        ("+49 30-12", "+493012"),
        ("Door", "door"),
        ("front.door", "front.door"),
    ],
)
def test_same_user(user: str, spelling: str) -> None:
    """Numbers compare without separators, names without case."""
    assert same_user(user) == same_user(spelling)
    assert same_user(user) != same_user(spelling + "1")
