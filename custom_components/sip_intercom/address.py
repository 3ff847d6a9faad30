"""The address of a device: how it is recognised and how it is called."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.const import CONF_ADDRESS, CONF_PORT

from .const import CONF_SERVER, CONF_TRANSPORT
from .lib.sipagent.protocol.config import Transport
from .lib.sipagent.protocol.sip_uri import SipUri, parse_target


def device_uri(
    device: Mapping[str, Any], account: Mapping[str, Any] | None = None
) -> SipUri:
    """Return the URI that calls a device; InvalidTargetError.

    Both mappings are data of subentries. Without an account the host may be
    missing, which is a number that nobody can be found by.
    """
    if account is None:
        return parse_target(device[CONF_ADDRESS])
    server = account[CONF_SERVER]
    uri = parse_target(device[CONF_ADDRESS], domain=server)
    if uri.host != parse_target(server).host:
        return uri
    transport = Transport(account.get(CONF_TRANSPORT, Transport.UDP))
    return replace(
        uri,
        port=uri.port or account.get(CONF_PORT),
        transport=uri.transport or (None if transport is Transport.UDP else transport),
    )


def without_port(address: str) -> str:
    """Return the address of `address`, `address:port` or `[address]:port`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address if address.count(":") > 1 else address.partition(":")[0]
