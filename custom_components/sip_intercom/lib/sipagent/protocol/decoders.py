"""Strict decoders from JSON values to dataclasses, compiled from type hints."""

from collections.abc import Callable, KeysView, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
import re
from types import NoneType, UnionType
from typing import Any, TypeAliasType, Union, get_args, get_origin, get_type_hints

from .errors import UnknownMessageError

TAG = "type"

type Decoder = Callable[[object], Any]

_JSON_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "an array",
    dict: "an object",
    NoneType: "null",
}
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MAX_NAME_LENGTH = 40


class WrongValueError(Exception):
    """A JSON value does not fit its field; `path` leads from the outside in."""

    def __init__(self, problem: str) -> None:
        """Start at the value itself."""
        super().__init__(problem)
        self.problem = problem
        self.path: list[str] = []

    def sentence(self) -> str:
        """Return where and what, without the value."""
        return f"{'.'.join(reversed(self.path)) or 'message'}: {self.problem}"


def wire_name(cls: type) -> str:
    """Return the type name of a class on the wire."""
    return _WORD_START.sub("_", cls.__name__).lower()


def members(hint: object) -> tuple[object, ...]:
    """Return the members of a union, aliases resolved; of anything else itself."""
    if isinstance(hint, TypeAliasType):
        return members(hint.__value__)
    if get_origin(hint) in (Union, UnionType):
        return tuple(member for arg in get_args(hint) for member in members(arg))
    return (hint,)


def type_table(*hints: object) -> dict[str, type]:
    """Return the dataclasses among the hints' members by their wire names."""
    return {
        wire_name(member): member
        for hint in hints
        for member in members(hint)
        if isinstance(member, type) and is_dataclass(member)
    }


def safe_name(name: object) -> str:
    """Return a peer's name fit for a message: an identifier, or none at all."""
    if isinstance(name, str) and len(name) <= _MAX_NAME_LENGTH and name.isidentifier():
        return repr(name)
    return "(unprintable)"


@cache
def decoder_for(hint: object) -> Decoder:
    """Compile the decoder of a type hint once."""
    union = members(hint)
    if len(union) > 1:
        return _union_decoder(union)
    (single,) = union
    origin = get_origin(single)
    if origin is tuple:
        return _tuple_decoder(get_args(single))
    if origin is Mapping:
        return _mapping_decoder(get_args(single))
    if not isinstance(single, type):
        raise TypeError(f"no wire form for {single}")
    if issubclass(single, StrEnum):
        return _enum_decoder(single)
    if is_dataclass(single):
        return object_decoder(single)
    return _plain_decoder(single)


def object_decoder(cls: Any) -> Decoder:
    """Compile the decoder of a dataclass: all of its fields and no others.

    The class may check them; its ValueError must not name a value.
    """
    hints = get_type_hints(cls)
    decoders = {field.name: decoder_for(hints[field.name]) for field in fields(cls)}
    names = decoders.keys()
    if TAG in names:
        raise TypeError(f"the field {TAG!r} of {cls.__name__} is taken")

    def decode(value: object) -> object:
        if type(value) is not dict:
            raise _wrong("an object", value)
        if value.keys() != names:
            raise _wrong_fields(value, names)
        values = {}
        for name, decode_field in decoders.items():
            try:
                values[name] = decode_field(value[name])
            except WrongValueError as wrong:
                wrong.path.append(name)
                raise
        try:
            return cls(**values)
        except ValueError as err:
            raise WrongValueError(str(err)) from None

    return decode


def tagged_decoder(table: Mapping[str, type]) -> Decoder:
    """Return the decoder of dataclasses that are told apart by their type name.

    Each is compiled for its first message: a side reads only the other one's.
    """

    def decode(value: object) -> object:
        if type(value) is not dict:
            raise _wrong("an object", value)
        tag = value.pop(TAG, None)
        if not isinstance(tag, str):
            raise WrongValueError(f"the field '{TAG}' is missing or no string")
        cls = table.get(tag)
        if cls is None:
            raise UnknownMessageError(f"unknown message type {safe_name(tag)}")
        try:
            return decoder_for(cls)(value)
        except WrongValueError as wrong:
            wrong.path.append(tag)
            raise

    return decode


def _plain_decoder(cls: type) -> Decoder:
    """Decode a string, boolean, integer or float; a float may come as integer."""
    if cls is float:
        return _decode_float
    if cls is NoneType:
        return _decode_none
    if cls not in (str, bool, int):
        raise TypeError(f"no wire form for {cls}")
    expected = _JSON_NAMES[cls]

    def decode(value: object) -> object:
        if type(value) is not cls:
            raise _wrong(expected, value)
        return value

    return decode


def _decode_float(value: object) -> float:
    """Decode a number."""
    if type(value) is float:
        return value
    if type(value) is int and abs(value) < 2**53:
        return float(value)
    raise _wrong("a number", value)


def _decode_none(value: object) -> None:
    """Decode null."""
    if value is not None:
        raise _wrong("null", value)


def _enum_decoder(cls: type[StrEnum]) -> Decoder:
    """Decode one of an enumeration's strings."""
    table = {member.value: member for member in cls}

    def decode(value: object) -> StrEnum:
        if type(value) is str and (member := table.get(value)) is not None:
            return member
        raise WrongValueError(f"must be one of {', '.join(table)}")

    return decode


def _tuple_decoder(args: tuple[object, ...]) -> Decoder:
    """Decode an array whose items all have one type."""
    if len(args) != 2 or args[1] is not Ellipsis:
        raise TypeError("only tuples of any length have a wire form")
    decode_item = decoder_for(args[0])

    def decode(value: object) -> tuple[object, ...]:
        if type(value) is not list:
            raise _wrong("an array", value)
        return tuple(
            _decode_member(decode_item, item, str(index))
            for index, item in enumerate(value)
        )

    return decode


def _mapping_decoder(args: tuple[object, ...]) -> Decoder:
    """Decode an object with any names and values of one type."""
    if args[0] is not str:
        raise TypeError("only mappings from strings have a wire form")
    decode_item = decoder_for(args[1])

    def decode(value: object) -> dict[str, object]:
        if type(value) is not dict:
            raise _wrong("an object", value)
        return {
            name: _decode_member(decode_item, item, safe_name(name))
            for name, item in value.items()
        }

    return decode


def _decode_member(decode: Decoder, value: object, name: str) -> object:
    """Decode an item and name it in the error."""
    try:
        return decode(value)
    except WrongValueError as wrong:
        wrong.path.append(name)
        raise


def _union_decoder(union: tuple[object, ...]) -> Decoder:
    """Decode tagged dataclasses, or whichever plain type fits; null if allowed."""
    rest = tuple(member for member in union if member is not NoneType)
    if len(rest) == 1:
        decode_rest = decoder_for(rest[0])
    elif len(table := type_table(*rest)) == len(rest):
        decode_rest = tagged_decoder(table)
    else:
        decode_rest = _first_fit(tuple(decoder_for(member) for member in rest))
    if len(rest) == len(union):
        return decode_rest
    return lambda value: None if value is None else decode_rest(value)


def _first_fit(decoders: tuple[Decoder, ...]) -> Decoder:
    """Decode with the first decoder that takes the value."""

    def decode(value: object) -> object:
        for decode_one in decoders:
            try:
                return decode_one(value)
            except WrongValueError:
                continue
        raise WrongValueError(f"has a wrong type: {_json_name(value)}")

    return decode


def _wrong(expected: str, value: object) -> WrongValueError:
    """Return the error for a value of the wrong type."""
    return WrongValueError(f"must be {expected}, not {_json_name(value)}")


def _wrong_fields(value: Mapping[str, object], names: KeysView[str]) -> WrongValueError:
    """Return the error for missing or unknown fields."""
    if missing := sorted(names - value.keys()):
        return WrongValueError(f"the field {missing[0]!r} is missing")
    unknown = min(value.keys() - names)
    return WrongValueError(f"the field {safe_name(unknown)} is unknown")


def _json_name(value: object) -> str:
    """Return what JSON calls the value's type."""
    return _JSON_NAMES.get(type(value), "something else")
