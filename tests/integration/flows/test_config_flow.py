"""Tests of setting up and changing the user agent."""

import socket
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import (
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.failed_start import COMPONENT
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentStartError,
    InvalidAddressError,
    NativeLibraryDamagedError,
    NativeLibraryMissingError,
    PortInUseError,
    PortNotPermittedError,
    SchemaMismatchError,
    SipAgentError,
)
from tests.fake_agent import FakeAgent

from .helpers import form_defaults

USER_INPUT = {"port": 5060, "username": "homeassistant"}


async def open_user(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the first form."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def send(
    hass: HomeAssistant, result: ConfigFlowResult, **changes: object
) -> ConfigFlowResult:
    """Send the form."""
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], USER_INPUT | changes
    )


async def test_user_agent_is_set_up(
    hass: HomeAssistant, fake_agent: FakeAgent, try_bind: AsyncMock
) -> None:
    result = await open_user(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert form_defaults(result) == USER_INPUT

    result = await send(hass, result, port=5070, username=" door ")
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "SIP user agent"
    assert result["data"] == {"port": 5070, "username": "door"}
    try_bind.assert_awaited_once_with("", 5070)
    entry = result["result"]
    assert entry.unique_id == DOMAIN
    assert entry.state is ConfigEntryState.LOADED
    assert fake_agent.config.username == "door"
    assert fake_agent.config.transports.port == 5070


async def test_there_is_only_one_user_agent(
    hass: HomeAssistant, mock_entry: MockConfigEntry
) -> None:
    result = await open_user(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("error", "shown", "placeholders"),
    [
        (
            NativeLibraryMissingError("riscv64-linux-musl"),
            "native_library_missing",
            {"platform": "riscv64-linux-musl", "folder": str(COMPONENT)},
        ),
        (
            NativeLibraryDamagedError("a.so"),
            "native_library_damaged",
            {"reason": "a.so"},
        ),
        (SchemaMismatchError(), "restart_needed", {}),
        (AgentStartError("no hello"), "cannot_start", {"reason": "no hello"}),
    ],
)
async def test_agent_that_does_not_start_is_told(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    try_bind: AsyncMock,
    error: SipAgentError,
    shown: str,
    placeholders: dict[str, str],
) -> None:
    fake_agent.start_error = error
    result = await send(hass, await open_user(hass))
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": shown}
    assert result["description_placeholders"] == placeholders

    fake_agent.start_error = None
    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_name_must_be_dialable(
    hass: HomeAssistant, fake_agent: FakeAgent, try_bind: AsyncMock
) -> None:
    result = await send(hass, await open_user(hass), username="two words")
    assert result["errors"] == {"username": "invalid_username"}
    try_bind.assert_not_awaited()

    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_port_of_the_administrator(
    hass: HomeAssistant, fake_agent: FakeAgent, try_bind: AsyncMock
) -> None:
    try_bind.side_effect = PortNotPermittedError("denied")
    result = await send(hass, await open_user(hass), port=506)
    assert result["errors"] == {"port": "port_not_permitted"}

    try_bind.side_effect = None
    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_port_must_not_be_one_for_audio(
    hass: HomeAssistant, fake_agent: FakeAgent, try_bind: AsyncMock
) -> None:
    result = await send(hass, await open_user(hass), port=16400)
    assert result["errors"] == {"port": "rtp_range_holds_port"}
    try_bind.assert_not_awaited()

    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
@pytest.mark.usefixtures("socket_enabled")
async def test_port_is_really_tried(
    hass: HomeAssistant, fake_agent: FakeAgent, kind: socket.SocketKind
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        result = await send(hass, await open_user(hass), port=port)
        assert result["errors"] == {"port": "port_in_use"}
        assert result["description_placeholders"] == {
            "port": str(port),
            "holder": "another program on this machine",
        }

    result = await send(hass, result, port=port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("options", "holder"),
    [
        ({}, "Home Assistant's integration Voice over IP"),
        ({"sip_port": 5060}, "Home Assistant's integration Voice over IP"),
        ({"sip_port": 5061}, "another program on this machine"),
    ],
)
async def test_port_of_core_voip_is_named(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    try_bind: AsyncMock,
    options: dict[str, int],
    holder: str,
) -> None:
    voip = MockConfigEntry(domain="voip", options=options)
    voip.add_to_hass(hass)
    voip.mock_state(hass, ConfigEntryState.LOADED)
    try_bind.side_effect = PortInUseError("taken")

    result = await send(hass, await open_user(hass))
    # Home Assistant would unload it after the test, without its library.
    voip.mock_state(hass, ConfigEntryState.NOT_LOADED)

    assert result["errors"] == {"port": "port_in_use"}
    assert result["description_placeholders"] == {"port": "5060", "holder": holder}


async def test_user_agent_beside_an_ignored_caller(
    hass: HomeAssistant, fake_agent: FakeAgent, try_bind: AsyncMock
) -> None:
    MockConfigEntry(domain=DOMAIN, source="ignore", unique_id="10.0.0.9").add_to_hass(
        hass
    )
    result = await send(hass, await open_user(hass))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_reconfigure_applies_without_reload(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    try_bind: AsyncMock,
) -> None:
    started = fake_agent.starts
    result = await init_integration.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure"
    assert form_defaults(result) == USER_INPUT

    result = await send(hass, result, port=5070, username="door")
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert init_integration.data == {"port": 5070, "username": "door"}
    try_bind.assert_awaited_once_with("", 5070)
    assert fake_agent.starts == started
    assert fake_agent.config.username == "door"
    assert fake_agent.config.transports.port == 5070


async def test_reconfigure_does_not_try_the_port_that_the_agent_holds(
    hass: HomeAssistant, init_integration: MockConfigEntry, try_bind: AsyncMock
) -> None:
    try_bind.side_effect = PortInUseError("by ourselves")
    result = await init_integration.start_reconfigure_flow(hass)
    result = await send(hass, result, username="door")
    assert result["reason"] == "reconfigure_successful"
    assert init_integration.data == {"port": 5060, "username": "door"}


async def test_reconfigure_tells_a_taken_port(
    hass: HomeAssistant, init_integration: MockConfigEntry, try_bind: AsyncMock
) -> None:
    try_bind.side_effect = PortInUseError("taken")
    result = await init_integration.start_reconfigure_flow(hass)
    result = await send(hass, result, port=5070)
    assert result["errors"] == {"port": "port_in_use"}

    try_bind.side_effect = None
    result = await send(hass, result, port=5070)
    assert result["reason"] == "reconfigure_successful"


@pytest.mark.parametrize(
    ("port", "error"),
    [(5071, "same_port"), (20050, "rtp_range_holds_port")],
)
async def test_reconfigure_tells_a_port_that_the_options_use(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    try_bind: AsyncMock,
    port: int,
    error: str,
) -> None:
    hass.config_entries.async_update_entry(
        init_integration,
        options={"tls_port": 5071, "rtp_first": 20000, "rtp_last": 20099},
    )
    result = await init_integration.start_reconfigure_flow(hass)
    result = await send(hass, result, port=port)
    assert result["errors"] == {"port": error}
    try_bind.assert_not_awaited()

    result = await send(hass, result, port=16400)
    assert result["reason"] == "reconfigure_successful"


async def test_reconfigure_tries_every_port_without_an_agent(
    hass: HomeAssistant, mock_entry: MockConfigEntry, try_bind: AsyncMock
) -> None:
    hass.config_entries.async_update_entry(
        mock_entry, options={"bind_address": "192.168.1.2"}
    )
    try_bind.side_effect = InvalidAddressError("not ours")
    result = await mock_entry.start_reconfigure_flow(hass)
    result = await send(hass, result)
    try_bind.assert_awaited_once_with("192.168.1.2", 5060)
    assert result["errors"] == {"base": "invalid_bind_address"}

    try_bind.side_effect = None
    result = await send(hass, result)
    assert result["reason"] == "reconfigure_successful"


async def test_discovery_without_user_agent_is_dropped(hass: HomeAssistant) -> None:
    with patch("custom_components.sip_intercom.async_setup", return_value=True):
        result = await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data={
                "name": "",
                "caller": "11",
                "address": "192.168.1.20",
                "user_agent": "",
                "transport": "udp",
            },
        )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
