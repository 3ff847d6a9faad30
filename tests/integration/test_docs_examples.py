"""Tests that run the examples of the pages in docs/."""

from pathlib import Path
import re
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from tests.conftest import DOORBELL_ID, PHONE_ID, account, device
from tests.fake_agent import FakeAgent

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES: list[tuple[str, Any]] = [
    (page.stem, yaml_util.parse_yaml(block))
    for page in sorted(DOCS.glob("*.md"))
    for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
]
AUTOMATIONS = [
    pytest.param(each, id=each["alias"])
    for _, each in EXAMPLES
    if isinstance(each, dict)
]
SCRIPTS = {
    f"{page}-{each[0]['action']}": each
    for page, each in EXAMPLES
    if isinstance(each, list)
}


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return what the examples speak of."""
    return [
        account(title="FRITZ!Box"),
        device(doors=[{"id": "d1", "name": "Gate", "code": "1"}]),
        device(PHONE_ID, "Kitchen", "phone", "192.0.2.30"),
    ]


@pytest.fixture
def others(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what other integrations are asked to do."""
    return async_mock_service(hass, "notify", "mobile_app_phone")


pytestmark = pytest.mark.usefixtures("init_integration")


@pytest.mark.parametrize("example", AUTOMATIONS)
async def test_automation_runs(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    others: list[ServiceCall],
    example: dict[str, Any],
) -> None:
    if "media_player" in example["actions"][0]["action"]:
        others = async_mock_service(hass, "media_player", "play_media")
    assert await async_setup_component(hass, "automation", {"automation": example})
    await hass.async_block_till_done()
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "on"
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    await hass.services.async_call(
        "automation", "trigger", {"entity_id": automation.entity_id}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )
    done = fake_agent.commands or others
    assert done or hass.states.is_state("switch.front_door_do_not_disturb", "on")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("calls-sip_intercom.connect", "connect"),
        ("speaking-sip_intercom.record", "record"),
        ("speaking-notify.send_message", "send_message"),
    ],
)
async def test_script_runs(
    hass: HomeAssistant, fake_agent: FakeAgent, name: str, command: str
) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    await hass.async_block_till_done()
    sequence = cv.SCRIPT_SCHEMA(SCRIPTS[name])
    await Script(hass, sequence, name, "test").async_run()
    fake_agent.close(call)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert command in [each[0] for each in fake_agent.commands]


def test_every_script_is_valid() -> None:
    assert len(SCRIPTS) == 4
    for script in SCRIPTS.values():
        cv.SCRIPT_SCHEMA(script)
