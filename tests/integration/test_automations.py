"""Tests of triggers and conditions in real automations."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
import pytest
import yaml

from custom_components.sip_intercom import condition, trigger
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    Proof,
    RegistrationState,
)
from custom_components.sip_intercom.pin_hash import hash_pin, new_salt
from tests.conftest import (
    ACCOUNT_ID,
    BUTTONS,
    DOORBELL_ID,
    INTERCOM_ID,
    account,
    device,
)
from tests.fake_agent import FakeAgent

COMPONENT = Path(trigger.__file__).parent
SALT = new_salt()
PIN = {
    "id": "p",
    "name": "Anna",
    "salt": SALT,
    "hash": hash_pin("1234", SALT),
    "door": "d1",
}
DOORS = [{"id": "d1", "name": "Gate", "code": "1"}]


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return what triggers are about."""
    return [
        account(),
        device(doors=DOORS, pins=[PIN]),
        device(INTERCOM_ID, "Gate", "intercom", "192.0.2.21", buttons=BUTTONS),
    ]


pytestmark = pytest.mark.usefixtures("init_integration")


async def automate(
    hass: HomeAssistant,
    name: str,
    entity: str | list[str],
    conditions: list[dict[str, Any]] | None = None,
    **options: Any,
) -> None:
    """Set up an automation that calls test.automation."""
    config: dict[str, Any] = {"trigger": name, "target": {"entity_id": entity}}
    if options:
        config["options"] = options
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": config,
                "conditions": conditions or [],
                "actions": {"action": "test.automation"},
            }
        },
    )
    await hass.async_block_till_done()


async def count(hass: HomeAssistant, service_calls: list[ServiceCall]) -> int:
    """Return how often the automation ran, and forget that."""
    await hass.async_block_till_done(wait_background_tasks=True)
    ran = len([each for each in service_calls if each.domain == "test"])
    service_calls.clear()
    return ran


async def test_doorbell_with_a_button(
    hass: HomeAssistant, fake_agent: FakeAgent, service_calls: list[ServiceCall]
) -> None:
    bells = ["event.gate_doorbell", "event.gate_upstairs", "event.gate_downstairs"]
    await automate(hass, "sip_intercom.doorbell_rang", bells, button="upstairs")
    fake_agent.ring(INTERCOM_ID, button="b1")
    assert await count(hass, service_calls) == 1
    fake_agent.ring(INTERCOM_ID, button="b2")
    fake_agent.ring(INTERCOM_ID)
    assert await count(hass, service_calls) == 0


@pytest.mark.parametrize("name", ["sip_intercom.doorbell_rang", "doorbell.rang"])
async def test_any_doorbell(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    service_calls: list[ServiceCall],
    name: str,
) -> None:
    assert await async_setup_component(hass, "doorbell", {})
    await automate(hass, name, "event.front_door_doorbell")
    fake_agent.ring(DOORBELL_ID)
    assert await count(hass, service_calls) == 1
    fake_agent.ring(INTERCOM_ID)
    assert await count(hass, service_calls) == 0


async def test_others_entities_are_no_targets(
    hass: HomeAssistant, service_calls: list[ServiceCall]
) -> None:
    hass.states.async_set("event.other", "1", {"event_type": "ring"})
    await automate(hass, "sip_intercom.doorbell_rang", "event.other")
    hass.states.async_set("event.other", "2", {"event_type": "ring"})
    assert await count(hass, service_calls) == 0


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("call_answered", CallEventType.ANSWERED),
        ("call_ended", CallEventType.ENDED),
        ("call_missed", CallEventType.MISSED),
    ],
)
async def test_calls(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    service_calls: list[ServiceCall],
    name: str,
    event: CallEventType,
) -> None:
    await automate(hass, f"sip_intercom.{name}", "event.front_door_call")
    call = fake_agent.ring(DOORBELL_ID)
    assert await count(hass, service_calls) == 0
    fake_agent.change(call, event)
    assert await count(hass, service_calls) == 1


@pytest.mark.parametrize(
    ("tones", "pressed", "times"),
    [
        ("", "12", 2),
        ("5", "155", 2),
        ("12#", "12#", 1),
        ("12#", "12#12#", 2),
        ("12#", "312#", 0),
        ("12#", "3#12#", 1),
        ("12#", "1212#", 0),
        ("*1", "5*1", 0),
        ("1a", "1A", 1),
    ],
)
async def test_tones(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    service_calls: list[ServiceCall],
    tones: str,
    pressed: str,
    times: int,
) -> None:
    options = {"tones": tones} if tones else {}
    await automate(
        hass, "sip_intercom.tone_received", "event.front_door_tone", **options
    )
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    for tone in pressed:
        fake_agent.tone(call, tone)
        await hass.async_block_till_done()
    assert await count(hass, service_calls) == times


async def test_sequence_is_of_one_call(
    hass: HomeAssistant, fake_agent: FakeAgent, service_calls: list[ServiceCall]
) -> None:
    await automate(
        hass, "sip_intercom.tone_received", "event.front_door_tone", tones="12"
    )
    for tone in "12":
        call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
        fake_agent.tone(call, tone)
        await hass.async_block_till_done()
    assert await count(hass, service_calls) == 0


async def test_door_and_pin(
    hass: HomeAssistant, fake_agent: FakeAgent, service_calls: list[ServiceCall]
) -> None:
    await automate(
        hass, "sip_intercom.door_opened", "event.front_door_door", door="gate"
    )
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID, proof=Proof.ADDRESS))
    for tone in "1234#":
        fake_agent.tone(call, tone)
    assert await count(hass, service_calls) == 1


async def test_refused_pin(
    hass: HomeAssistant, fake_agent: FakeAgent, service_calls: list[ServiceCall]
) -> None:
    await automate(hass, "sip_intercom.pin_refused", "event.front_door_pin")
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID, proof=Proof.ADDRESS))
    for tone in "9999#":
        fake_agent.tone(call, tone)
    assert await count(hass, service_calls) == 1


@pytest.mark.parametrize(
    ("name", "lost", "back"), [("registration_lost", 1, 0), ("registration_back", 0, 1)]
)
async def test_registration(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    service_calls: list[ServiceCall],
    name: str,
    lost: int,
    back: int,
) -> None:
    fake_agent.register(ACCOUNT_ID, RegistrationState.REGISTERED)
    await automate(hass, f"sip_intercom.{name}", "binary_sensor.router_registered")
    fake_agent.register(ACCOUNT_ID, RegistrationState.UNREACHABLE)
    assert await count(hass, service_calls) == lost
    fake_agent.register(ACCOUNT_ID, RegistrationState.REGISTERED)
    assert await count(hass, service_calls) == back
    fake_agent.lose()
    fake_agent.registrations.clear()
    assert await count(hass, service_calls) == 0


@pytest.mark.parametrize(
    "data", [{"tones": "x"}, {"tones": "1" * 17}, {"tones": ""}, {"sound": "1"}]
)
async def test_wrong_options(
    hass: HomeAssistant, data: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await automate(hass, "sip_intercom.tone_received", "event.front_door_tone", **data)
    assert "failed to setup triggers" in caplog.text.lower() or "Invalid" in caplog.text


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("is_ringing", "sensor.front_door_call_state"),
        ("is_in_call", "sensor.front_door_call_state"),
        ("is_registered", "binary_sensor.router_registered"),
        ("do_not_disturb", "switch.front_door_do_not_disturb"),
    ],
)
async def test_conditions(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    service_calls: list[ServiceCall],
    name: str,
    entity: str,
) -> None:
    check = {
        "condition": f"sip_intercom.{name}",
        "target": {"entity_id": entity},
        "options": {"behavior": "any"},
    }
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "event", "event_type": "go"},
                "conditions": check,
                "actions": {"action": "test.automation"},
            }
        },
    )

    async def passes() -> bool:
        hass.bus.async_fire("go")
        return await count(hass, service_calls) == 1

    assert not await passes()
    match name:
        case "is_ringing":
            fake_agent.ring(DOORBELL_ID)
        case "is_in_call":
            fake_agent.answered(fake_agent.ring(DOORBELL_ID))
        case "is_registered":
            fake_agent.register(ACCOUNT_ID, RegistrationState.REGISTERED)
        case _:
            await hass.services.async_call(
                "switch", "turn_on", {"entity_id": entity}, blocking=True
            )
    await hass.async_block_till_done()
    assert await passes()


def test_everything_is_described() -> None:
    for name, table in (
        ("triggers", trigger.TRIGGERS),
        ("conditions", condition.CONDITIONS),
    ):
        described = yaml.safe_load((COMPONENT / f"{name}.yaml").read_text())
        texts = yaml.safe_load((COMPONENT / "translations/en.json").read_text())[name]
        icons = yaml.safe_load((COMPONENT / "icons.json").read_text())[name]
        assert set(described) == set(texts) == set(icons) == set(table)
        for key, fields in described.items():
            assert set(fields.get("fields", {})) == set(texts[key].get("fields", {}))
