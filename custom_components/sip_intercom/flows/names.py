"""Check the names, numbers and networks that are typed into forms."""

from collections.abc import Iterable
from ipaddress import IPv6Network, ip_network
from typing import Final

from ..lib.sipagent.protocol.errors import InvalidTargetError
from ..lib.sipagent.protocol.sip_uri import (
    SipUri,
    canonical_host,
    numeric_address,
    parse_target,
)
from .forms import BASE, FormError

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_MIN_PREFIX: Final = {4: 8, 6: 16}

NOWHERE: Final = "user.invalid"
"""A domain that nobody can type (RFC 2606), to tell a user from an address."""


def check_user(text: str, error: str, *, field: str = BASE) -> str:
    """Return a user or number in its one form, or raise FormError."""
    try:
        uri = parse_target(text, domain=NOWHERE)
    except InvalidTargetError as err:
        raise FormError(error, field=field, value=text) from err
    if uri.host != NOWHERE or not uri.user:
        raise FormError(error, field=field, value=text)
    return uri.user


def check_users(texts: Iterable[str], error: str) -> list[str]:
    """Return different users or numbers in their order, or raise FormError."""
    return list(dict.fromkeys(check_user(text, error) for text in texts))


def check_host(text: str, error: str, *, field: str = BASE) -> str:
    """Return a host name or address in its one form, or raise FormError."""
    try:
        return canonical_host(text)
    except InvalidTargetError as err:
        raise FormError(error, field=field, value=text) from err


def check_address(text: str) -> str:
    """Return a bind address in its one form, or raise FormError."""
    if (address := numeric_address(text)) is None:
        raise FormError("invalid_bind_address", address=text)
    return address


def check_target(text: str, error: str, *, field: str = BASE) -> SipUri:
    """Return what was typed as something with a host, or raise FormError."""
    try:
        uri = parse_target(text)
    except InvalidTargetError as err:
        raise FormError(error, field=field, value=text) from err
    if not uri.host:
        raise FormError(error, field=field, value=text)
    return uri


def check_text(text: str) -> None:
    """Raise FormError for a text that would not fit into a header as it is."""
    if not text.isprintable() or any(character in text for character in '"\\'):
        raise FormError("invalid_text")


def check_networks(texts: Iterable[str]) -> list[str]:
    """Return networks in their one form, or raise FormError.

    Half the internet is no network: it would let a forged address ring. IPv4
    addresses mapped into IPv6 are told as IPv4, and no call tells its zone.
    """
    networks = []
    for text in texts:
        try:
            network = ip_network(text, strict=False)
        except ValueError as err:
            raise FormError("invalid_network", value=text) from err
        mapped = isinstance(network, IPv6Network) and network.overlaps(_MAPPED)
        if network.prefixlen < _MIN_PREFIX[network.version] or mapped or "%" in text:
            raise FormError("invalid_network", value=text)
        networks.append(str(network))
    return list(dict.fromkeys(networks))


def joined(user: str, host: str) -> str:
    """Return user@host as a form shows it."""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{user}@{bracketed}" if user else host
