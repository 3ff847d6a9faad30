"""Sensors of what a device has registered with us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory

from .const import ATTR_CONTACTS, ATTR_TRANSPORT
from .entity import SipEntity
from .lib.sipagent.protocol.bindings import Binding
from .lib.sipagent.protocol.sip_uri import with_port


@dataclass(frozen=True, kw_only=True)
class SipBindingSensorEntityDescription(SensorEntityDescription):
    """Describe a sensor of a device's newest binding."""

    value_fn: Callable[[Binding], str | datetime | None]
    attributes_fn: Callable[[tuple[Binding, ...]], Mapping[str, Any] | None] = (
        lambda _: None
    )


def _where(bindings: tuple[Binding, ...]) -> Mapping[str, Any]:
    """Return over what the newest contact came, and how many there are."""
    return {
        ATTR_TRANSPORT: _newest(bindings).transport.value,
        ATTR_CONTACTS: len(bindings),
    }


BINDING_DESCRIPTIONS: Final = (
    SipBindingSensorEntityDescription(
        key="contact_address",
        translation_key="contact_address",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda binding: with_port(binding.address, binding.port),
        attributes_fn=_where,
    ),
    SipBindingSensorEntityDescription(
        key="user_agent",
        translation_key="user_agent",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda binding: binding.user_agent or None,
    ),
    SipBindingSensorEntityDescription(
        key="registration_expires",
        translation_key="registration_expires",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda binding: datetime.fromtimestamp(int(binding.expires_at), UTC),
    ),
)


class SipBindingSensor(SipEntity, SensorEntity):
    """Something about the newest binding of a device."""

    entity_description: SipBindingSensorEntityDescription

    @property
    @override
    def native_value(self) -> str | datetime | None:
        """Return the value, none while the device is not registered."""
        bindings = self._bindings()
        return self.entity_description.value_fn(_newest(bindings)) if bindings else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what belongs to the value."""
        bindings = self._bindings()
        return self.entity_description.attributes_fn(bindings) if bindings else None

    def _bindings(self) -> tuple[Binding, ...]:
        """Return what the device has registered."""
        return self.coordinator.data.bindings.get(self.owner, ())


def _newest(bindings: tuple[Binding, ...]) -> Binding:
    """Return the binding that lasts longest."""
    return max(bindings, key=lambda binding: binding.expires_at)
