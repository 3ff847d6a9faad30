"""Tests of devices that register with us: their user name and password."""

from hashlib import md5

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.flows.registration import hashes
from tests.fake_agent import FakeAgent

from .helpers import form_defaults
from .test_device_flow import USER_INPUT, add_device, open_user, send

TYPED = {"username": "205", "password": "correct horse"}
NUMBER = {"name": "Everyone", "number": "1", "rings": ["everyone"]}


async def open_registration(
    hass: HomeAssistant, entry: MockConfigEntry, name: str = "Gate"
) -> SubentryFlowResult:
    """Come to the step that shows user name and password."""
    form = await open_user(hass, entry)
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"name": name, "kind": "intercom", "account": "registrar"}
    )
    assert result["step_id"] == "registration"
    return result


async def register(
    hass: HomeAssistant, result: SubentryFlowResult, **changes: str
) -> SubentryFlowResult:
    """Send user name and password."""
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], TYPED | changes
    )
    await hass.async_block_till_done()
    return result


async def add_station(
    hass: HomeAssistant, entry: MockConfigEntry, name: str = "Gate", **changes: str
) -> str:
    """Add a device that registers and return its id."""
    before = set(entry.subentries)
    result = await register(hass, await open_registration(hass, entry, name), **changes)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (added,) = set(entry.subentries) - before
    return str(added)


async def test_password_is_shown_once_and_not_kept(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    result = await open_registration(hass, init_integration)
    shown = form_defaults(result)
    assert shown["username"] == "201"
    assert len(shown["password"]) == 16
    assert shown["password"].isalnum()
    assert result["description_placeholders"]["port"] == "5060"
    assert result["description_placeholders"]["server"]
    assert result["description_placeholders"]["tls_port"] == "-"

    result = await register(hass, result, password=shown["password"])
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert shown["password"] not in str(result["data"])
    expected = f"205:sip-intercom:{shown['password']}".encode()
    assert result["data"]["hashes"]["md5"] == (
        md5(expected, usedforsecurity=False).hexdigest()
    )
    assert "address" not in result["data"]
    (device,) = [each for each in fake_agent.config.devices if each.credentials]
    assert device.credentials
    assert device.credentials.username == "205"
    assert device.account is None
    assert device.addresses == ()


async def test_next_station_has_another_user(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    await add_station(hass, init_integration, username="201")
    shown = form_defaults(await open_registration(hass, init_integration))
    assert shown["username"] == "202"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"username": "a b"}, {"username": "invalid_username"}),
        ({"username": "a@b"}, {"username": "invalid_username"}),
        ({"username": "201"}, {"username": "username_taken"}),
        ({"username": "HomeAssistant"}, {"username": "username_taken"}),
        ({"username": "1"}, {"username": "username_taken"}),
        ({"password": "short"}, {"password": "password_length"}),
        ({"password": "x" * 65}, {"password": "password_length"}),
        ({"password": "Türklingel-1"}, {"password": "password_characters"}),
    ],
)
async def test_what_cannot_be_is_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    changes: dict[str, str],
    errors: dict[str, str],
) -> None:
    await add_station(hass, init_integration, username="201")
    number = await hass.config_entries.subentries.async_init(
        (init_integration.entry_id, "number"), context={"source": "user"}
    )
    await hass.config_entries.subentries.async_configure(number["flow_id"], NUMBER)
    result = await open_registration(hass, init_integration, "Other")
    result = await register(hass, result, **changes)
    assert result["errors"] == errors
    assert form_defaults(result) == TYPED | changes
    result = await register(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def open_reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, station: str
) -> SubentryFlowResult:
    """Open the form of a device that there is."""
    return await entry.start_subentry_reconfigure_flow(hass, station)


async def test_reconfigure_keeps_the_password(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    station = await add_station(hass, init_integration)
    before = init_integration.subentries[station]
    result = await open_reconfigure(hass, init_integration, station)
    assert form_defaults(result)["new_password"] is False
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"name": "Gate 2", "kind": "phone", "account": "registrar"}
    )
    assert result["reason"] == "reconfigure_successful"
    after = init_integration.subentries[station]
    assert after.title == "Gate 2"
    assert after.data["hashes"] == before.data["hashes"]
    assert after.data["username"] == "205"
    assert "new_password" not in after.data


async def test_new_password_on_request(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    station = await add_station(hass, init_integration)
    result = await open_reconfigure(hass, init_integration, station)
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"],
        {
            "name": "Gate",
            "kind": "phone",
            "account": "registrar",
            "new_password": True,
        },
    )
    assert result["step_id"] == "registration"
    assert form_defaults(result)["username"] == "205"
    await register(hass, result, password="another password")
    data = init_integration.subentries[station].data
    assert data["hashes"] == hashes("205", "another password")


async def test_device_changes_how_it_connects(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    device = await add_device(hass, init_integration)
    result = await open_reconfigure(hass, init_integration, device)
    result = await send(hass, result, account="registrar")
    assert result["step_id"] == "registration"
    await register(hass, result)
    data = init_integration.subentries[device].data
    assert data["username"] == "205"
    assert "address" not in data

    result = await open_reconfigure(hass, init_integration, device)
    result = await send(hass, result, account="direct")
    assert result["reason"] == "reconfigure_successful"
    data = init_integration.subentries[device].data
    assert data["address"] == USER_INPUT["address"]
    assert not {"username", "hashes"} & set(data)


async def test_device_without_address_is_told(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    result = await open_user(hass, init_integration)
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"name": "Gate", "kind": "phone", "account": "direct"}
    )
    assert result["errors"] == {"address": "address_needs_host"}
