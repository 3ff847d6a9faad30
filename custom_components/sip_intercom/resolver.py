"""Look up names, so that PJSIP never has to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from itertools import chain
import random
import secrets
from typing import TYPE_CHECKING, Final, override

import aiodns
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import (
    HomeAssistantTCPConnector,
    async_get_clientsession,
)
from pycares import SRVRecordData

from .const import LOGGER
from .lib.sipagent.client.events import Resolver
from .lib.sipagent.protocol.config import HostConfig, Transport
from .lib.sipagent.protocol.sip_uri import is_numeric_address, with_port

LOOKUP_TIMEOUT: Final = 10.0  # seconds
ON_DEMAND_TIMEOUT: Final = 3.5  # seconds; the client waits for 4
SRV_TIMEOUT: Final = 1.5  # seconds
TARGET_TIMEOUT: Final = 1.5  # seconds
MAX_ADDRESSES: Final = 16  # of one name
SRV_SERVICES: Final = {
    Transport.UDP: "_sip._udp",
    Transport.TCP: "_sip._tcp",
    Transport.TLS: "_sips._tcp",
}


class SipResolver(Resolver):
    """The addresses of names; the last good ones are kept while DNS fails."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with no name known."""
        self._hass = hass
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._reported: dict[str, tuple[str, ...]] = {}
        self._transports: dict[str, Transport | None] = {}
        self._dns: aiodns.DNSResolver | None = None
        self._refreshing: set[str] = set()
        self._seed = secrets.randbits(32)

    @property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """Return the addresses of every name known."""
        return self._addresses

    def want(self, names: Mapping[str, Transport | None]) -> None:
        """Take the names of the configuration, and forget all others.

        A name with a transport has its SRV records asked first.
        """
        self._transports = dict(names)
        for known in (self._addresses, self._reported):
            for name in known.keys() - names.keys():
                del known[name]

    @override
    async def resolve(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a name, none if there are none.

        Only those of a configured name are kept: peers bring names along.
        """
        if name not in self._transports:
            return await self._async_look_up_or_give_up(name, None)
        with suppress(TimeoutError):
            async with asyncio.timeout(ON_DEMAND_TIMEOUT):
                await self._async_update(name, self._transports[name])
        return self._addresses.get(name, ())

    async def async_refresh(
        self,
        names: Mapping[str, Transport | None],
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        """Look up names side by side and report each change as it comes.

        A name whose earlier look-up still runs is left out.
        """
        self.want(names)
        await asyncio.gather(
            *(
                self._async_refresh_one(name, transport, on_change)
                for name, transport in names.items()
                if name not in self._refreshing
            )
        )

    async def async_hosts(
        self, names: Iterable[tuple[str, Transport | None]]
    ) -> tuple[HostConfig, ...]:
        """Return the addresses of names that need not be configured."""
        wanted = {name: how for name, how in names if not is_numeric_address(name)}
        found = await asyncio.gather(
            *(self._async_look_up_or_give_up(*item) for item in wanted.items())
        )
        return tuple(
            HostConfig(name=name, addresses=addresses)
            for name, addresses in zip(wanted, found, strict=True)
            if addresses
        )

    async def async_look_up(
        self, name: str, transport: Transport | None
    ) -> tuple[str, ...]:
        """Return the addresses of a name now, none if DNS does not tell."""
        servers = await self._async_srv(name, transport) if transport else []
        if not servers:
            return tuple(await self._async_addresses(name))[:MAX_ADDRESSES]
        found = await asyncio.gather(
            *(self._async_server(*server) for server in servers[:MAX_ADDRESSES])
        )
        return tuple(dict.fromkeys(chain.from_iterable(found)))[:MAX_ADDRESSES]

    async def async_close(self) -> None:
        """Forget the connection to the DNS servers."""
        if self._dns is not None:
            await self._dns.close()
            self._dns = None

    async def _async_look_up_or_give_up(
        self, name: str, transport: Transport | None
    ) -> tuple[str, ...]:
        """Return the addresses of a name, the last good ones if DNS hangs."""
        try:
            async with asyncio.timeout(ON_DEMAND_TIMEOUT):
                found = await self.async_look_up(name, transport)
        except TimeoutError:
            found = ()
        return found or self._addresses.get(name, ())

    async def _async_refresh_one(
        self,
        name: str,
        transport: Transport | None,
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        """Look up one name and report if it changed."""
        self._refreshing.add(name)
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT):
                await self._async_update(name, transport)
        except TimeoutError:
            LOGGER.debug("No answer to the look-up of %s", name)
        finally:
            self._refreshing.discard(name)
        # What the agent asked for in the meantime is news to the configuration, too.
        known = self._addresses.get(name, ())
        if known != self._reported.get(name, ()):
            self._reported[name] = known
            await on_change()

    async def _async_update(self, name: str, transport: Transport | None) -> None:
        """Look up a name and keep what is found."""
        found = await self.async_look_up(name, transport)
        if found and name in self._transports:
            self._addresses[name] = found

    async def _async_server(self, target: str, port: int) -> list[str]:
        """Return the addresses of one SRV record's target, with its port."""
        try:
            async with asyncio.timeout(TARGET_TIMEOUT):
                addresses = await self._async_addresses(target)
        except TimeoutError:
            return []
        return [with_port(address, port) for address in addresses]

    async def _async_addresses(self, host: str) -> list[str]:
        """Return the addresses of a host by DNS or mDNS, IPv4 first.

        Their order is not that of the DNS, which changes with every answer.
        """
        connector = async_get_clientsession(self._hass).connector
        if TYPE_CHECKING:
            assert isinstance(connector, HomeAssistantTCPConnector)
        try:
            results = await connector.async_resolve_host(host)
        except OSError as err:
            LOGGER.debug("The name %s has no address: %s", host, err)
            return []
        addresses = {result["host"] for result in results}
        return sorted(addresses, key=lambda address: (":" in address, address))

    async def _async_srv(
        self, name: str, transport: Transport
    ) -> list[tuple[str, int]]:
        """Return hosts and ports of a name's SRV records (RFC 3263), best first."""
        if self._dns is None:
            self._dns = aiodns.DNSResolver()
        try:
            async with asyncio.timeout(SRV_TIMEOUT):
                result = await self._dns.query_dns(
                    f"{SRV_SERVICES[transport]}.{name}", "SRV"
                )
        except aiodns.error.DNSError, TimeoutError:
            return []
        records = [
            record.data
            for record in result.answer
            if isinstance(record.data, SRVRecordData) and record.data.target != "."
        ]
        chance = random.Random(self._seed)  # noqa: S311 - it only spreads the load
        return [
            (record.target.rstrip("."), record.port)
            for record in drawn(records, chance)
        ]


def drawn(
    records: Iterable[SRVRecordData], chance: random.Random
) -> list[SRVRecordData]:
    """Return SRV records by priority, those of one priority drawn by weight.

    The same records and chance make the same order.
    """
    in_order = sorted(records, key=lambda record: (record.target, record.port))
    draws = {id(it): chance.random() ** (1 / max(it.weight, 1e-3)) for it in in_order}
    return sorted(in_order, key=lambda it: (it.priority, -draws[id(it)]))
