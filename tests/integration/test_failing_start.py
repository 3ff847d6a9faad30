"""Tests of an agent that does not even start."""

from collections.abc import Generator
from datetime import timedelta
from functools import partial
import sys
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.client.client import AgentClient
from tests.conftest import SEAMS
from tests.fake_agent import FakeAgent

COMMAND = (sys.executable, "-S", "-c", "import sys; sys.exit('its last words')")


@pytest.fixture
def dying() -> Generator[None]:
    """Let every agent die before its first word."""
    with patch(SEAMS[0], partial(AgentClient, command=COMMAND)):
        yield


async def try_again(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Wait until Home Assistant sets up again."""
    freezer.tick(timedelta(seconds=100))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.usefixtures("dying")
async def test_agent_that_never_starts_is_reported(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await hass.config_entries.async_setup(mock_entry.entry_id)
    for _ in range(4):
        assert issue_registry.async_get_issue(DOMAIN, "agent_keeps_dying") is None
        assert mock_entry.state is ConfigEntryState.SETUP_RETRY
        await try_again(hass, freezer)

    issue = issue_registry.async_get_issue(DOMAIN, "agent_keeps_dying")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["deaths"] == "5"
    assert "its last words" in issue.translation_placeholders["log"]
    await hass.config_entries.async_remove(mock_entry.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, "agent_keeps_dying") is None


async def test_report_lasts_until_the_agent_has_lived_long_enough(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    dying: None,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await hass.config_entries.async_setup(mock_entry.entry_id)
    for _ in range(4):
        await try_again(hass, freezer)
    with patch(SEAMS[0], fake_agent):
        await try_again(hass, freezer)
        assert mock_entry.state is ConfigEntryState.LOADED
        assert issue_registry.async_get_issue(DOMAIN, "agent_keeps_dying")
        freezer.tick(timedelta(minutes=11))
        async_fire_time_changed(hass)
        assert issue_registry.async_get_issue(DOMAIN, "agent_keeps_dying") is None
