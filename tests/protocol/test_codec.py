"""The codec: what the page shows comes through, everything else is refused."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
import json
import random
from types import MappingProxyType

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol import commands, messages
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    CallState,
    Direction,
)
from custom_components.sip_intercom.lib.sipagent.protocol.codec import (
    MESSAGE_TYPES,
    decode_message,
    decode_request,
    encode_message,
    encode_request,
    read_id,
    read_schema,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import (
    Configure,
    SetHost,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    DeviceConfig,
    HostConfig,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.decoders import decoder_for
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    LineTooLongError,
    MalformedMessageError,
    ProtocolError,
    UnknownMessageError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    AgentMessage,
    CallChanged,
    Hello,
    Request,
)
from custom_components.sip_intercom.lib.sipagent.protocol.version import (
    MAX_LINE_LENGTH,
)

from .conftest import EXAMPLES

type Path = tuple[str | int, ...]
type Message = AgentMessage | Request

RING = CallChanged(
    event=CallEventType.INCOMING,
    call=Call(
        id="c4", direction=Direction.INBOUND, state=CallState.RINGING, caller="Tür 🚪"
    ),
)


def decode(line: bytes) -> Message:
    """Decode a line of either side."""
    if line.startswith(b'{"type":"request"'):
        return decode_request(line)
    return decode_message(line)


def encode(message: Message) -> bytes:
    """Encode a message of either side."""
    if isinstance(message, Request):
        return encode_request(message)
    return encode_message(message)


def test_example_comes_through(example: bytes) -> None:
    """An example is decoded, and encoded to the very same line."""
    assert encode(decode(example)) == example + b"\n"


def test_every_message_has_an_example() -> None:
    """The page shows each message class."""
    shown = {
        name
        for line in EXAMPLES
        for name in MESSAGE_TYPES
        if f'"type":"{name}"'.encode() in line
    }
    assert shown == MESSAGE_TYPES.keys()


def test_every_class_of_the_module_is_known() -> None:
    """No message class was forgotten in the unions."""
    values = {messages.TransportStatus, commands.Callee}
    classes = {
        value
        for module in (commands, messages)
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    }
    assert classes - values == set(MESSAGE_TYPES.values())


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Return the way to every value inside of a JSON value."""
    items: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def changed(
    value: object, path: Path, change: Callable[[object, str | int], None]
) -> bytes:
    """Return a line whose value at a path was changed."""
    value = deepcopy(value)
    inner: object = value
    for key in path[:-1]:
        assert isinstance(inner, dict | list)
        inner = inner[key]  # type: ignore[index]
    change(inner, path[-1])
    return json.dumps(value).encode()


def remove(parent: object, key: str | int) -> None:
    """Remove a field."""
    assert isinstance(parent, dict)
    del parent[key]


def replace_by_nonsense(parent: object, key: str | int) -> None:
    """Replace a value by an object that fits nowhere."""
    assert isinstance(parent, dict | list)
    parent[key] = {"nonsense": [None]}  # type: ignore[index]


def test_missing_fields_are_refused(example: bytes) -> None:
    """No field of a message may be missing, and the error names it."""
    value = json.loads(example)
    fields = [path for path in paths(value) if "build" not in path[:-1]]
    for path in (path for path in fields if isinstance(path[-1], str)):
        with pytest.raises(MalformedMessageError, match=f"'{path[-1]}'.*missing"):
            decode_as(example, changed(value, path, remove))


def test_wrong_types_are_refused(example: bytes) -> None:
    """No field takes an object that does not belong there."""
    value = json.loads(example)
    for path in paths(value):
        line = changed(value, path, replace_by_nonsense)
        with pytest.raises(MalformedMessageError):
            decode_as(example, line)


def test_unknown_fields_are_refused(example: bytes) -> None:
    """Every object refuses a field that the schema does not know."""
    value = json.loads(example)
    keys = [path for path in paths(value) if isinstance(path[-1], str)]
    for path in {key[:-1] for key in keys if "build" not in key[:-1]}:
        line = changed(value, (*path, "surprise"), replace_by_nonsense)
        with pytest.raises(MalformedMessageError, match="'surprise' is unknown"):
            decode_as(example, line)


def decode_as(example: bytes, line: bytes) -> Message:
    """Decode a line that belongs to the example's side."""
    is_request = example.startswith(b'{"type":"request"')
    return decode_request(line) if is_request else decode_message(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'"hello"',
        b"{",
        b"{}",
        b'{"type":7}',
        b'{"type":"hello","schema":NaN,"pjsip":"","build":{}}',
        b'{"type":"hello","schema":true,"pjsip":"","build":{}}',
        b'{"type":"hello","schema":1.0,"pjsip":"","build":{}}',
        b'{"type":"hello","schema":' + b"1" * 5000 + b',"pjsip":"","build":{}}',
        b'{"type":"hello","schema":1,"pjsip":null,"build":{}}',
        b'{"type":"hello","schema":1,"pjsip":"","build":{"a":1.5}}',
        b'{"type":"hello","schema":1,"pjsip":"","build":{"a":[1]}}',
        b'{"type":"hello","schema":1,"pjsip":"","build":{"a":null}}',
        b'{"type":"heartbeat"}{"type":"heartbeat"}',
        b'\xef\xbb\xbf{"type":"heartbeat"}',
        '{"type":"heartbeat"}'.encode("utf-16"),
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_malformed_lines(line: bytes) -> None:
    """What is no message of the schema is malformed, whatever it is."""
    with pytest.raises(MalformedMessageError):
        decode_message(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"dance"}',
        b'{"type":"request","id":1,"command":{"type":"list_state"}}',
        b'{"type":"result","id":1,"value":{"type":"hello"}}',
        b'{"type":"Hello","schema":1,"pjsip":"","build":{}}',
    ],
)
def test_unknown_messages(line: bytes) -> None:
    """A type that has no business there is unknown, not malformed."""
    with pytest.raises(UnknownMessageError, match="unknown message type '"):
        decode_message(line)


def test_hostile_names_are_not_repeated() -> None:
    """Errors repeat names only when they look like names."""
    line = json.dumps({"type": "x\r\n" * 99}).encode()
    with pytest.raises(UnknownMessageError, match=r"type \(unprintable\)$"):
        decode_message(line)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("password", 31337, "password: must be a string, not an integer"),
        ("password", None, "password: must be a string, not null"),
        ("port", "31337", "port: has a wrong type|port: must be an integer"),
        ("transport", "31337", "transport: must be one of udp, tcp, tls"),
        ("transport", ["31337"], "transport: must be one of udp, tcp, tls"),
        ("trusted_networks", "31337", "must be an array, not a string"),
        ("trusted_networks", ["10.0.0.0/8", 31337], "trusted_networks.1: must be"),
        ("token", "31337", "the token must be 32 hexadecimal digits"),
        ("token", "31337;" + "0" * 26, "the token must be 32 hexadecimal digits"),
        ("token", "313370" + "A" * 26, "the token must be 32 hexadecimal digits"),
        ("token", "313370" + "0" * 26 + "\n", "the token must be 32 hexadecimal"),
    ],
)
def test_errors_name_the_field_and_not_the_value(
    field: str, value: object, sentence: str
) -> None:
    """An error says where and what is wrong, and keeps the secret."""
    account = AccountConfig(
        id="a", server="s", username="u", password="31337", token="0" * 32
    )
    config = UserAgentConfig(accounts=(account,))
    line = encode_request(Request(id=1, command=Configure(config=config)))
    raw = json.loads(line)
    raw["command"]["config"]["accounts"][0][field] = value
    with pytest.raises(MalformedMessageError, match=sentence) as caught:
        decode_request(json.dumps(raw).encode())
    assert "request.command.configure.config.accounts.0" in str(caught.value)
    assert "31337" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_line_too_long() -> None:
    """Both directions refuse a line above the limit, and take one at it."""
    empty = len(encode_request(Request(id=1, command=_set_host(""))))
    fitting = Request(id=1, command=_set_host("x" * (MAX_LINE_LENGTH - empty + 1)))
    line = encode_request(fitting)
    assert len(line) == MAX_LINE_LENGTH + 1
    assert decode_request(line) == fitting
    with pytest.raises(LineTooLongError):
        encode_request(Request(id=12, command=fitting.command))
    with pytest.raises(LineTooLongError):
        decode_request(b" " + line)


def _set_host(name: str) -> SetHost:
    """Return a command of any length."""
    return SetHost(host=HostConfig(name=name, addresses=()))


def test_one_line_of_ascii() -> None:
    """Whatever the text holds, the line has one line feed and no other byte above."""
    line = encode_message(RING)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert decode_message(line) == RING


@pytest.mark.parametrize("text", ["\n\r\0", "\u2028\x85", "\ud800", '"\\', "🚪"])
def test_any_text_comes_through(text: str) -> None:
    """Line feeds, surrogates and the like survive inside of a string."""
    config = UserAgentConfig(username=text, devices=(DeviceConfig(id=text),))
    request = Request(id=1, command=Configure(config=config))
    line = encode_request(request)
    assert line.index(b"\n") == len(line) - 1
    assert decode_request(line) == request


def test_whole_number_stands_for_a_fraction() -> None:
    """A duration may be written without a decimal point, but is no boolean."""
    line = encode_message(RING)
    whole = decode_message(line.replace(b'"duration":0.0', b'"duration":3'))
    assert isinstance(whole, CallChanged)
    assert (whole.call.duration, type(whole.call.duration)) == (3.0, float)
    for wrong in (b"true", b'"3"', b"1" * 40):
        with pytest.raises(MalformedMessageError, match="duration"):
            decode_message(line.replace(b'"duration":0.0', b'"duration":' + wrong))


def test_not_a_number_is_not_written() -> None:
    """What JSON cannot say is an error of the writer."""
    call = Call(
        id="c4",
        direction=Direction.INBOUND,
        state=CallState.RINGING,
        duration=float("nan"),
    )
    with pytest.raises(ValueError, match="JSON"):
        encode_message(CallChanged(event=CallEventType.ENDED, call=call))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (b'{"type":"request","id":7,"command":{"type":"dance"}}', 7),
        (b'{"type":"request","id":true}', None),
        (b'{"type":"request"}', None),
        (b"[7]", None),
        (b"no JSON", None),
        (b" " * (MAX_LINE_LENGTH + 2), None),
    ],
)
def test_id_of_an_undecodable_line(line: bytes, number: int | None) -> None:
    """A request that cannot be decoded may still be answered by its id."""
    assert read_id(line) == number


@pytest.mark.parametrize(
    ("line", "schema"),
    [
        (b'{"type":"hello","schema":9,"other":{}}', 9),
        (b'{"type":"hello","schema":"9"}', None),
        (b'{"type":"hi","schema":9}', None),
        (b"[]", None),
        (b"no JSON", None),
    ],
)
def test_schema_of_an_undecodable_hello(line: bytes, schema: int | None) -> None:
    """The hello of another schema is recognised although it has other fields."""
    assert read_schema(line) == schema


def test_damaged_lines_raise_nothing_else() -> None:
    """Whatever happens to a line, it is a message or an error of the protocol."""
    chance = random.Random(5060)
    outcomes = {"message": 0, "error": 0}
    for _ in range(3000):
        line = bytearray(chance.choice(EXAMPLES))
        for _ in range(chance.randint(1, 3)):
            line[chance.randrange(len(line))] = chance.choice(b'{}[]",:0a\\\xff')
        try:
            decode_as(bytes(line), bytes(line))
            outcomes["message"] += 1
        except ProtocolError:
            outcomes["error"] += 1
    assert outcomes["error"] > 1000
    assert outcomes["message"] > 100


@dataclass
class _Typed:
    """Has a field where the type name would be."""

    type: str


def test_field_in_the_place_of_the_type() -> None:
    """A message cannot have a field that would hide its type name."""
    with pytest.raises(TypeError, match="'type' of _Typed is taken"):
        decoder_for(_Typed)


def test_encoding_a_stranger() -> None:
    """Only dataclasses, mappings and JSON's own types are written."""
    hello = Hello(schema=1, pjsip="", build={"x": b"bytes"})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="dataclass"):
        encode_message(hello)


def test_read_only_mapping() -> None:
    """Build facts may be any mapping."""
    hello = Hello(schema=1, pjsip="2.17", build=MappingProxyType({"x": ("a", "b")}))
    assert decode_message(encode_message(hello)) == hello


@pytest.mark.parametrize(
    "hint", [bytes, tuple[int, str], dict[str, int], complex, Hello | bytes]
)
def test_hint_without_wire_form(hint: object) -> None:
    """A field that the wire cannot carry is noticed when the codec is compiled."""
    with pytest.raises(TypeError, match="wire form"):
        decoder_for(hint)
