"""Notify platform: texts for devices that show them (SIP MESSAGE)."""

from collections.abc import Iterable
from typing import Final, override

from homeassistant.components.notify import NotifyEntity, NotifyEntityDescription
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_DEVICE
from .coordinator import SipConfigEntry, SipCoordinator
from .entity import SipEntity, SubentryEntities
from .errors import input_error, translated_errors
from .lib.sipagent.protocol.commands import Callee

PARALLEL_UPDATES = 0

MAX_LENGTH: Final = 1024
"""Bytes of a text: longer ones do not fit every device's packets (RFC 3428)."""
MESSAGE: Final = NotifyEntityDescription(key="notify", translation_key="message")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the notify entities."""
    SubentryEntities(entry, Platform.NOTIFY, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the notify entity of a device."""
    if subentry.subentry_type == SUBENTRY_DEVICE:
        yield SipMessage(coordinator, subentry.subentry_id, MESSAGE)


class SipMessage(SipEntity, NotifyEntity):
    """A device that can be written to."""

    _stateless = True

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Send a text; it fails unless the device has taken it."""
        text = f"{title}\n{message}" if title else message
        if not message.strip() or len(text.encode()) > MAX_LENGTH:
            raise input_error("invalid_message", maximum=str(MAX_LENGTH))
        with translated_errors():
            await self.coordinator.client.send_message(Callee(device=self.owner), text)
