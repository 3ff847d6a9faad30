"""Numeric addresses as they are compared."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """Return an address without zone and IPv4 mapping; None for a name."""
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def parse_endpoint(text: str) -> Address | None:
    """Return the address of `address`, `address:port` or `[address]:port`."""
    if text.startswith("["):
        return parse_address(text.partition("]")[0])
    if text.count(":") == 1:
        return parse_address(text.partition(":")[0])
    return parse_address(text)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that can be read, host bits ignored."""
    networks: list[Network] = []
    for text in texts:
        try:
            networks.append(ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(networks)


def source_key(text: str) -> str:
    """Return what counts as one source: an IPv4 address, an IPv6 /64."""
    address = parse_address(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return text if address is None else str(address)
