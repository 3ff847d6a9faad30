"""SIP URIs (RFC 3261 section 19.1) and what a user types instead of one.

Parsing is stricter than the grammar: no passwords, no headers, no control
characters, nothing that could end a header field or a name-addr.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
import re
from typing import Final
from urllib.parse import quote, unquote

from .config import Transport
from .errors import InvalidTargetError

MAX_URI_LENGTH: Final = 512  # characters
MAX_PORT: Final = 65535

_URI = re.compile(
    r"(?P<scheme>sips?):"
    r"(?:(?P<user>[^\s@:?<>\"\\\[\]{}|^`\x00-\x1f\x7f]{1,256})@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,254})"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<params>(?:;[A-Za-z0-9_.!~*'()%+$&/:\[\]=-]{1,128}){0,16})",
    re.IGNORECASE,
)
_TEL = re.compile(
    r"tel:(?P<user>\+?[0-9A-Fa-f*#().-]{1,64})(?:;[\w.!~*'()%+=-]*)*",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"\+?[0-9*#]+")
_TYPED_NUMBER = re.compile(r"\+?[0-9*#][0-9*# ()/-]*")
_NUMBER_SEPARATORS = str.maketrans("", "", " ()/-")
_SPELLING_SEPARATORS = str.maketrans("", "", " -.()/")
_USER_SAFE = "-_.!~*'()&=+$,;/"
_MUST_MATCH = frozenset({"user", "ttl", "method", "maddr"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SipUri:
    """A SIP URI, its escapes resolved, its host in one canonical form.

    An empty host stands for a number or user that needs a domain; an empty
    user is nobody in particular. `params` are all but the transport, names
    in lower case.
    """

    user: str = ""
    host: str = ""
    port: int | None = None
    transport: Transport | None = None
    secure: bool = False
    params: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the URI, or only the user where the host is missing."""
        if not self.host:
            return self.user
        user = f"{quote(self.user, safe=_USER_SAFE)}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port is not None else ""
        transport = f";transport={self.transport}" if self.transport else ""
        params = "".join(
            f";{name}={value}" if value else f";{name}" for name, value in self.params
        )
        scheme = "sips" if self.secure else "sip"
        return f"{scheme}:{user}{host}{port}{transport}{params}"

    @property
    def is_number(self) -> bool:
        """Tell whether the user is a telephone number or extension."""
        return _NUMBER.fullmatch(self.user) is not None

    def param(self, name: str) -> str | None:
        """Return a parameter's value, empty if it has none."""
        return dict(self.params).get(name)

    def at(self, domain: str) -> SipUri:
        """Return the URI with this host if it has none; an empty domain adds none."""
        if self.host or not domain:
            return self
        return replace(self, host=canonical_host(domain))

    def matches(self, other: SipUri) -> bool:
        """Compare by RFC 3261 section 19.1.4."""
        if (self.user, self.host, self.port, self.transport, self.secure) != (
            other.user,
            other.host,
            other.port,
            other.transport,
            other.secure,
        ):
            return False
        mine, theirs = dict(self.params), dict(other.params)
        names = (mine.keys() & theirs.keys()) | (
            (mine.keys() ^ theirs.keys()) & _MUST_MATCH
        )
        return all(
            mine.get(name, "").lower() == theirs.get(name, "").lower()
            and (name in mine) == (name in theirs)
            for name in names
        )


def parse_target(text: str, *, domain: str = "") -> SipUri:
    """Return what a user typed as a URI; InvalidTargetError.

    Takes an address, a host name, host:port, user@host, a number and a SIP
    URI. With a domain a single word is a user of that domain; without one it
    is a host, and a number is left without host.
    """
    text = text.strip()
    if not text:
        raise InvalidTargetError("the address is empty")
    if _TYPED_NUMBER.fullmatch(text):
        return SipUri(user=text.translate(_NUMBER_SEPARATORS)).at(domain)
    if re.match(r"sips?:", text, re.IGNORECASE):
        return parse_uri(text)
    if address := numeric_address(text):
        return SipUri(host=address)
    if domain and not re.search(r"[@:]", text):
        return parse_uri(f"sip:{text.replace('#', '%23')}@{_bracketed(domain)}")
    return parse_uri(f"sip:{_bracket_host(text)}")


def parse_uri(text: str) -> SipUri:
    """Return a SIP or SIPS URI; InvalidTargetError."""
    if (uri := _parse(text)) is None:
        raise InvalidTargetError("the address is no number, host, user@host or SIP URI")
    return uri


def parse_or_none(text: str) -> SipUri | None:
    """Return the URI that a peer sent, in angle brackets or bare, if it is valid.

    A tel URI becomes a user without host. Never raises.
    """
    if len(text) > MAX_URI_LENGTH:
        return None
    start = text.rfind("<")
    if start >= 0:
        text = text[start + 1 :].partition(">")[0]
    if (number := _TEL.fullmatch(text)) is not None:
        user = number["user"].translate(str.maketrans("", "", "-.()"))
        return SipUri(user=user) if user else None
    return _parse(text)


def same_user(user: str) -> str:
    """Return a user or number so that two spellings of one compare equal."""
    digits = user.translate(_SPELLING_SEPARATORS)
    return digits if digits.lstrip("+").isdigit() else user.casefold()


def canonical_host(text: str) -> str:
    """Return a host name or address in its one form; InvalidTargetError."""
    host = numeric_address(text) or _host_name(text)
    if host is None:
        raise InvalidTargetError("the host is no address and no host name")
    return host


@lru_cache(maxsize=512)
def numeric_address(text: str) -> str | None:
    """Return an IPv4 or IPv6 address in its one form, None for anything else.

    Brackets go; an IPv4 address mapped into IPv6 is the IPv4 address.
    """
    if text[:1] == "[" and text[-1:] == "]":
        text = text[1:-1]
        if ":" not in text:
            return None
    try:
        if ":" not in text:
            return str(IPv4Address(text))
        address = IPv6Address(text)
    except AddressValueError:
        return None
    if address.scope_id is not None:
        return None
    return str(address.ipv4_mapped or address)


def is_numeric_address(text: str) -> bool:
    """Tell whether a host is an address and no name."""
    return numeric_address(text) is not None


@lru_cache(maxsize=512)
def with_port(address: str, port: int) -> str:
    """Return `address:port`, an IPv6 address in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _parse(text: str) -> SipUri | None:
    """Return a SIP or SIPS URI if it is valid."""
    if len(text) > MAX_URI_LENGTH or (match := _URI.fullmatch(text)) is None:
        return None
    scheme, raw_user, raw_host, raw_port, raw_params = match.groups()
    host = numeric_address(raw_host) or _host_name(raw_host)
    user = _unescaped(raw_user) if raw_user else ""
    port = int(raw_port) if raw_port else None
    params = _params(raw_params) if raw_params else {}
    if host is None or user is None or params is None:
        return None
    if port is not None and not 0 < port <= MAX_PORT:
        return None
    transport = None
    if (name := params.pop("transport", None)) is not None:
        try:
            transport = Transport(name.lower())
        except ValueError:
            return None
    return SipUri(
        user=user,
        host=host,
        port=port,
        transport=transport,
        secure=len(scheme) == len("sips"),
        params=tuple(params.items()),
    )


def _params(text: str) -> dict[str, str] | None:
    """Return the parameters, or None if one comes twice or has no name."""
    params: dict[str, str] = {}
    for part in text[1:].split(";"):
        name, _, value = part.partition("=")
        name = name.lower()
        if not name or name in params or _ESCAPE.search(part):
            return None
        params[name] = value
    return params


def _unescaped(user: str) -> str | None:
    """Return a user without escapes, or None if it hides what must not be there."""
    if "%" in user:
        if _ESCAPE.search(user):
            return None
        try:
            user = unquote(user, errors="strict")
        except UnicodeDecodeError:
            return None
    return user if user.isprintable() and " " not in user else None


def _host_name(text: str) -> str | None:
    """Return a host name in lower case, or None if it is none."""
    name = text.removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or labels[-1].isdigit():
        return None
    if not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return name.lower()


def _bracketed(host: str) -> str:
    """Return a host as it stands in a URI."""
    host = canonical_host(host)
    return f"[{host}]" if ":" in host else host


def _bracket_host(text: str) -> str:
    """Put a bare IPv6 address after user@ into brackets."""
    user, at, host = text.rpartition("@")
    if ":" in host and "[" not in host and (address := numeric_address(host)):
        host = f"[{address}]" if ":" in address else address
    return f"{user.replace('#', '%23')}{at}{host}"
