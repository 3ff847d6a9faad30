"""Names of callers, by their numbers: decoration, never proof."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from .const import (
    CONF_FRITZ_PHONEBOOK,
    CONF_NUMBER,
    CONF_PHONEBOOK,
    CONF_VCARD_FILE,
    LOGGER,
)
from .lib.sipagent.protocol.calls import Call, Direction
from .vcard import read_vcards, version_of

FRITZ: Final = "fritzbox_callmonitor"
SHORTEST_SUFFIX: Final = 7
"""Digits that have to agree where numbers are written differently."""


class Phonebook:
    """Knows names from the options, a FRITZ!Box and a vCard file, in this order."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Look numbers up for a user agent."""
        self._hass = hass
        self._entry = entry
        self._cards: Mapping[str, str] = {}
        self._read: tuple[str, float] | None = None

    async def async_refresh(self) -> None:
        """Read the vCard file if it is another one than before.

        One that cannot be read is told once, and leaves the names as they were.
        """
        path = self._entry.options.get(CONF_VCARD_FILE)
        version = path and (
            path,
            await self._hass.async_add_executor_job(version_of, path),
        )
        if version == self._read:
            return
        self._read = version
        if not path:
            self._cards = {}
            return
        try:
            self._cards = await self._hass.async_add_executor_job(read_vcards, path)
        except (OSError, ValueError) as err:
            LOGGER.warning("The phonebook cannot be read: %s", err)

    def named(self, call: Call) -> Call:
        """Return a call with the name that the phonebook has for its caller."""
        if call.direction is Direction.OUTBOUND:
            return call
        name = self.name(call.caller)
        return replace(call, caller_name=name) if name else call

    def name(self, number: str) -> str | None:
        """Return the name of a number."""
        listed = {
            item[CONF_NUMBER]: item[CONF_NAME]
            for item in self._entry.options.get(CONF_PHONEBOOK, ())
        }
        return (
            find(number, listed.items())
            or self._fritz_name(number)
            or find(number, self._cards.items())
        )

    def _fritz_name(self, number: str) -> str | None:
        """Return the name that the phonebook of a FRITZ!Box has.

        Core's integration does not promise it; without it there is no name.
        """
        if not self._entry.options.get(CONF_FRITZ_PHONEBOOK) or not digits_of(number):
            return None
        for entry in self._hass.config_entries.async_entries(FRITZ):
            if entry.state is not ConfigEntryState.LOADED:
                continue
            with suppress(Exception):
                contact: Any = entry.runtime_data.get_contact(number)
                if contact.name and contact.name != "unknown":
                    return str(contact.name)
        return None


def find(number: str, book: Iterable[tuple[str, str]]) -> str | None:
    """Return the name of a number; a short one has to be the same."""
    wanted = digits_of(number)
    if not wanted:
        return None
    close = None
    for other, name in book:
        known = digits_of(other)
        if known == wanted:
            return name
        if known and close is None and _agree(wanted, known):
            close = name
    return close


def digits_of(number: str) -> str:
    """Return the digits and stars of a number, none for a name."""
    kept = "".join(each for each in number if each in "0123456789*#")
    spare = "".join(each for each in number if each not in "0123456789*#+-/(). ")
    return "" if spare else kept


def _agree(one: str, other: str) -> bool:
    """Tell whether two numbers are the same, with and without a prefix."""
    one, other = one.lstrip("0"), other.lstrip("0")
    return min(len(one), len(other)) >= SHORTEST_SUFFIX and (
        one.endswith(other) or other.endswith(one)
    )
