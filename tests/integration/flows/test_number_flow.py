"""Tests of numbers that registered devices may dial."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.lib.sipagent.protocol.config import NumberConfig
from tests.fake_agent import FakeAgent

from .helpers import form_defaults
from .test_account_flow import add_account
from .test_registration_flow import add_station

EVERYONE = {"name": "Everyone", "number": "1", "rings": ["everyone"]}


async def open_user(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    """Open the form of a new number."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "number"), context={"source": SOURCE_USER}
    )


async def send(
    hass: HomeAssistant, result: SubentryFlowResult, values: dict[str, Any]
) -> SubentryFlowResult:
    """Send the form."""
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], values
    )
    await hass.async_block_till_done()
    return result


async def test_everyone_includes_who_comes_later(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    result = await send(hass, await open_user(hass, init_integration), EVERYONE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (number,) = fake_agent.config.registrar.numbers
    assert number == NumberConfig(number="1", home=True)
    station = await add_station(hass, init_integration)
    (number,) = fake_agent.config.registrar.numbers
    assert number.devices == (station,)
    numbers = init_integration.get_subentries_of_type("number")
    devices = dr.async_entries_for_config_entry(
        dr.async_get(hass), init_integration.entry_id
    )
    identifiers = {name for device in devices for _, name in device.identifiers}
    assert not identifiers & {each.subentry_id for each in numbers}


async def test_number_of_a_device_that_goes(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    station = await add_station(hass, init_integration)
    values = {
        "name": "Kitchen",
        "number": "2",
        "rings": [station],
        "callers": [station],
    }
    await send(hass, await open_user(hass, init_integration), values)
    (number,) = fake_agent.config.registrar.numbers
    assert number == NumberConfig(number="2", devices=(station,), callers=(station,))
    hass.config_entries.async_remove_subentry(init_integration, station)
    await hass.async_block_till_done()
    (number,) = fake_agent.config.registrar.numbers
    assert number == NumberConfig(number="2", callers=(station,))


async def test_outward_number(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    station = await add_station(hass, init_integration)
    account = await add_account(hass, init_integration)
    values = {
        "name": "Outside",
        "number": "0*",
        "account": account,
        "target": "*",
        "callers": [station],
    }
    await send(hass, await open_user(hass, init_integration), values)
    (number,) = fake_agent.config.registrar.numbers
    assert number == NumberConfig(
        number="0*", account=account, target="*", callers=(station,)
    )
    hass.config_entries.async_remove_subentry(init_integration, account)
    await hass.async_block_till_done()
    assert fake_agent.config.registrar.numbers == ()


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": " "}, {"name": "name_required"}),
        ({"number": "1 2"}, {"number": "invalid_number"}),
        ({"number": "0*1"}, {"number": "invalid_number"}),
        ({"number": "homeassistant"}, {"number": "number_taken"}),
        ({"number": "205"}, {"number": "number_taken"}),
        ({"number": "1"}, {"number": "number_taken"}),
        ({"rings": []}, {"rings": "rings_nobody"}),
        ({"account": "ACCOUNT"}, {"callers": "callers_required"}),
        ({"account": "ACCOUNT", "target": "a b"}, {"target": "invalid_outward"}),
    ],
)
async def test_what_cannot_be_is_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    await add_station(hass, init_integration)
    account = await add_account(hass, init_integration)
    await send(hass, await open_user(hass, init_integration), EVERYONE)
    values = {**EVERYONE, "number": "7", **changes}
    if "account" in changes:
        values["account"] = account
    result = await send(hass, await open_user(hass, init_integration), values)
    assert result["errors"] == errors
    result = await send(hass, result, {**EVERYONE, "number": "7"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_reconfigure(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    await send(hass, await open_user(hass, init_integration), EVERYONE)
    (number,) = init_integration.get_subentries_of_type("number")
    result = await init_integration.start_subentry_reconfigure_flow(
        hass, number.subentry_id
    )
    assert form_defaults(result) == EVERYONE
    result = await send(hass, result, {**EVERYONE, "number": "a b"})
    assert result["errors"] == {"number": "invalid_number"}
    result = await send(hass, result, {**EVERYONE, "rings": ["home"], "target": "9"})
    assert result["reason"] == "reconfigure_successful"
    assert fake_agent.config.registrar.numbers == (NumberConfig(number="1", home=True),)


async def test_number_may_be_removed_while_it_is_changed(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    await send(hass, await open_user(hass, init_integration), EVERYONE)
    (number,) = init_integration.get_subentries_of_type("number")
    result = await init_integration.start_subentry_reconfigure_flow(
        hass, number.subentry_id
    )
    hass.config_entries.async_remove_subentry(init_integration, number.subentry_id)
    result = await send(hass, result, EVERYONE)
    assert result["reason"] == "number_removed"
