"""Tests of the doors in a device's form."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.lib.sipagent.protocol.doors import DoorConfig
from custom_components.sip_intercom.lib.sipagent.protocol.tones import (
    RFC_4733,
    ToneMethod,
    ToneStyle,
)
from tests.fake_agent import FakeAgent

from .test_device_flow import add_device, open_user, send

GATE = {"name": " Gate ", "code": "12a", "terminator": "#"}
CELLAR = {
    "name": "Cellar",
    "code": "open cellar",
    "method": "message",
    "tone_length": 300,
    "tone_gap": 50,
    "early_media": True,
    "lock": True,
    "open_time": 20,
}


async def test_doors_reach_the_agent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    device = await add_device(hass, init_integration, doors=[GATE, CELLAR])

    gate, cellar = init_integration.subentries[device].data["doors"]
    assert gate == {
        "id": gate["id"],
        "name": "Gate",
        "code": "12A",
        "terminator": "#",
        "method": "rtp",
        "tone_length": 200,
        "tone_gap": 100,
        "early_media": False,
        "lock": False,
        "open_time": 5,
    }
    assert cellar == {"id": cellar["id"], "terminator": "", **CELLAR}
    config = next(each for each in fake_agent.config.devices if each.id == device)
    assert config.doors == (
        DoorConfig(id=gate["id"], code="12A#", style=RFC_4733),
        DoorConfig(
            id=cellar["id"],
            code="open cellar",
            style=ToneStyle(method=ToneMethod.MESSAGE, length=300, gap=50),
            early_media=True,
        ),
    )


async def test_doors_keep_their_ids(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    device = await add_device(hass, init_integration, doors=[GATE, CELLAR])
    before = init_integration.subentries[device].data["doors"]
    result = await init_integration.start_subentry_reconfigure_flow(hass, device)
    shown = result["data_schema"].schema
    (suggested,) = [
        key.description["suggested_value"] for key in shown if key == "doors"
    ]
    assert [each["name"] for each in suggested] == ["Gate", "Cellar"]
    assert not any("id" in each for each in suggested)

    renamed = {**suggested[0], "name": "Drive"}
    recoded = {**suggested[1], "code": "9", "method": "rtp"}
    result = await send(hass, result, doors=[recoded, renamed])

    assert result["type"] is FlowResultType.ABORT
    after = init_integration.subentries[device].data["doors"]
    assert [each["id"] for each in after] == [before[1]["id"], before[0]["id"]]
    assert [each["name"] for each in after] == ["Cellar", "Drive"]


@pytest.mark.parametrize(
    ("doors", "error"),
    [
        ([{"name": " ", "code": "1"}], "door_needs_name"),
        ([{"name": "Gate", "code": "12x"}], "invalid_code"),
        ([{"name": "Gate", "code": " "}], "invalid_code"),
        ([{"name": "Gate", "code": "1" * 65}], "invalid_code"),
        ([{"name": "Gate", "code": "a\nb", "method": "message"}], "invalid_code"),
        (
            [{"name": "Gate", "code": "1"}, {"name": "gate", "code": "2"}],
            "duplicate_door",
        ),
        ([{"name": str(each), "code": "1"} for each in range(17)], "too_many_doors"),
    ],
)
async def test_wrong_doors(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    doors: list[dict[str, Any]],
    error: str,
) -> None:
    before = dict(init_integration.subentries)

    result = await send(hass, await open_user(hass, init_integration), doors=doors)

    assert result["errors"] == {"base": error}
    assert dict(init_integration.subentries) == before
    assert (await send(hass, result, doors=[]))["type"] is FlowResultType.CREATE_ENTRY
