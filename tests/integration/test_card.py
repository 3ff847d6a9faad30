"""Tests of the dashboard card's way into the dashboards."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom import card
from tests.fake_agent import FakeAgent

type Resources = Callable[[], list[dict[str, Any]]]


@pytest.fixture
async def dashboards(hass: HomeAssistant, socket_enabled: None) -> Resources:
    """Have dashboards whose resources are stored; returns what loads the card."""
    assert await async_setup_component(hass, "http", {})
    assert await async_setup_component(hass, "lovelace", {})
    hass.config.components.add("frontend")

    def ours() -> list[dict[str, Any]]:
        items = hass.data[LOVELACE_DATA].resources.async_items()
        return [each for each in items if card.URL in each["url"]]

    return ours


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the integration up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def test_card_is_loaded_once_and_goes_with_the_entry(
    hass: HomeAssistant,
    dashboards: Resources,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    await set_up(hass, mock_entry)
    (resource,) = dashboards()
    assert resource["type"] == "module"
    await card.async_load_card(hass)
    assert dashboards() == [resource]
    await hass.config_entries.async_remove(mock_entry.entry_id)
    assert dashboards() == []


async def test_newer_card_takes_the_place_of_older_ones(
    hass: HomeAssistant,
    dashboards: Resources,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    resources = hass.data[LOVELACE_DATA].resources
    for version in ("1", "2"):
        await resources.async_create_item(
            {"res_type": "module", "url": f"{card.URL}?v={version}"}
        )
    await set_up(hass, mock_entry)
    (resource,) = dashboards()
    assert resource["url"] not in (f"{card.URL}?v=1", f"{card.URL}?v=2")


async def test_dashboards_in_yaml(
    hass: HomeAssistant,
    dashboards: Resources,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    hass.data[LOVELACE_DATA].resource_mode = "yaml"
    with patch.object(card, "add_extra_js_url") as added:
        await set_up(hass, mock_entry)
    assert added.call_args[0][1].startswith(card.URL)


async def test_missing_file_costs_the_card_only(
    hass: HomeAssistant,
    dashboards: Resources,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with patch.object(card, "_version", side_effect=OSError("gone")):
        await set_up(hass, mock_entry)
    assert "The card is missing" in caplog.text
    assert dashboards() == []
