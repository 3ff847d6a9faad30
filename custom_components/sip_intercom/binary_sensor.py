"""Binary sensor platform: whether an account, or a device with us, is registered."""

from collections.abc import Iterable
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import SUBENTRY_ACCOUNT
from .coordinator import SipConfigEntry, SipCoordinator
from .entity import SipEntity, SubentryEntities
from .lib.sipagent.protocol.calls import RegistrationState
from .registering import registers

PARALLEL_UPDATES = 0

REGISTERED: Final = BinarySensorEntityDescription(
    key="registered",
    translation_key="registered",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SipConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    SubentryEntities(entry, Platform.BINARY_SENSOR, async_add_entities, _entities)


def _entities(
    coordinator: SipCoordinator, subentry: ConfigSubentry
) -> Iterable[SipEntity]:
    """Return the entities of an account, or of a device that registers with us."""
    owner = subentry.subentry_id
    if subentry.subentry_type == SUBENTRY_ACCOUNT:
        yield SipRegisteredSensor(coordinator, owner, REGISTERED)
    elif registers(subentry.data):
        yield SipDeviceRegisteredSensor(coordinator, owner, REGISTERED)


class SipRegisteredSensor(SipEntity, BinarySensorEntity):
    """Whether calls can come and go over an account."""

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether the account is registered."""
        registration = self.coordinator.data.registrations.get(self.owner)
        return (
            registration is not None
            and registration.state is RegistrationState.REGISTERED
        )


class SipDeviceRegisteredSensor(SipEntity, BinarySensorEntity):
    """Whether a device has registered with us, so that it can be called."""

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether the device has a binding."""
        return bool(self.coordinator.data.bindings.get(self.owner))
