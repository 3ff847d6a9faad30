"""Tests of what is shown of devices that register with us, and of guessing."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.sip_intercom.flows.registration import hashes
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentStartError,
)
from tests.conftest import device
from tests.fake_agent import FakeAgent

STATION = "station-1"
CREDENTIALS = {"username": "201", "hashes": hashes("201", "correct horse")}


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return one device that registers."""
    return [
        device(STATION, "Gate", "intercom", account="registrar", **CREDENTIALS),
    ]


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return a state."""
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return found.state


async def later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: float
) -> None:
    """Let time pass."""
    freezer.tick(timedelta(minutes=minutes))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


def issues(hass: HomeAssistant) -> set[str]:
    """Return the ids of our issues."""
    registry = ir.async_get(hass)
    return {issue for domain, issue in registry.issues if domain == DOMAIN}


async def test_entities_of_a_binding(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    assert state(hass, "binary_sensor.gate_registered") == "off"
    assert state(hass, "sensor.gate_contact_address") == "unknown"
    binding = fake_agent.bind(STATION)
    assert state(hass, "binary_sensor.gate_registered") == "on"
    assert state(hass, "sensor.gate_contact_address") == "192.0.2.31:5062"
    shown = hass.states.get("sensor.gate_contact_address")
    assert shown
    assert (shown.attributes["transport"], shown.attributes["contacts"]) == ("udp", 1)
    assert state(hass, "sensor.gate_user_agent") == "Gate/1.2"
    registry = er.async_get(hass)
    expires = registry.async_get("sensor.gate_registration_expires")
    assert expires
    assert expires.disabled
    assert binding.expires_at
    fake_agent.unbind(STATION)
    assert state(hass, "binary_sensor.gate_registered") == "off"


async def test_time_of_the_end(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.gate_registration_expires", disabled_by=None)
    await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    binding = fake_agent.bind(STATION)
    shown = dt_util.parse_datetime(state(hass, "sensor.gate_registration_expires"))
    assert shown
    assert shown.timestamp() == int(binding.expires_at)


async def test_entities_go_with_the_registration(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    subentry = init_integration.subentries[STATION]
    data = {"name": "Gate", "kind": "intercom", "account": "direct"}
    hass.config_entries.async_update_subentry(
        init_integration, subentry, data={**data, "address": "192.0.2.31"}
    )
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.gate_registered") is None
    assert hass.states.get("sensor.gate_contact_address") is None
    assert hass.states.get("sensor.gate_call_state")


async def test_bindings_outlive_home_assistant(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_storage: dict[str, Any],
) -> None:
    fake_agent.bind(STATION, path=("<sip:proxy;lr>",))
    await hass.config_entries.async_unload(init_integration.entry_id)
    key = f"{DOMAIN}.bindings.{init_integration.entry_id}"
    (stored,) = hass_storage[key]["data"]["bindings"]
    assert stored["contact"] == "sip:201@192.0.2.31:5062"
    stored_twice = hass_storage[key]["data"]["bindings"]
    stored_twice.append({**stored, "expires_at": 1.0})
    stored_twice.append({"nonsense": True})
    fake_agent.bindings.clear()
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    await hass.async_block_till_done()
    (binding,) = fake_agent.bindings[STATION]
    assert binding.path == ("<sip:proxy;lr>",)
    assert state(hass, "binary_sensor.gate_registered") == "on"
    await hass.config_entries.async_remove(init_integration.entry_id)
    assert key not in hass_storage


async def test_bindings_outlive_a_start_that_fails(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.bind(STATION)
    await hass.config_entries.async_unload(init_integration.entry_id)
    fake_agent.bindings.clear()
    fake_agent.start_error = AgentStartError("no")
    assert not await hass.config_entries.async_setup(init_integration.entry_id)
    await hass.async_block_till_done()
    fake_agent.bindings.clear()
    fake_agent.start_error = None
    await hass.config_entries.async_unload(init_integration.entry_id)
    assert await hass.config_entries.async_setup(init_integration.entry_id)
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor.gate_registered") == "on"


async def test_station_that_stays_away_is_reported(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    await later(hass, freezer, 14)
    assert issues(hass) == set()
    await later(hass, freezer, 2)
    assert issues(hass) == {f"station_unregistered_{STATION}"}
    fake_agent.bind(STATION)
    assert issues(hass) == set()
    fake_agent.unbind(STATION)
    await later(hass, freezer, 14)
    fake_agent.bind(STATION)
    await later(hass, freezer, 14)
    assert issues(hass) == set()


async def test_nobody_is_away_while_the_agent_is(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    fake_agent.lose()
    await later(hass, freezer, 60)
    assert issues(hass) == set()
    fake_agent.ready()
    await later(hass, freezer, 16)
    assert issues(hass) == {f"station_unregistered_{STATION}"}
    hass.config_entries.async_remove_subentry(init_integration, STATION)
    await hass.async_block_till_done()
    assert issues(hass) == set()


async def test_time_is_the_users(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    subentry = init_integration.subentries[STATION]
    hass.config_entries.async_update_subentry(
        init_integration, subentry, data={**subentry.data, "unregistered_after": 0}
    )
    await hass.async_block_till_done()
    await later(hass, freezer, 600)
    assert issues(hass) == set()


async def test_reports_end_with_the_entry(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    await later(hass, freezer, 16)
    fake_agent.guess(attempts=12)
    assert issues(hass) == {f"station_unregistered_{STATION}", "under_attack"}
    await hass.config_entries.async_unload(init_integration.entry_id)
    assert issues(hass) == set()


async def test_attack_is_told_while_it_lasts(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    fake_agent.bind(STATION)
    fake_agent.guess(attempts=1, username="999", known=False)
    entity = hass.states.get("event.sip_user_agent_password_guessing")
    assert entity
    assert entity.attributes["event_type"] == "wrong_credentials"
    assert entity.attributes["source"] == "192.0.2.99"
    assert entity.attributes["username"] == "999"
    assert entity.attributes["known"] is False
    assert issues(hass) == set()
    fake_agent.guess(attempts=10)
    assert issues(hass) == {"under_attack"}
    await later(hass, freezer, 50)
    fake_agent.guess(attempts=11)
    await later(hass, freezer, 50)
    assert issues(hass) == {"under_attack"}
    await later(hass, freezer, 11)
    assert issues(hass) == set()


async def test_diagnostics_show_no_hash_and_no_contact(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.bind(STATION)
    fake_agent.guess(attempts=3)
    found = await async_get_config_entry_diagnostics(hass, init_integration)
    (binding,) = found["bindings"]
    assert binding["transport"] == "udp"
    (guesser,) = found["guessers"]
    assert guesser["attempts"] == 3
    for secret in (*CREDENTIALS["hashes"].values(), "192.0.2.31:5062", "sip:201"):  # type: ignore[attr-defined]
        assert secret not in str(found)
    fake_agent.lose()
    found = await async_get_config_entry_diagnostics(hass, init_integration)
    assert found["guessers"]
