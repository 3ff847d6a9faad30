"""What the switches of devices and user agent are set to, which outlives a restart."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .lib.sipagent.protocol.config import ModesConfig

STORAGE_VERSION: Final = 1
MODES: Final = ("auto_answer", "busy", "do_not_disturb", "answer_as_asked")


class StoredModes:
    """Keeps the modes of devices and user agent by the id of their owner."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare the store of an entry."""
        self._store = Store[dict[str, dict[str, bool]]](
            hass, STORAGE_VERSION, f"{DOMAIN}.modes.{entry.entry_id}", private=True
        )
        self._modes: dict[str, dict[str, bool]] = {}

    async def async_load(self) -> None:
        """Take over what is stored, as far as it can be used."""
        stored: Mapping[str, Any] = await self._store.async_load() or {}
        self._modes = {
            owner: {name: bool(modes[name]) for name in MODES if name in modes}
            for owner, modes in stored.items()
            if isinstance(modes, dict)
        }

    def of(self, owner: str) -> ModesConfig:
        """Return the modes of a device or the user agent."""
        return ModesConfig(**self._modes.get(owner, {}))

    def is_on(self, owner: str, mode: str) -> bool:
        """Tell whether a mode is on."""
        return self._modes.get(owner, {}).get(mode, False)

    async def async_set(self, owner: str, mode: str, *, on: bool) -> None:
        """Switch a mode and save that at once."""
        self._modes.setdefault(owner, {})[mode] = on
        await self._store.async_save(self._modes)

    async def async_remove(self) -> None:
        """Forget all of them with their entry."""
        await self._store.async_remove()
