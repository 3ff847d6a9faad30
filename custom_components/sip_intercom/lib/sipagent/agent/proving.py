"""Whether what is sent in a call reaches the device that the call is said to be of."""

from collections.abc import Iterable

from ..protocol.calls import Proof
from ..protocol.config import DeviceConfig, Transport
from .addresses import parse_address
from .calls import Leg, is_as_strong
from .phone import LegPeer


def is_devices(leg: Leg, device: DeviceConfig, peer: LegPeer) -> bool:
    """Tell whether requests and media of a leg go to the device and nobody else.

    Over an account, or from a station that registered, the proof vouches for what the
    peer says of itself. An address alone can be forged: then both have to go to it.
    """
    if leg.call.device != device.id:
        return False
    if leg.inbound and not is_as_strong(leg.proof, device.min_proof):
        return False
    if leg.inbound and is_as_strong(leg.proof, Proof.TOKEN):
        return True
    if not leg.inbound and (leg.account or device.credentials):
        return True
    if leg.routed and leg.transport is Transport.UDP:
        return False
    places = {*leg.addresses, *_parsed(device.addresses)} - {None}
    there = {parse_address(peer.target), parse_address(peer.media)}
    return None not in there and there <= places


def _parsed(addresses: Iterable[str]) -> set[object]:
    """Return the addresses that are numeric."""
    return {parse_address(address) for address in addresses}
