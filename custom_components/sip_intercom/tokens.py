"""The tokens of the accounts' Contacts, which outlive the agent and Home Assistant."""

from collections.abc import Mapping
import secrets
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN, SUBENTRY_ACCOUNT
from .lib.sipagent.protocol.config import is_token

STORAGE_VERSION: Final = 1
TOKEN_BYTES: Final = 16


def new_token() -> str:
    """Return a random token, which nobody can guess."""
    return secrets.token_hex(TOKEN_BYTES)


class AccountTokens:
    """Keeps one token for each account, so that it registers one Contact only."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare the store of an entry."""
        self._entry = entry
        self._store = Store[dict[str, str]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry.entry_id}", private=True
        )
        self._tokens: dict[str, str] = {}

    @property
    def by_account(self) -> Mapping[str, str]:
        """Return the tokens by their accounts' ids."""
        return self._tokens

    async def async_load(self) -> None:
        """Take over what is stored, as far as it can be used."""
        stored = await self._store.async_load() or {}
        self._tokens = {
            account: token for account, token in stored.items() if is_token(token)
        }
        await self.async_update()

    async def async_update(self) -> None:
        """Give new accounts a token, and forget those of removed ones."""
        # Accounts may come and go while the store is written.
        while (accounts := self._accounts()) != self._tokens.keys():
            self._tokens = {
                account: self._tokens.get(account) or new_token()
                for account in accounts
            }
            await self._store.async_save(self._tokens)

    def _accounts(self) -> set[str]:
        """Return the ids of the accounts that there are."""
        return {
            subentry.subentry_id
            for subentry in self._entry.get_subentries_of_type(SUBENTRY_ACCOUNT)
        }

    async def async_remove(self) -> None:
        """Forget all of them with their entry."""
        await self._store.async_remove()
