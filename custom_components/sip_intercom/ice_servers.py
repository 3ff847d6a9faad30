"""Home Assistant's own STUN and TURN servers, for the agent."""

import asyncio
from collections.abc import Iterable, Iterator
import re
from typing import Final

from homeassistant.components.web_rtc import async_get_ice_servers
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .lib.sipagent.protocol.config import IceServer
from .lib.sipagent.protocol.sip_uri import is_numeric_address
from .resolver import SipResolver

LIFE: Final = 300.0  # seconds that addresses of names are used
PATIENCE: Final = 0.3  # seconds that the first browser waits for a name
DEFAULT_PORT: Final = 3478
MAX_SERVERS: Final = 4
_URL: Final = re.compile(
    r"(stun|turn):\[?([^\[\]?]+?)\]?(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?",
    re.IGNORECASE,
)

ICE_SERVERS: HassKey[IceServers] = HassKey(f"{DOMAIN}_ice_servers")

type Wanted = tuple[str, int, str, str]
"""Host, port, user name and password."""


class IceServers:
    """Resolves the names of servers: the agent gets addresses only."""

    def __init__(self, hass: HomeAssistant, resolver: SipResolver) -> None:
        """Know no address yet."""
        self._hass = hass
        self._resolver = resolver
        self._addresses: dict[str, str] = {}
        self._looked_up: dict[str, float] = {}

    async def async_get(self) -> tuple[IceServer, ...]:
        """Return the servers whose addresses are known."""
        wanted = list(self._wanted())
        names = {host for host, *_ in wanted if not is_numeric_address(host)}
        now = self._hass.loop.time()
        old = [name for name in names if now - self._looked_up.get(name, -LIFE) >= LIFE]
        if old:
            looking = self._hass.async_create_background_task(
                self._async_look_up(old), "sip_intercom ICE servers"
            )
            if not names <= self._addresses.keys():
                await asyncio.wait([looking], timeout=PATIENCE)
        return self.known()

    def known(self) -> tuple[IceServer, ...]:
        """Return the servers whose addresses are known."""
        return tuple(self._known(self._wanted()))

    def _known(self, wanted: Iterable[Wanted]) -> Iterator[IceServer]:
        """Yield the servers that have an address."""
        for host, port, username, password in wanted:
            address = host if is_numeric_address(host) else self._addresses.get(host)
            if address:
                yield IceServer(
                    address=address,
                    port=port,
                    username=username,
                    password=password,
                )

    def _wanted(self) -> Iterator[Wanted]:
        """Yield the servers that Home Assistant knows and that are reached over UDP."""
        for server in async_get_ice_servers(self._hass)[:MAX_SERVERS]:
            urls = [server.urls] if isinstance(server.urls, str) else server.urls
            for url in urls:
                if found := _URL.fullmatch(url):
                    kind, host, port, transport = found.groups()
                    turns = kind.lower() == "turn"
                    username = (server.username or "") if turns else ""
                    password = (server.credential or "") if turns else ""
                    if turns and not username:
                        continue
                    if (transport or "").lower() == "tcp":
                        # PJSIP 2.17 may crash where such a connection ends (ca43602e9).
                        continue
                    yield host, int(port or DEFAULT_PORT), username, password

    async def _async_look_up(self, names: Iterable[str]) -> None:
        """Look names up, and keep what was known of those that are not found."""
        for name in names:
            self._looked_up[name] = self._hass.loop.time()
            for entry in await self._resolver.resolve(name):
                self._addresses[name] = entry.strip("[]")
                break


@callback
def async_ice_servers(hass: HomeAssistant, resolver: SipResolver) -> IceServers:
    """Return what knows the servers."""
    if ICE_SERVERS not in hass.data:
        hass.data[ICE_SERVERS] = IceServers(hass, resolver)
    return hass.data[ICE_SERVERS]


@callback
def known_ice_servers(hass: HomeAssistant) -> tuple[IceServer, ...]:
    """Return the servers whose addresses are known by now."""
    servers = hass.data.get(ICE_SERVERS)
    return servers.known() if servers else ()
