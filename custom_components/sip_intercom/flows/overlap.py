"""Find devices that a call could not tell apart."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_ADDRESS, CONF_USERNAME

from ..const import ACCOUNT_DIRECT, CONF_ACCOUNT, CONF_CALLERS, SUBENTRY_DEVICE
from ..lib.sipagent.protocol.sip_uri import SipUri, parse_target, same_user
from ..registering import registers
from .names import NOWHERE

type Addresses = Mapping[str, Collection[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What a call of a device shows: its account or hosts, and its users.

    A direct device without users takes whatever calls from its hosts.
    """

    account: str
    hosts: frozenset[str]
    users: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Any], addresses: Addresses) -> Self:
        """Return the identity of a device's data, its host name resolved."""
        uri = typed_uri(data)
        direct = data[CONF_ACCOUNT] == ACCOUNT_DIRECT
        users = (uri.user, *data.get(CONF_CALLERS, ()))
        return cls(
            account=data[CONF_ACCOUNT],
            hosts=frozenset({uri.host, *addresses.get(uri.host, ())} if direct else ()),
            users=frozenset(same_user(user) for user in users if user),
        )

    def overlaps(self, other: Identity) -> bool:
        """Return whether one call could be either device's."""
        if self.account != other.account:
            return False
        if self.account == ACCOUNT_DIRECT and not self.hosts & other.hosts:
            return False
        return bool(self.users & other.users) or not (self.users or other.users)


def typed_uri(data: Mapping[str, Any]) -> SipUri:
    """Return a device's address; one without host is over an account, or registers."""
    if registers(data):
        return SipUri(user=data.get(CONF_USERNAME, ""), host=NOWHERE)
    direct = data[CONF_ACCOUNT] == ACCOUNT_DIRECT
    return parse_target(data.get(CONF_ADDRESS, ""), domain="" if direct else NOWHERE)


def device_unique_id(data: Mapping[str, Any]) -> str:
    """Return the unique id of a device: its account and canonical address."""
    uri = typed_uri(data)
    return f"{data[CONF_ACCOUNT]}|{uri.user if uri.host == NOWHERE else uri}"


def find_overlap(
    entry: ConfigEntry,
    data: Mapping[str, Any],
    addresses: Addresses,
    own_id: str | None = None,
) -> ConfigSubentry | None:
    """Return the device of the entry that these data cannot be told apart from."""
    own, unique_id = Identity.of(data, addresses), device_unique_id(data)
    for device in devices(entry):
        if device.subentry_id == own_id:
            continue
        other = Identity.of(device.data, addresses)
        if device.unique_id == unique_id or own.overlaps(other):
            return device
    return None


def find_caller(
    entry: ConfigEntry, address: str, user: str, addresses: Addresses
) -> ConfigSubentry | None:
    """Return the direct device that a caller from an address is already."""
    at_address = [
        (device, identity.users)
        for device in devices(entry)
        if address in (identity := Identity.of(device.data, addresses)).hosts
    ]
    for device, users in at_address:
        if not users or same_user(user) in users or len(at_address) == 1:
            return device
    return None


def devices(entry: ConfigEntry) -> Iterable[ConfigSubentry]:
    """Return the devices of an entry."""
    return entry.get_subentries_of_type(SUBENTRY_DEVICE)
