"""Tests of the tokens of the accounts' Contacts."""

import json
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.sip_intercom.tokens import AccountTokens
from tests.conftest import ACCOUNT_ID, OTHER_ACCOUNT_ID, account
from tests.fake_agent import FakeAgent


def tokens(fake_agent: FakeAgent) -> dict[str, str]:
    """Return the tokens that the agent has by their accounts."""
    return {each.id: each.token for each in fake_agent.config.accounts}


def stored(storage: dict[str, Any], entry: MockConfigEntry) -> Any:
    """Return what is stored for an entry."""
    return storage[f"sip_intercom.{entry.entry_id}"]["data"]


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return two accounts."""
    return [account(), account(OTHER_ACCOUNT_ID, "PBX")]


async def test_a_token_outlives_the_agent_and_home_assistant(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_storage: dict[str, Any],
) -> None:
    before = tokens(fake_agent)
    assert len(set(before.values())) == 2
    assert stored(hass_storage, init_integration) == before

    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    assert fake_agent.starts == 2
    assert tokens(fake_agent) == before


async def test_tokens_come_and_go_with_their_accounts(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_storage: dict[str, Any],
) -> None:
    before = tokens(fake_agent)
    hass.config_entries.async_remove_subentry(init_integration, OTHER_ACCOUNT_ID)
    hass.config_entries.async_add_subentry(init_integration, account("new", "New"))
    await hass.async_block_till_done()
    after = tokens(fake_agent)
    assert after.keys() == {ACCOUNT_ID, "new"}
    assert after[ACCOUNT_ID] == before[ACCOUNT_ID]
    assert after["new"] not in before.values()
    assert stored(hass_storage, init_integration) == after

    await hass.config_entries.async_remove(init_integration.entry_id)
    assert f"sip_intercom.{init_integration.entry_id}" not in hass_storage


async def test_a_token_that_cannot_be_used_is_made_anew(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_storage: dict[str, Any],
) -> None:
    good = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    key = f"sip_intercom.{mock_entry.entry_id}"
    data = {ACCOUNT_ID: "x;y", OTHER_ACCOUNT_ID: good}
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data}
    assert await hass.config_entries.async_setup(mock_entry.entry_id)
    await hass.async_block_till_done()
    assert tokens(fake_agent)[OTHER_ACCOUNT_ID] == good
    assert len(tokens(fake_agent)[ACCOUNT_ID]) == 32


async def test_tokens_are_told_to_nobody(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = await async_get_config_entry_diagnostics(hass, init_integration)
    text = json.dumps(told, default=str) + repr(fake_agent.config) + caplog.text
    for token in tokens(fake_agent).values():
        assert token not in text


async def test_an_account_that_comes_while_tokens_are_stored_has_one(
    hass: HomeAssistant, mock_entry: MockConfigEntry
) -> None:
    tokens = AccountTokens(hass, mock_entry)
    await tokens.async_load()
    save = tokens._store.async_save

    async def save_slowly(data: dict[str, str]) -> None:
        if "late" not in mock_entry.subentries:
            hass.config_entries.async_add_subentry(mock_entry, account("late", "Late"))
        await save(data)

    hass.config_entries.async_add_subentry(mock_entry, account("new", "New"))
    with patch.object(tokens._store, "async_save", save_slowly):
        await tokens.async_update()
    assert {"new", "late"} <= tokens.by_account.keys()
