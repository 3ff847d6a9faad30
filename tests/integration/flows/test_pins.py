"""Tests of PINs, phones that ring too, headers and codecs in the forms."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.flows.pins import HIDDEN
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    ForwardConfig,
    HeaderConfig,
)
from custom_components.sip_intercom.pin_hash import is_pin
from tests.conftest import ACCOUNT_ID, INTERCOM_ID, PHONE_ID, account, device
from tests.fake_agent import FakeAgent

from .test_device_flow import add_device, open_user, send


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return an account and what can ring too."""
    return [
        account(),
        device(INTERCOM_ID, "Gate", "intercom", "192.0.2.21"),
        device(PHONE_ID, "Kitchen", "phone", "621", account=ACCOUNT_ID),
    ]


GATE = {"name": "Gate", "code": "1"}
CELLAR = {"name": "Cellar", "code": "2"}
NEVER = {
    "valid_from": "2027-01-02 00:00:00",
    "valid_until": "2027-01-01 00:00:00",
}
ANNA = {"name": "Anna", "pin": "1234"}


async def test_only_a_hash_is_kept(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    device_id = await add_device(hass, init_integration, doors=[GATE], pins=[ANNA])
    data = init_integration.subentries[device_id].data
    (pin,) = data["pins"]
    assert is_pin("1234", pin)
    assert "1234" not in str(dict(data))
    assert pin["door"] == data["doors"][0]["id"]


async def test_pin_that_is_not_typed_again_is_kept(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    bob = {
        "name": "Bob",
        "pin": "98765",
        "door": "cellar",
        "valid_until": "2026-12-01 10:00:00",
    }
    device_id = await add_device(
        hass,
        init_integration,
        doors=[GATE, CELLAR],
        pins=[{**ANNA, "door": "Gate"}, bob],
    )
    before = init_integration.subentries[device_id].data["pins"]
    result = await init_integration.start_subentry_reconfigure_flow(hass, device_id)
    shown = next(
        key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key == "pins"
    )
    assert [each["pin"] for each in shown] == [HIDDEN, HIDDEN]
    assert [each["door"] for each in shown] == ["Gate", "Cellar"]
    changed = {**shown[1], "pin": "55555"}
    result = await send(hass, result, doors=[GATE, CELLAR], pins=[shown[0], changed])
    assert result["type"] is FlowResultType.ABORT
    after = init_integration.subentries[device_id].data["pins"]
    assert after[0] == before[0]
    assert after[1]["id"] == before[1]["id"]
    assert is_pin("55555", after[1])
    assert after[1]["valid_until"] == bob["valid_until"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pins": [{**ANNA, "pin": "123"}]}, "invalid_pin"),
        ({"pins": [{**ANNA, "pin": "12a4"}]}, "invalid_pin"),
        ({"pins": [{**ANNA, "pin": HIDDEN}]}, "invalid_pin"),
        ({"pins": [{**ANNA, "pin": "1" * 17}]}, "invalid_pin"),
        ({"pins": [{**ANNA, **NEVER}]}, "invalid_validity"),
        ({"pins": [{**ANNA, "name": " "}]}, "pin_needs_name"),
        ({"pins": [ANNA, {**ANNA, "pin": "4321"}]}, "pin_needs_name"),
        ({"pins": [ANNA, {"name": "Bob", "pin": "1234"}]}, "duplicate_pin"),
        ({"pins": [{**ANNA, "door": "Attic"}]}, "pin_needs_door"),
        ({"pins": [ANNA], "doors": []}, "pin_needs_door"),
        ({"pins": [ANNA], "doors": [GATE, CELLAR]}, "pin_needs_door"),
        (
            {"pins": [{"name": str(n), "pin": str(1000 + n)} for n in range(21)]},
            "too_many_pins",
        ),
        ({"forwards": [{"phone": "Attic"}]}, "unknown_phone"),
        ({"forwards": [{"phone": "612", "account": "none"}]}, "unknown_phone"),
        ({"forwards": [{"phone": "a b", "account": ACCOUNT_ID}]}, "unknown_phone"),
        ({"forwards": [{"phone": PHONE_ID}] * 9}, "too_many_forwards"),
        ({"advanced": {"header_name": "X-Door"}}, "invalid_header"),
        ({"advanced": {"header_name": "X: Y", "header_value": "1"}}, "invalid_header"),
    ],
)
async def test_wrong_input_changes_nothing(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    changes: dict[str, Any],
    error: str,
) -> None:
    before = dict(init_integration.subentries)
    result = await open_user(hass, init_integration)
    result = await send(hass, result, **{"doors": [GATE], **changes})
    assert result["errors"] == {"base": error}
    assert dict(init_integration.subentries) == before


async def test_phones_that_ring_too(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    forwards = [
        {"phone": PHONE_ID},
        {"phone": "Gate", "after": 20},
        {"phone": " **611 ", "account": ACCOUNT_ID, "after": 30},
    ]
    device_id = await add_device(hass, init_integration, forwards=forwards)
    config = next(each for each in fake_agent.config.devices if each.id == device_id)
    assert config.forwards == (
        ForwardConfig(device=PHONE_ID),
        ForwardConfig(device=INTERCOM_ID, after=20),
        ForwardConfig(target="**611", account=ACCOUNT_ID, after=30),
    )


async def test_header_reaches_the_agent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    header = {"header_name": "Alert-Info", "header_value": "gate"}
    device_id = await add_device(hass, init_integration, advanced=header)
    config = next(each for each in fake_agent.config.devices if each.id == device_id)
    assert config.header == HeaderConfig(name="Alert-Info", value="gate")


async def test_codecs_reach_the_agent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    options = {**init_integration.options, "codecs": ["pcma", "l16_16000"]}
    hass.config_entries.async_update_entry(init_integration, options=options)
    await hass.async_block_till_done()
    assert fake_agent.config.codecs == ("PCMA", "L16/16000/1")
