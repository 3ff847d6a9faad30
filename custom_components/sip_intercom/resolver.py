"""Look up names, so that PJSIP never has to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, override

import aiodns
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import (
    HomeAssistantTCPConnector,
    async_get_clientsession,
)
from pycares import SRVRecordData

from .address import with_port
from .const import LOGGER
from .lib.sipagent.client.events import Resolver
from .lib.sipagent.protocol.config import HostConfig, Transport
from .lib.sipagent.protocol.sip_uri import is_numeric_address

LOOKUP_TIMEOUT: Final = 10.0  # seconds
ON_DEMAND_TIMEOUT: Final = 3.5  # seconds; the client waits for 4
SRV_TIMEOUT: Final = 2.0  # seconds
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
        self._transports: dict[str, Transport | None] = {}
        self._dns: aiodns.DNSResolver | None = None
        self._refreshing: set[str] = set()

    @property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """Return the addresses of every name known."""
        return self._addresses

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

        A name with a transport has its SRV records asked first. A name whose
        earlier look-up still runs is left out.
        """
        self._transports = dict(names)
        for name in self._addresses.keys() - names.keys():
            del self._addresses[name]
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
        found = [] if servers else await self._async_addresses(name)
        for target, port in servers:
            addresses = await self._async_addresses(target)
            found.extend(with_port(address, port) for address in addresses)
        return tuple(dict.fromkeys(found))[:MAX_ADDRESSES]

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
                changed = await self._async_update(name, transport)
        except TimeoutError:
            LOGGER.debug("No answer to the look-up of %s", name)
            return
        finally:
            self._refreshing.discard(name)
        if changed:
            await on_change()

    async def _async_update(self, name: str, transport: Transport | None) -> bool:
        """Look up a name and tell whether its addresses changed."""
        found = await self.async_look_up(name, transport)
        if not found or set(found) == set(self._addresses.get(name, ())):
            return False
        self._addresses[name] = found
        return True

    async def _async_addresses(self, host: str) -> list[str]:
        """Return the addresses of a host by DNS or mDNS, IPv4 first."""
        connector = async_get_clientsession(self._hass).connector
        if TYPE_CHECKING:
            assert isinstance(connector, HomeAssistantTCPConnector)
        try:
            results = await connector.async_resolve_host(host)
        except OSError as err:
            LOGGER.debug("The name %s has no address: %s", host, err)
            return []
        return sorted((result["host"] for result in results), key=lambda it: ":" in it)

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
        records.sort(key=lambda record: (record.priority, -record.weight))
        return [(record.target.rstrip("."), record.port) for record in records]
