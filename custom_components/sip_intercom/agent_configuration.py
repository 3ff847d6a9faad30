"""The configuration that the agent has, and how it gets a changed one."""

import asyncio

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .configuration import user_agent_config
from .const import LOGGER
from .ice_servers import known_ice_servers
from .lib.sipagent.client.client import AgentClient
from .lib.sipagent.protocol.config import UserAgentConfig
from .lib.sipagent.protocol.errors import CommandError, SipAgentError
from .lib.sipagent.protocol.messages import TransportStatus
from .resolver import SipResolver
from .stored_modes import StoredModes
from .tokens import AccountTokens


class AgentConfiguration:
    """What the entry, its tokens and the addresses of its names amount to."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        resolver: SipResolver,
        tokens: AccountTokens,
        modes: StoredModes,
    ) -> None:
        """Begin with what is known by now."""
        self._hass = hass
        self._entry = entry
        self._resolver = resolver
        self._tokens = tokens
        self._modes = modes
        self._lock = asyncio.Lock()
        self.current = self._wanted()

    async def async_apply(self, client: AgentClient) -> tuple[TransportStatus, ...]:
        """Apply what has changed; return where the agent listens, if it tells."""
        async with self._lock:
            await self._tokens.async_update()
            config = self._wanted()
            if config == self.current:
                return ()
            self.current = config
            try:
                configured = await client.configure(config)
            except CommandError as err:
                LOGGER.warning("The SIP agent refuses its configuration: %s", err)
            except SipAgentError as err:
                # The client has remembered it and applies it to the next agent.
                LOGGER.debug("The SIP agent cannot be configured now: %s", err)
            else:
                return configured.transports
            return ()

    def _wanted(self) -> UserAgentConfig:
        """Return the configuration that the entry asks for."""
        return user_agent_config(
            self._entry,
            self._resolver.addresses,
            self._tokens.by_account,
            self._modes.of,
            known_ice_servers(self._hass),
        )
