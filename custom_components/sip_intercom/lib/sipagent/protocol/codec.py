"""Messages to JSON lines and back.

A message is an object whose `type` is the snake_case name of its class;
every field is present. Errors name the field and never its value, which may
be a password.
"""

from collections.abc import Mapping
from dataclasses import fields
import json
from typing import Any, NoReturn

from .commands import Command
from .decoders import (
    TAG,
    Decoder,
    WrongValueError,
    tagged_decoder,
    type_table,
    wire_name,
)
from .errors import LineTooLongError, MalformedMessageError
from .messages import AgentMessage, Hello, Request, ResultValue
from .version import MAX_LINE_LENGTH

_REQUESTS = type_table(Request)
_MESSAGES = type_table(AgentMessage)
MESSAGE_TYPES = _REQUESTS | _MESSAGES | type_table(Command, ResultValue)
"""Every class that carries its type name, by that name."""

_shapes: dict[type, tuple[str | None, tuple[str, ...]]] = {}
_decode_tagged_request = tagged_decoder(_REQUESTS)
_decode_tagged_message = tagged_decoder(_MESSAGES)


def encode_request(request: Request) -> bytes:
    """Return a request as a line; LineTooLongError."""
    return _encode(request)


def decode_request(line: bytes) -> Request:
    """Return the request of a line.

    Raises MalformedMessageError, UnknownMessageError or LineTooLongError.
    """
    request: Request = _decode(line, _decode_tagged_request)
    return request


def encode_message(message: AgentMessage) -> bytes:
    """Return an agent's message as a line; LineTooLongError."""
    return _encode(message)


def decode_message(line: bytes) -> AgentMessage:
    """Return the agent's message of a line.

    Raises MalformedMessageError, UnknownMessageError or LineTooLongError.
    """
    message: AgentMessage = _decode(line, _decode_tagged_message)
    return message


def read_id(line: bytes) -> int | None:
    """Return the id of a line that could not be decoded, if it has one."""
    try:
        value = _parse(line)
    except MalformedMessageError, LineTooLongError:
        return None
    number = value.get("id") if isinstance(value, dict) else None
    return number if type(number) is int else None


def read_schema(line: bytes) -> int | None:
    """Return the schema of a hello that this schema cannot decode, if it is one."""
    try:
        value = _parse(line)
    except MalformedMessageError, LineTooLongError:
        return None
    if not isinstance(value, dict) or value.get(TAG) != wire_name(Hello):
        return None
    schema = value.get("schema")
    return schema if type(schema) is int else None


def _encode(message: object) -> bytes:
    """Return one line with its line feed."""
    line = _ENCODER.encode(message).encode()
    if len(line) > MAX_LINE_LENGTH:
        raise LineTooLongError(_TOO_LONG)
    return line + b"\n"


def _shape(cls: type) -> tuple[str | None, tuple[str, ...]]:
    """Return a dataclass's type name, if it carries one, and its fields."""
    name = wire_name(cls)
    tag = name if MESSAGE_TYPES.get(name) is cls else None
    return tag, tuple(field.name for field in fields(cls))


def _plain(value: Any) -> dict[str, object]:
    """Return what the JSON encoder does not know as an object."""
    if isinstance(value, Mapping):
        return dict(value)
    cls = type(value)
    tag, names = _shapes.get(cls) or _shapes.setdefault(cls, _shape(cls))
    plain: dict[str, object] = {} if tag is None else {TAG: tag}
    for name in names:
        plain[name] = getattr(value, name)
    return plain


def _decode(line: bytes, decode: Decoder) -> Any:
    """Parse and decode one line."""
    try:
        return decode(_parse(line))
    except WrongValueError as wrong:
        raise MalformedMessageError(wrong.sentence()) from None


def _parse(line: bytes) -> object:
    """Return a line's JSON value."""
    if len(line) > MAX_LINE_LENGTH + 1:
        raise LineTooLongError(_TOO_LONG)
    try:
        value: object = _DECODER.decode(line.decode())
    except ValueError, RecursionError:
        raise MalformedMessageError("the line is no JSON object in UTF-8") from None
    return value


def _refuse_constant(_: str) -> NoReturn:
    """Refuse NaN and the infinities, which are no JSON."""
    raise ValueError


_TOO_LONG = f"the line is longer than {MAX_LINE_LENGTH} bytes"
_ENCODER = json.JSONEncoder(
    separators=(",", ":"), allow_nan=False, check_circular=False, default=_plain
)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
