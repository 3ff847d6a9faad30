"""Tests that the examples of the README work as they stand."""

from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from tests.conftest import DOORBELL_ID
from tests.fake_agent import FakeAgent

README = Path(__file__).parents[2] / "README.md"
EXAMPLES: list[Any] = [
    yaml_util.parse_yaml(block)
    for block in re.findall(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
]
AUTOMATIONS = [example for example in EXAMPLES if isinstance(example, dict)]
SCRIPTS = [example for example in EXAMPLES if isinstance(example, list)]


@pytest.fixture
async def notified(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the phone is told."""
    return async_mock_service(hass, "notify", "mobile_app_phone")


@pytest.fixture
async def spoken(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what is spoken."""
    return async_mock_service(hass, "tts", "speak")


@pytest.mark.usefixtures("init_integration")
async def test_automations(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    notified: list[ServiceCall],
    spoken: list[ServiceCall],
) -> None:
    assert await async_setup_component(hass, "doorbell", {})
    assert await async_setup_component(hass, "automation", {"automation": AUTOMATIONS})
    await hass.async_block_till_done()
    assert len(hass.states.async_all("automation")) == len(AUTOMATIONS) == 4
    assert {state.state for state in hass.states.async_all("automation")} == {"on"}

    call = fake_agent.ring(DOORBELL_ID, caller_name="Post")
    await hass.async_block_till_done()
    assert sorted(each.data["message"] for each in notified) == [
        "Post is at the front door",
        "Somebody is at the front door",
    ]
    assert [each.data["message"] for each in spoken] == [
        "Somebody is at the front door"
    ]

    fake_agent.close(call, CallEventType.MISSED)
    await hass.async_block_till_done()
    assert notified[2].data["message"].startswith("Somebody was at the front door at ")

    fake_agent.ring(DOORBELL_ID, caller_name="")
    await hass.async_block_till_done()
    assert [each.data["message"] for each in notified[3:]] == [
        "Somebody is at the front door"
    ] * 2


def test_actions() -> None:
    (script,) = SCRIPTS
    cv.SCRIPT_SCHEMA(yaml_util.substitute(script, {"door_station": "1"}))
