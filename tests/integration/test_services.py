"""Tests of the actions."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    HostConfig,
    Transport,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CommandError,
    DeviceBusyError,
    InvalidStateError,
    InvalidTonesError,
    NoSuchCallError,
    NoTonesError,
    NotRegisteredError,
    TooManyCallsError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.tones import RFC_4733
from tests.conftest import ACCOUNT_ID, DOORBELL_ID, INTERCOM_ID, PHONE_ID
from tests.fake_agent import FakeAgent

RESOLVER = "custom_components.sip_intercom.resolver.SipResolver.async_look_up"


async def act(
    hass: HomeAssistant,
    action: str,
    *,
    respond: bool = False,
    user: str | None = None,
    **data: Any,
) -> ServiceResponse:
    """Carry out an action."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        data,
        blocking=True,
        context=Context(user_id=user),
        return_response=respond,
    )


def device_id(hass: HomeAssistant, subentry_id: str) -> str:
    """Return the id in the device registry."""
    registry = dr.async_get(hass)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, subentry_id), entry.entry_id
    )
    assert device is not None
    return device.id


@pytest.fixture
def home(hass: HomeAssistant, init_integration: MockConfigEntry) -> dict[str, str]:
    """Return the device ids by subentry."""
    return {
        subentry: device_id(hass, subentry)
        for subentry in (ACCOUNT_ID, DOORBELL_ID, INTERCOM_ID, PHONE_ID)
    }


async def test_actions_exist_without_an_entry_and_say_so(hass: HomeAssistant) -> None:
    from homeassistant.setup import async_setup_component  # noqa: PLC0415

    assert await async_setup_component(hass, DOMAIN, {})

    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "hang_up")

    assert raised.value.translation_key == "not_loaded"


@pytest.mark.parametrize(
    ("action", "data", "command"),
    [
        ("answer", {}, ("answer", "c1")),
        ("decline", {}, ("decline", "c1", 486)),
        ("decline", {"status": "603"}, ("decline", "c1", 603)),
        ("hang_up", {}, ("hang_up", "c1")),
    ],
)
@pytest.mark.parametrize("target", ["device_id", "call_id", "entity_id", None])
async def test_action_on_a_ringing_call(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    action: str,
    data: dict[str, Any],
    command: tuple[object, ...],
    target: str | None,
) -> None:
    fake_agent.ring(DOORBELL_ID)
    targets: dict[str | None, dict[str, Any]] = {
        "device_id": {"device_id": [home[DOORBELL_ID]]},
        "call_id": {"call_id": "c1"},
        "entity_id": {"entity_id": "event.front_door_doorbell"},
        None: {},
    }

    await act(hass, action, **data, **targets[target])

    assert fake_agent.commands == [command]


async def test_tones_are_sent_in_the_answered_call(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.ring(INTERCOM_ID)

    await act(hass, "send_tones", tones="1,2#a")

    assert fake_agent.commands == [("send_tones", call.id, "1,2#a", RFC_4733)]


async def test_area_means_every_device_in_it(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    area = area_registry.async_create("Entrance")
    for subentry in (DOORBELL_ID, INTERCOM_ID):
        device_registry.async_update_device(home[subentry], area_id=area.id)
    fake_agent.ring(DOORBELL_ID)
    fake_agent.ring(INTERCOM_ID)
    fake_agent.ring(PHONE_ID, account=ACCOUNT_ID)

    await act(hass, "decline", area_id=area.id)

    assert fake_agent.commands == [("decline", "c1", 486), ("decline", "c2", 486)]


@pytest.mark.parametrize("registry", ["entity", "device"])
@pytest.mark.parametrize("target", ["area_id", "label_id"])
async def test_area_or_label_means_the_devices_of_what_is_in_it(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    registry: str,
    target: str,
) -> None:
    where = {
        "area_id": ar.async_get(hass).async_create("Entrance").id,
        "label_id": lr.async_get(hass).async_create("Doors").label_id,
    }[target]
    change: dict[str, Any] = {
        "area_id": {"area_id": where},
        "label_id": {"labels": {where}},
    }[target]
    if registry == "entity":
        er.async_get(hass).async_update_entity("event.front_door_doorbell", **change)
    else:
        dr.async_get(hass).async_update_device(home[DOORBELL_ID], **change)
    fake_agent.ring(DOORBELL_ID)
    fake_agent.ring(INTERCOM_ID)

    await act(hass, "decline", **{target: where})

    assert fake_agent.commands == [("decline", "c1", 486)]


async def test_call_that_fails_does_not_stop_the_others(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    fake_agent.ring(DOORBELL_ID)
    fake_agent.ring(INTERCOM_ID)
    devices = [home[DOORBELL_ID], home[INTERCOM_ID]]
    errors = [NoSuchCallError(), InvalidStateError()]

    with (
        patch.object(fake_agent, "decline", side_effect=errors) as decline,
        pytest.raises(ServiceValidationError) as raised,
    ):
        await act(hass, "decline", device_id=devices)

    assert raised.value.translation_key == "no_such_call"
    assert decline.await_count == 2


async def test_account_means_its_unknown_callers(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    fake_agent.ring(PHONE_ID, account=ACCOUNT_ID)
    unknown = fake_agent.ring(account=ACCOUNT_ID)

    await act(hass, "answer", device_id=home[ACCOUNT_ID])

    assert fake_agent.commands == [("answer", unknown.id)]


@pytest.mark.usefixtures("home")
async def test_who_answers_is_told(
    hass: HomeAssistant, fake_agent: FakeAgent, hass_admin_user: MockUser
) -> None:
    call = fake_agent.ring(DOORBELL_ID)
    await act(hass, "answer", user=hass_admin_user.id)
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": "button.front_door_answer"},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    assert fake_agent.commands == [("answer", call.id, hass_admin_user.name)] * 2


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("answer", {}, "several_calls"),
        ("hang_up", {"call_id": "gone"}, "no_such_call"),
        ("send_tones", {"tones": "1"}, "no_answered_call"),
        ("hang_up", {"device_id": "unknown"}, "no_device_targeted"),
        ("hang_up", {"entity_id": "sun.sun"}, "no_device_targeted"),
        ("call", {}, "one_device_or_number"),
        ("call", {"number": "620"}, "account_required"),
        ("call", {"number": "620", "account": "nobody"}, "no_such_account"),
        ("call", {"number": "a b", "account": "Router"}, "invalid_target"),
    ],
)
async def test_action_that_means_nothing(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    action: str,
    data: dict[str, Any],
    key: str,
) -> None:
    fake_agent.ring(DOORBELL_ID)
    fake_agent.ring(INTERCOM_ID)

    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, action, **data)

    assert raised.value.translation_key == key
    assert fake_agent.commands == []


async def test_target_without_a_call(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    fake_agent.ring(INTERCOM_ID)

    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "answer", device_id=home[DOORBELL_ID])

    assert raised.value.translation_key == "no_ringing_call"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("decline", {"status": 404}),
        ("send_tones", {}),
        ("call", {"timeout": 0}),
        ("call", {"timeout": 61}),
    ],
)
async def test_schema(
    hass: HomeAssistant, home: dict[str, str], action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(probatio.Invalid):
        await act(hass, action, **data)


@pytest.mark.parametrize("device", [DOORBELL_ID, PHONE_ID])
async def test_call_a_device(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str], device: str
) -> None:
    response = await act(hass, "call", respond=True, device_id=home[device])

    assert response == {"call_id": "c1", "outcome": "dialing"}
    assert fake_agent.commands == [("dial", Dial(device=device))]


@pytest.mark.parametrize("account", ["name", "subentry", "device", "target"])
async def test_call_a_number_over_an_account(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str], account: str
) -> None:
    choices: dict[str, dict[str, Any]] = {
        "name": {"account": "Router"},
        "subentry": {"account": ACCOUNT_ID},
        "device": {"account": home[ACCOUNT_ID]},
        "target": {"device_id": home[ACCOUNT_ID]},
    }

    await act(hass, "call", number="**611", **choices[account])

    assert fake_agent.commands == [("dial", Dial(target="**611", account=ACCOUNT_ID))]


async def test_account_is_given_once(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await act(
            hass, "call", number="1", account="Router", device_id=home[ACCOUNT_ID]
        )

    assert raised.value.translation_key == "one_account"
    assert fake_agent.commands == []


async def test_user_of_an_account_is_no_host_name(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    with patch(RESOLVER) as look_up:
        await act(hass, "call", number="reception", account="Router")

    look_up.assert_not_called()
    assert fake_agent.commands == [
        ("dial", Dial(target="reception", account=ACCOUNT_ID))
    ]


async def test_call_a_uri_directly(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    with patch(RESOLVER, return_value=("192.0.2.30",)) as look_up:
        await act(hass, "call", number="sip:gate@gate.example;transport=tcp")
        await act(hass, "call", number="sip:gate@192.0.2.9")

    look_up.assert_awaited_once_with("gate.example", Transport.TCP)
    host = HostConfig(name="gate.example", addresses=("192.0.2.30",))
    assert fake_agent.commands == [
        ("dial", Dial(target="sip:gate@gate.example;transport=tcp", hosts=(host,))),
        ("dial", Dial(target="sip:gate@192.0.2.9")),
    ]


@pytest.mark.parametrize("number", [None, "620"])
async def test_call_means_one(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    number: str | None,
) -> None:
    data: dict[str, Any] = {"number": number} if number else {}

    with pytest.raises(ServiceValidationError) as raised:
        await act(
            hass, "call", device_id=[home[DOORBELL_ID], home[INTERCOM_ID]], **data
        )

    assert raised.value.translation_key == "one_device_or_number"


@pytest.mark.parametrize(
    ("event", "reason", "response"),
    [
        (CallEventType.ANSWERED, None, {"outcome": "answered"}),
        (
            CallEventType.FAILED,
            CallReason.BUSY,
            {"outcome": "busy", "reason": "busy"},
        ),
        (
            CallEventType.FAILED,
            CallReason.NOT_FOUND,
            {"outcome": "failed", "reason": "not_found"},
        ),
        (CallEventType.FAILED, None, {"outcome": "failed", "reason": None}),
    ],
)
async def test_call_waits_for_the_answer(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    event: CallEventType,
    reason: CallReason | None,
    response: dict[str, str | None],
) -> None:
    task = asyncio.create_task(
        act(hass, "call", respond=True, device_id=home[DOORBELL_ID], wait=True)
    )
    await hass.async_block_till_done()
    other = fake_agent.ring(INTERCOM_ID)
    fake_agent.answered(other)
    fake_agent.tone(other, "1")
    call = fake_agent.change(fake_agent.calls["c1"], CallEventType.PROGRESS)
    await hass.async_block_till_done()
    assert not task.done()

    fake_agent.change(call, event, reason=reason)

    assert await task == {"call_id": "c1"} | response


async def test_call_that_nobody_answers_is_hung_up(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    response = await act(
        hass, "call", respond=True, device_id=home[DOORBELL_ID], wait=True, timeout=1
    )

    assert response == {"call_id": "c1", "outcome": "no_answer"}
    assert fake_agent.commands[-1] == ("hang_up", "c1")


async def test_agent_dies_while_calling(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    task = asyncio.create_task(
        act(hass, "call", respond=True, device_id=home[DOORBELL_ID], wait=True)
    )
    await hass.async_block_till_done()
    fake_agent.lose()

    assert await task == {
        "call_id": "c1",
        "outcome": "failed",
        "reason": "agent_lost",
    }


@pytest.mark.parametrize(
    ("action", "error", "kind"),
    [
        ("call", NotRegisteredError(), HomeAssistantError),
        ("call", TooManyCallsError(), HomeAssistantError),
        ("call", DeviceBusyError(), ServiceValidationError),
        ("send_tones", NoTonesError(), ServiceValidationError),
        ("send_tones", InvalidTonesError(), ServiceValidationError),
    ],
)
async def test_agent_refuses(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    action: str,
    error: CommandError,
    kind: type[HomeAssistantError],
) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.command_error = error
    data: dict[str, dict[str, Any]] = {"call": {}, "send_tones": {"tones": "x"}}

    with pytest.raises(kind) as raised:
        await act(hass, action, device_id=home[DOORBELL_ID], **data[action])

    assert raised.value.translation_key == error.code


async def test_agent_is_down(
    hass: HomeAssistant, fake_agent: FakeAgent, home: dict[str, str]
) -> None:
    fake_agent.lose()

    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "call", device_id=home[DOORBELL_ID])

    assert raised.value.translation_key == "agent_unavailable"


async def test_device_of_another_integration(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    home: dict[str, str],
    device_registry: dr.DeviceRegistry,
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    lamp = device_registry.async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", DOORBELL_ID)}
    )
    fake_agent.ring(DOORBELL_ID)

    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "answer", device_id=lamp.id)

    assert raised.value.translation_key == "no_device_targeted"
