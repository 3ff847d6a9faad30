"""Tests of starting, changing and stopping a user agent."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    ButtonConfig,
    Transport,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentGoneError,
    AgentStartError,
    BusyError,
    NativeLibraryDamagedError,
    NativeLibraryMissingError,
    SchemaMismatchError,
    SipAgentError,
)
from tests.conftest import (
    ACCOUNT_ID,
    BUTTONS,
    DOORBELL_ID,
    INTERCOM_ID,
    OTHER_ACCOUNT_ID,
    PHONE_ID,
    account,
    device,
)
from tests.fake_agent import FakeAgent

type Stop = Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]]


async def change(
    hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str, **data: Any
) -> None:
    """Change a subentry as its flow does."""
    subentry = entry.subentries[subentry_id]
    hass.config_entries.async_update_subentry(
        entry,
        subentry,
        title=data.get("name", subentry.title),
        data=dict(subentry.data) | data,
    )
    await hass.async_block_till_done()


async def test_starts_and_stops(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    assert init_integration.state is ConfigEntryState.LOADED
    assert fake_agent.starts == 1
    config = fake_agent.config
    assert config.transports.port == 5060
    assert config.username == "homeassistant"
    assert [each.id for each in config.accounts] == [ACCOUNT_ID]
    assert [each.id for each in config.devices] == [DOORBELL_ID, INTERCOM_ID, PHONE_ID]

    assert await hass.config_entries.async_unload(init_integration.entry_id)
    await hass.async_block_till_done()

    assert not hass.config_entries.async_loaded_entries(DOMAIN)
    assert fake_agent.stops == 1
    state = hass.states.get("event.front_door_doorbell")
    assert state is not None
    assert state.state == STATE_UNAVAILABLE
    fake_agent.ring(DOORBELL_ID)
    assert hass.states.get("event.front_door_doorbell") == state


async def test_stops_with_home_assistant(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()

    assert fake_agent.stops == 1


async def unload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the entry."""
    assert await hass.config_entries.async_unload(entry.entry_id)


async def stop_home_assistant(hass: HomeAssistant, _entry: MockConfigEntry) -> None:
    """Tell that Home Assistant stops."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()


@pytest.mark.parametrize("stop", [unload, stop_home_assistant])
async def test_stop_ends_every_call_once(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    monkeypatch: pytest.MonkeyPatch,
    stop: Stop,
) -> None:
    ringing = fake_agent.ring(DOORBELL_ID)
    fake_agent.answered(fake_agent.ring(INTERCOM_ID))
    await hass.async_block_till_done()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    # The agent tells the ends of its calls, too, when it is stopped.
    told_by_agent = partial(fake_agent.close, ringing, CallEventType.MISSED)
    monkeypatch.setattr(fake_agent, "stop", AsyncMock(side_effect=told_by_agent))

    await stop(hass, init_integration)
    await hass.async_block_till_done()

    ends = [
        (state.entity_id, state.attributes["event_type"], state.attributes["reason"])
        for change in changes
        if (state := change.data["new_state"]).attributes.get("event_type")
    ]
    assert ends == [
        ("event.front_door_call", "failed", "stopped"),
        ("event.gate_call", "ended", "stopped"),
    ]


@pytest.mark.parametrize("stop", [unload, stop_home_assistant])
@pytest.mark.parametrize("dialled_while_stopping", [False, True])
async def test_nobody_waits_for_an_answer_after_the_stop(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    monkeypatch: pytest.MonkeyPatch,
    stop: Stop,
    dialled_while_stopping: bool,
) -> None:
    go_on = asyncio.Event()
    dial = fake_agent.dial

    async def dial_late(what: Dial) -> str:
        await go_on.wait()
        return await dial(what)

    async def stop_late() -> None:
        go_on.set()
        await asyncio.sleep(0)

    if dialled_while_stopping:
        monkeypatch.setattr(fake_agent, "dial", dial_late)
        monkeypatch.setattr(fake_agent, "stop", stop_late)
    data = {"number": "611", "account": "Router", "wait": True}
    waiter = hass.async_create_task(
        hass.services.async_call(
            DOMAIN, "call", data, blocking=True, return_response=True
        )
    )
    await asyncio.sleep(0)

    await stop(hass, init_integration)

    assert await waiter == {"call_id": "c1", "outcome": "failed", "reason": "stopped"}


async def test_stays_loaded_when_a_platform_does_not_unload(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    with patch.object(
        hass.config_entries, "async_unload_platforms", return_value=False
    ):
        assert not await hass.config_entries.async_unload(init_integration.entry_id)

    assert fake_agent.stops == 0


async def test_change_during_the_start_is_not_lost(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = fake_agent.start

    async def change_and_start() -> None:
        hass.config_entries.async_update_entry(mock_entry, options={"sip_trace": True})
        await start()

    monkeypatch.setattr(fake_agent, "start", change_and_start)
    assert await hass.config_entries.async_setup(mock_entry.entry_id)
    assert fake_agent.config.sip_trace


async def test_agent_is_stopped_when_the_platforms_fail(
    hass: HomeAssistant, mock_entry: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    with patch.object(
        hass.config_entries, "async_forward_entry_setups", side_effect=KeyError
    ):
        assert not await hass.config_entries.async_setup(mock_entry.entry_id)

    assert mock_entry.state is ConfigEntryState.SETUP_ERROR
    assert (fake_agent.starts, fake_agent.stops) == (1, 1)


@pytest.mark.parametrize(
    ("error", "state", "key"),
    [
        (
            AgentStartError("no hello"),
            ConfigEntryState.SETUP_RETRY,
            "agent_start_failed",
        ),
        (SchemaMismatchError(), ConfigEntryState.SETUP_ERROR, "restart_needed"),
        (
            NativeLibraryDamagedError("a.so"),
            ConfigEntryState.SETUP_ERROR,
            "native_library_damaged",
        ),
        (
            NativeLibraryMissingError("riscv64-linux-gnu"),
            ConfigEntryState.SETUP_ERROR,
            "native_library_missing",
        ),
    ],
)
async def test_agent_does_not_start(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    error: SipAgentError,
    state: ConfigEntryState,
    key: str,
) -> None:
    fake_agent.start_error = error
    await hass.config_entries.async_setup(mock_entry.entry_id)
    await hass.async_block_till_done()

    assert mock_entry.state is state
    assert mock_entry.error_reason_translation_key == key
    assert fake_agent.stops == 1


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (NativeLibraryMissingError("riscv64-linux-gnu"), "native_library_missing"),
        (NativeLibraryDamagedError("a.so"), "native_library_damaged"),
        (SchemaMismatchError(), "restart_needed"),
    ],
)
async def test_failed_start_is_a_repair_until_it_succeeds(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    issue_registry: ir.IssueRegistry,
    error: SipAgentError,
    key: str,
) -> None:
    fake_agent.start_error = error
    await hass.config_entries.async_setup(mock_entry.entry_id)
    issue = issue_registry.async_get_issue(DOMAIN, key)
    assert issue is not None
    assert issue.translation_key == key

    fake_agent.start_error = None
    await hass.config_entries.async_reload(mock_entry.entry_id)
    assert not issue_registry.async_get_issue(DOMAIN, key)


async def test_libraries_of_older_versions_are_removed(
    hass: HomeAssistant, mock_entry: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    """They go once the agent runs; one that cannot go keeps nothing from running."""

    def remove() -> list[str]:
        removed.append(fake_agent.connected)
        raise PermissionError

    removed: list[bool] = []
    with patch("custom_components.sip_intercom.remove_stale_libraries", remove):
        assert await hass.config_entries.async_setup(mock_entry.entry_id)
    assert removed == [True]


async def test_removing_the_entry_takes_its_repair_away(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    issue_registry: ir.IssueRegistry,
) -> None:
    fake_agent.start_error = NativeLibraryMissingError("riscv64-linux-gnu")
    await hass.config_entries.async_setup(mock_entry.entry_id)

    await hass.config_entries.async_remove(mock_entry.entry_id)

    assert not issue_registry.async_get_issue(DOMAIN, "native_library_missing")


async def test_devices(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    devices = {
        owner: each
        for each in dr.async_entries_for_config_entry(
            device_registry, init_integration.entry_id
        )
        for _, owner in each.identifiers
    }
    user_agent = devices.pop(init_integration.entry_id)
    assert user_agent.name == "SIP user agent"
    assert user_agent.entry_type is dr.DeviceEntryType.SERVICE
    assert user_agent.sw_version == "PJSIP 2.17"
    assert {owner: each.name for owner, each in devices.items()} == {
        ACCOUNT_ID: "Router",
        DOORBELL_ID: "Front door",
        INTERCOM_ID: "Gate",
        PHONE_ID: "Kitchen",
    }
    assert devices[ACCOUNT_ID].entry_type is dr.DeviceEntryType.SERVICE
    assert devices[DOORBELL_ID].entry_type is None
    assert devices[INTERCOM_ID].model == "SIP intercom"
    assert {each.via_device_id for each in devices.values()} == {user_agent.id}


async def test_added_device_appears_and_rings(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_add_subentry(
        init_integration, device("new", "Back door", address="192.0.2.30")
    )
    await hass.async_block_till_done()
    assert fake_agent.starts == 1
    assert fake_agent.config.devices[-1].addresses == ("192.0.2.30",)

    fake_agent.ring("new")
    state = hass.states.get("event.back_door_doorbell")
    assert state is not None
    assert state.attributes["event_type"] == "ring"


async def test_ring_of_a_device_that_is_being_removed_harms_nobody(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_remove_subentry(init_integration, DOORBELL_ID)
    fake_agent.ring(DOORBELL_ID)
    state = hass.states.get("sensor.sip_user_agent_active_calls")
    assert state is not None
    assert state.state == "1"
    await hass.async_block_till_done()


async def test_removed_device_disappears_and_nothing_else(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    fake_agent.answered(fake_agent.ring(INTERCOM_ID))
    before = er.async_entries_for_config_entry(
        entity_registry, init_integration.entry_id
    )
    hass.config_entries.async_remove_subentry(init_integration, DOORBELL_ID)
    await hass.async_block_till_done()

    after = er.async_entries_for_config_entry(
        entity_registry, init_integration.entry_id
    )
    gone = {entry.entity_id for entry in before} - {entry.entity_id for entry in after}
    assert gone == {
        entry.entity_id for entry in before if entry.config_subentry_id == DOORBELL_ID
    }
    assert len(gone) == 19
    assert hass.states.get("event.front_door_doorbell") is None
    assert not device_registry.async_get_device_by_identifier(
        (DOMAIN, DOORBELL_ID), init_integration.entry_id
    )
    assert [each.id for each in fake_agent.config.devices] == [INTERCOM_ID, PHONE_ID]
    state = hass.states.get("sensor.gate_call_state")
    assert state is not None
    assert state.state == "in_call"
    assert fake_agent.starts == 1


async def test_same_device_again_is_another_one(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_remove_subentry(init_integration, DOORBELL_ID)
    await hass.async_block_till_done()
    hass.config_entries.async_add_subentry(init_integration, device("again"))
    await hass.async_block_till_done()

    fake_agent.ring("again")

    state = hass.states.get("event.front_door_doorbell")
    assert state is not None
    assert state.attributes["event_type"] == "ring"


async def test_renamed_device_keeps_its_ids(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    await change(hass, init_integration, DOORBELL_ID, name="Main door")

    state = hass.states.get("event.front_door_doorbell")
    assert state is not None
    assert state.attributes["friendly_name"] == "Main door Doorbell"


async def test_buttons_come_change_and_go(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    renamed = BUTTONS[0] | {"name": "Attic"}
    added = {"id": "b3", "name": "Cellar", "number": "13"}
    await change(hass, init_integration, INTERCOM_ID, buttons=[renamed, added])

    state = hass.states.get("event.gate_upstairs")
    assert state is not None
    assert state.attributes["friendly_name"] == "Gate Attic"
    assert hass.states.get("event.gate_downstairs") is None
    assert fake_agent.config.devices[1].buttons == (
        ButtonConfig(id="b1", number="11"),
        ButtonConfig(id="b3", number="13"),
    )
    fake_agent.ring(INTERCOM_ID, button="b3")
    state = hass.states.get("event.gate_cellar")
    assert state is not None
    assert state.attributes["event_type"] == "ring"


async def test_phone_becomes_a_doorbell_and_back(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    await change(hass, init_integration, PHONE_ID, kind="doorbell")
    assert hass.states.get("event.kitchen_doorbell") is not None

    await change(hass, init_integration, PHONE_ID, kind="phone")
    assert hass.states.get("event.kitchen_doorbell") is None
    assert hass.states.get("event.kitchen_call") is not None


async def test_button_removed_while_not_loaded_is_cleaned_up(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(init_integration.entry_id)
    await change(hass, init_integration, INTERCOM_ID, buttons=[])
    await hass.config_entries.async_setup(init_integration.entry_id)
    await hass.async_block_till_done()

    assert hass.states.get("event.gate_upstairs") is None
    assert hass.states.get("event.gate_doorbell") is not None


async def test_added_account_is_configured(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_add_subentry(
        init_integration, account(OTHER_ACCOUNT_ID, "Provider")
    )
    await hass.async_block_till_done()

    assert [each.id for each in fake_agent.config.accounts] == [
        ACCOUNT_ID,
        OTHER_ACCOUNT_ID,
    ]
    fake_agent.register(OTHER_ACCOUNT_ID, RegistrationState.REGISTERED)
    state = hass.states.get("binary_sensor.provider_registered")
    assert state is not None
    assert state.state == "on"


async def test_registration_of_a_removed_account_is_forgotten(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.register(ACCOUNT_ID, RegistrationState.REGISTERED)
    hass.config_entries.async_remove_subentry(init_integration, ACCOUNT_ID)
    await hass.async_block_till_done()
    assert init_integration.runtime_data.data.registrations == {}

    fake_agent.register(ACCOUNT_ID, RegistrationState.UNREGISTERED)
    assert init_integration.runtime_data.data.registrations == {}
    fake_agent.lose()
    fake_agent.register(ACCOUNT_ID, RegistrationState.REGISTERING)
    fake_agent.ready()
    assert init_integration.runtime_data.data.registrations == {}


async def test_options_apply_without_a_reload(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_update_entry(
        init_integration, options={"sip_trace": True, "rtp_first": 20000.0}
    )
    await hass.async_block_till_done()

    assert fake_agent.starts == 1
    assert fake_agent.config.sip_trace
    assert fake_agent.config.transports.rtp_first == 20000


async def test_renaming_a_device_does_not_configure_the_agent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    await change(hass, init_integration, DOORBELL_ID, name="Main door")

    assert fake_agent.configurations == []


@pytest.mark.parametrize(
    ("error", "level"), [(BusyError("a call"), "WARNING"), (AgentGoneError(), "DEBUG")]
)
async def test_agent_that_refuses_its_configuration_keeps_running(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    caplog: pytest.LogCaptureFixture,
    error: SipAgentError,
    level: str,
) -> None:
    caplog.set_level("DEBUG")
    fake_agent.command_error = error
    hass.config_entries.async_update_entry(init_integration, options={"sip_trace": 1})
    await hass.async_block_till_done()

    told = [
        record.levelname
        for record in caplog.records
        if record.name == "custom_components.sip_intercom"
        and "configur" in record.message
    ]
    assert told == [level]
    assert init_integration.state is ConfigEntryState.LOADED


async def test_change_while_the_agent_is_down_is_applied_to_the_next_one(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.lose()
    hass.config_entries.async_update_entry(
        init_integration, options={"sip_trace": True}
    )
    await hass.async_block_till_done()

    assert fake_agent.config.sip_trace
    assert init_integration.runtime_data.data.transports[0].transport is Transport.UDP


class TestRingWhileStarting:
    """A ring that is there before the entities are."""

    @pytest.fixture
    def subentries(self) -> list[ConfigSubentry]:
        return [device()]

    @pytest.fixture
    def fake_agent(self, fake_agent: FakeAgent) -> FakeAgent:
        """Let the door ring as soon as the agent is ready."""
        ready = fake_agent.ready

        def ring_when_ready() -> None:
            ready()
            fake_agent.ring(DOORBELL_ID)

        fake_agent.ready = ring_when_ready  # type: ignore[method-assign]
        return fake_agent

    async def test_is_not_lost(
        self, hass: HomeAssistant, init_integration: MockConfigEntry
    ) -> None:
        state = hass.states.get("event.front_door_doorbell")
        assert state is not None
        assert state.attributes["event_type"] == "ring"
        state = hass.states.get("sensor.front_door_call_state")
        assert state is not None
        assert state.state == "ringing"


async def test_device_whose_account_is_gone_is_left_out(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_remove_subentry(init_integration, ACCOUNT_ID)
    await hass.async_block_till_done()

    assert [each.id for each in fake_agent.config.devices] == [DOORBELL_ID, INTERCOM_ID]


async def test_device_whose_address_is_none_is_left_out(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_add_subentry(
        init_integration, device("odd", "Odd", address="no address at all")
    )
    await hass.async_block_till_done()

    assert "odd" not in [each.id for each in fake_agent.config.devices]
    assert init_integration.state is ConfigEntryState.LOADED
