"""The event of wrong passwords, shown by who wants to be a device of ours."""

from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import callback

from .const import (
    ATTR_ATTEMPTS,
    ATTR_KNOWN,
    ATTR_SOURCE,
    ATTR_TRANSPORT,
    ATTR_USERNAME,
    EVENT_WRONG_CREDENTIALS,
)
from .entity import SipEntity
from .lib.sipagent.client.events import ClientEvent
from .lib.sipagent.protocol.messages import CredentialsRefused

GUESSING: Final = EventEntityDescription(
    key="password_guessing",
    translation_key="password_guessing",
    entity_category=EntityCategory.DIAGNOSTIC,
    event_types=[EVENT_WRONG_CREDENTIALS],
)


class SipPasswordGuessingEvent(SipEntity, EventEntity):
    """Somebody has shown wrong credentials; the agent tells it at a bearable pace."""

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of wrong credentials."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.client.subscribe(self._handle_event))

    @callback
    def _handle_event(self, event: ClientEvent) -> None:
        """Write who has guessed."""
        match event:
            case CredentialsRefused(guesser=guesser, transport=transport):
                self._trigger_event(
                    EVENT_WRONG_CREDENTIALS,
                    {
                        ATTR_SOURCE: guesser.source,
                        ATTR_USERNAME: guesser.username,
                        ATTR_KNOWN: guesser.known,
                        ATTR_ATTEMPTS: guesser.attempts,
                        ATTR_TRANSPORT: transport.value,
                    },
                )
                self.async_write_ha_state()
