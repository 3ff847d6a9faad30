"""Tests of adding and changing devices."""

from typing import Any
from unittest.mock import AsyncMock

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.flows.device_form import device_schema
from tests.fake_agent import FakeAgent

from .helpers import form_defaults
from .test_account_flow import add_account

USER_INPUT: dict[str, Any] = {
    "name": "Front door",
    "kind": "doorbell",
    "address": "192.168.1.20",
    "account": "direct",
}
ADVANCED_DEFAULTS: dict[str, Any] = {
    "media_encryption": "sdes_optional",
    "min_proof": "address",
    "record": "none",
    "speak_when_idle": False,
    "talk_limit": 300,
    "unregistered_after": 15,
}
CAMERA_DEFAULTS: dict[str, Any] = {
    "camera_source": "call",
    "talk": True,
    "early_media": False,
}
STORED: dict[str, Any] = {
    **USER_INPUT,
    **CAMERA_DEFAULTS,
    "media_encryption": "sdes_optional",
    "talk_limit": 300,
    "min_proof": "address",
    "record": "none",
    "speak_when_idle": False,
    "callers": [],
    "buttons": [],
    "doors": [],
    "forwards": [],
    "pins": [],
}
BUTTONS = [{"name": "Flat 1", "number": "101"}, {"name": "Flat 2", "number": "102"}]


async def open_user(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    """Open the form of a new device."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "device"), context={"source": SOURCE_USER}
    )


async def send(
    hass: HomeAssistant, result: SubentryFlowResult, **changes: object
) -> SubentryFlowResult:
    """Send the form."""
    return await hass.config_entries.subentries.async_configure(
        result["flow_id"], USER_INPUT | changes
    )


async def add_device(
    hass: HomeAssistant, entry: MockConfigEntry, **changes: object
) -> str:
    """Add a device and return its id."""
    before = set(entry.subentries)
    result = await send(hass, await open_user(hass, entry), **changes)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    (added,) = set(entry.subentries) - before
    return str(added)


async def test_direct_device_is_added(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    started = fake_agent.starts
    result = await open_user(hass, init_integration)
    assert result["step_id"] == "user"
    assert form_defaults(result) == {
        "kind": "doorbell",
        "account": "direct",
        "camera": CAMERA_DEFAULTS,
        "advanced": ADVANCED_DEFAULTS,
    }

    result = await send(hass, result)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    (device,) = init_integration.get_subentries_of_type("device")
    assert device.title == "Front door"
    assert device.unique_id == "direct|sip:192.168.1.20"
    assert dict(device.data) == STORED
    (config,) = fake_agent.config.devices
    assert config.id == device.subentry_id
    assert config.addresses == ("192.168.1.20",)
    assert fake_agent.starts == started


async def test_device_over_an_account_is_added(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(hass, init_integration)
    device_id = await add_device(
        hass,
        init_integration,
        kind="intercom",
        address="**61 1",
        account=account,
        advanced={
            "callers": [" 612", "612", ""],
            "media_encryption": "sdes_required",
            "buttons": BUTTONS,
            "talk_limit": 60,
        },
    )
    device = init_integration.subentries[device_id]
    assert device.unique_id == f"{account}|**611"
    first, second = device.data["buttons"]
    assert dict(device.data) == {
        "name": "Front door",
        "kind": "intercom",
        "address": "**61 1",
        "account": account,
        **CAMERA_DEFAULTS,
        "callers": ["612"],
        "media_encryption": "sdes_required",
        "buttons": [
            {"id": first["id"], "name": "Flat 1", "number": "101"},
            {"id": second["id"], "name": "Flat 2", "number": "102"},
        ],
        "doors": [],
        "forwards": [],
        "pins": [],
        "min_proof": "address",
        "record": "none",
        "speak_when_idle": False,
        "talk_limit": 60,
    }
    assert first["id"] != second["id"]
    (config,) = fake_agent.config.devices
    assert (config.account, config.user, config.callers) == (account, "**611", ("612",))


async def test_accounts_are_offered(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(hass, init_integration)
    schema = device_schema(init_integration, registered=False).schema
    assert schema["account"].config["options"] == [
        {"value": "direct", "label": "direct"},
        {"value": "registrar", "label": "registrar"},
        {"value": account, "label": "Router"},
    ]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": " "}, {"name": "name_required"}),
        ({"address": ""}, {"address": "address_needs_host"}),
        ({"address": "front door"}, {"address": "invalid_address"}),
        ({"address": "-door.local"}, {"address": "invalid_address"}),
        ({"address": "0.0.0.0"}, {"address": "invalid_address"}),
        ({"address": "door@224.0.1.75"}, {"address": "invalid_address"}),
        ({"address": "1001"}, {"address": "address_needs_host"}),
        ({"advanced": {"callers": ["1 b"]}}, {"base": "invalid_caller"}),
        (
            {"advanced": {"buttons": [{"name": "Flat", "number": "1@b"}]}},
            {"base": "invalid_button"},
        ),
        (
            {"advanced": {"buttons": [{"name": " ", "number": "101"}]}},
            {"base": "invalid_button"},
        ),
        (
            {"advanced": {"buttons": [*BUTTONS, {"name": "Flat", "number": "1 01"}]}},
            {"base": "duplicate_button"},
        ),
    ],
)
async def test_device_that_cannot_be_is_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    result = await send(hass, await open_user(hass, init_integration), **changes)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert not init_integration.subentries

    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_device_over_an_account_needs_a_user(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(hass, init_integration)
    result = await send(hass, await open_user(hass, init_integration), account=account)
    assert result["errors"] == {"address": "address_needs_user"}

    result = await send(hass, result, account=account, address="door")
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_device_over_an_account_is_at_its_server(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(hass, init_integration)
    server = init_integration.subentries[account].data["server"]
    result = await send(
        hass,
        await open_user(hass, init_integration),
        account=account,
        address="door@elsewhere.example",
    )
    assert result["errors"] == {"address": "address_elsewhere"}

    result = await send(hass, result, account=account, address=f"door@{server}")
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_overlap_names_the_other_device(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    look_up: AsyncMock,
) -> None:
    look_up.return_value = ("192.168.1.20:5060",)
    await add_device(hass, init_integration)
    form = await open_user(hass, init_integration)
    result = await send(hass, form, name="Gate", address="gate.local")
    assert result["errors"] == {"address": "overlap"}
    assert result["description_placeholders"] == {"device": "Front door"}

    result = await send(hass, result, name="Gate", address="gate@192.168.1.20")
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_device_can_be_added_without_an_agent(
    hass: HomeAssistant, mock_entry: MockConfigEntry
) -> None:
    await add_device(hass, mock_entry, address="front.local")
    form = await open_user(hass, mock_entry)
    result = await send(hass, form, address="Front.Local")
    assert result["errors"] == {"address": "overlap"}


async def test_reconfigure_keeps_a_section_that_is_not_sent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    advanced = {"callers": ["12"], "talk_limit": 60, "buttons": BUTTONS}
    device_id = await add_device(hass, init_integration, advanced=advanced)
    stored = init_integration.subentries[device_id].data
    result = await init_integration.start_subentry_reconfigure_flow(hass, device_id)
    result = await send(hass, result, name="Gate")
    assert result["reason"] == "reconfigure_successful"
    assert init_integration.subentries[device_id].data == {**stored, "name": "Gate"}


async def test_device_may_be_removed_while_it_is_changed(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    device_id = await add_device(hass, init_integration)
    result = await init_integration.start_subentry_reconfigure_flow(hass, device_id)
    hass.config_entries.async_remove_subentry(init_integration, device_id)
    result = await send(hass, result)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "device_removed"


async def test_reconfigure_changes_nothing_else(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    device_id = await add_device(hass, init_integration, advanced={"buttons": BUTTONS})
    other_id = await add_device(hass, init_integration, address="192.168.1.21")
    other = dict(init_integration.subentries[other_id].data)
    first, second = init_integration.subentries[device_id].data["buttons"]
    started = fake_agent.starts
    result = await init_integration.start_subentry_reconfigure_flow(hass, device_id)
    assert result["step_id"] == "reconfigure"
    assert form_defaults(result) == {
        **USER_INPUT,
        "doors": [],
        "forwards": [],
        "pins": [],
        "camera": CAMERA_DEFAULTS,
        "advanced": {**ADVANCED_DEFAULTS, "callers": [], "buttons": BUTTONS},
    }

    result = await send(hass, result, address="192.168.1.21")
    assert result["errors"] == {"address": "overlap"}

    result = await send(
        hass,
        result,
        name="Street",
        address="192.168.1.22",
        advanced={
            "buttons": [
                {"name": "Flat 2", "number": "202"},
                {"name": "Attic", "number": "101"},
                {"name": "Flat 3", "number": "103"},
            ]
        },
    )
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    device = init_integration.subentries[device_id]
    assert device.title == "Street"
    assert device.unique_id == "direct|sip:192.168.1.22"
    new_id = device.data["buttons"][2]["id"]
    assert new_id not in {first["id"], second["id"]}
    assert device.data["buttons"] == [
        {"id": second["id"], "name": "Flat 2", "number": "202"},
        {"id": first["id"], "name": "Attic", "number": "101"},
        {"id": new_id, "name": "Flat 3", "number": "103"},
    ]
    assert dict(init_integration.subentries[other_id].data) == other
    assert fake_agent.starts == started
