"""The bindings of registered devices, which outlive Home Assistant."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import chain
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .lib.sipagent.protocol.bindings import Binding, by_device
from .lib.sipagent.protocol.config import Transport

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 30.0
"""Seconds: every refresh changes a binding, and disks of small machines wear out."""

type Bindings = Mapping[str, tuple[Binding, ...]]


class StoredBindings:
    """Keeps what devices have registered for the next start."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare the store of an entry."""
        self._store = Store[dict[str, list[dict[str, Any]]]](
            hass, STORAGE_VERSION, f"{DOMAIN}.bindings.{entry.entry_id}", private=True
        )
        self._bindings: Bindings = {}

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """Return what is kept."""
        return tuple(chain.from_iterable(self._bindings.values()))

    async def async_load(self) -> None:
        """Take over what has not ended yet, as far as it can be read."""
        stored = await self._store.async_load() or {}
        bindings = [_binding(item) for item in stored.get("bindings", ())]
        now = dt_util.utcnow().timestamp()
        self._bindings = by_device(
            each for each in bindings if each and each.expires_at > now
        )

    @callback
    def async_keep(self, bindings: Bindings) -> None:
        """Save what there is, soon, or when Home Assistant stops."""
        self._bindings = bindings
        self._store.async_delay_save(self._data, SAVE_DELAY)

    async def async_save(self) -> None:
        """Save now: the entry is unloaded, or did not even start."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget all of them with their entry."""
        await self._store.async_remove()

    def _data(self) -> dict[str, list[dict[str, Any]]]:
        """Return what is saved."""
        return {"bindings": [asdict(each) for each in self.bindings]}


def _binding(item: Mapping[str, Any]) -> Binding | None:
    """Return a stored binding, if it can be used."""
    try:
        values = {**item, "transport": Transport(item["transport"])}
        return Binding(**{**values, "path": tuple(item["path"])})
    except KeyError, TypeError, ValueError:
        return None
