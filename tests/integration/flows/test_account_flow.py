"""Tests of adding and changing accounts."""

from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    HostConfig,
    MediaEncryption,
    TlsVerify,
    Transport,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentGoneError,
    AgentTimeoutError,
    CannotConnectError,
    InvalidAuthError,
    InvalidCertificateError,
    RegistrationTimeoutError,
    SipAgentError,
    SipStackError,
)
from tests.fake_agent import FakeAgent

from .conftest import TEXTS
from .helpers import form_defaults, write_certificate

USER_INPUT: dict[str, Any] = {
    "name": "Router",
    "server": "192.168.178.1",
    "username": "620",
    "password": "secret",
    "transport": "udp",
}
ADVANCED_DEFAULTS: dict[str, Any] = {
    "expiry": 300,
    "tls_verify": "system",
    "ice": False,
    "media_encryption": "sdes_optional",
}
STORED: dict[str, Any] = USER_INPUT | ADVANCED_DEFAULTS | {"trusted_networks": []}


async def open_user(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    """Open the form of a new account."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "account"), context={"source": SOURCE_USER}
    )


async def send(
    hass: HomeAssistant, result: SubentryFlowResult, **changes: object
) -> SubentryFlowResult:
    """Send the form."""
    return await hass.config_entries.subentries.async_configure(
        result["flow_id"], USER_INPUT | changes
    )


async def add_account(
    hass: HomeAssistant, entry: MockConfigEntry, **changes: object
) -> str:
    """Add an account and return its id."""
    before = set(entry.subentries)
    result = await send(hass, await open_user(hass, entry), **changes)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    (added,) = set(entry.subentries) - before
    return str(added)


async def test_account_is_tried_and_added(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    started = fake_agent.starts
    result = await open_user(hass, init_integration)
    assert result["step_id"] == "user"
    assert form_defaults(result) == {"transport": "udp", "advanced": ADVANCED_DEFAULTS}

    result = await send(hass, result)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    (account,) = init_integration.get_subentries_of_type("account")
    assert account.title == "Router"
    assert account.unique_id == "620@192.168.178.1"
    assert dict(account.data) == STORED
    ((tried, hosts),) = fake_agent.trials
    assert tried == AccountConfig(
        id="trial",
        server="192.168.178.1",
        username="620",
        password="secret",
        token=tried.token,
    )
    assert hosts == ()
    assert [each.id for each in fake_agent.config.accounts] == [account.subentry_id]
    assert fake_agent.starts == started


async def test_section_is_stored_flat_and_names_are_resolved(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    look_up: AsyncMock,
    tmp_path: Path,
) -> None:
    authority = write_certificate(tmp_path, "authority")["certificate"]
    names = {"pbx.example": ("10.0.0.1:5061",), "proxy.example": ("10.0.0.2",)}
    look_up.side_effect = lambda name, _transport: names[name]
    advanced = {
        "port": 5061,
        "auth_username": " auth620 ",
        "outbound_proxy": "proxy.example:5070",
        "display_name": "Home Assistant",
        "expiry": 120,
        "tls_verify": "own_ca",
        "ca_file": authority,
        "media_encryption": "sdes_required",
        "ice": True,
        "trusted_networks": ["10.0.0.9/24", ""],
    }
    account_id = await add_account(
        hass,
        init_integration,
        server="PBX.example",
        transport="tls",
        password=" kept as typed ",
        advanced=advanced,
    )

    assert dict(init_integration.subentries[account_id].data) == {
        **USER_INPUT,
        **advanced,
        "server": "pbx.example",
        "transport": "tls",
        "password": " kept as typed ",
        "auth_username": "auth620",
        "trusted_networks": ["10.0.0.0/24"],
    }
    ((account, hosts),) = fake_agent.trials
    assert account == AccountConfig(
        id="trial",
        server="pbx.example",
        username="620",
        password=" kept as typed ",
        transport=Transport.TLS,
        port=5061,
        auth_username="auth620",
        outbound_proxy="proxy.example:5070",
        display_name="Home Assistant",
        expiry=120,
        tls_verify=TlsVerify.OWN_CA,
        ca_file=authority,
        media_encryption=MediaEncryption.SDES_REQUIRED,
        trusted_networks=("10.0.0.0/24",),
        ice=True,
        token=account.token,
    )
    assert hosts == (
        HostConfig(name="pbx.example", addresses=("10.0.0.1:5061",)),
        HostConfig(name="proxy.example", addresses=("10.0.0.2",)),
    )


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (InvalidAuthError("401 Unauthorized"), "invalid_auth"),
        (CannotConnectError("403 Forbidden"), "cannot_connect"),
        (RegistrationTimeoutError("408"), "timed_out"),
        (AgentTimeoutError("no answer"), "timed_out"),
        (InvalidCertificateError("expired"), "invalid_certificate"),
        (AgentGoneError("killed"), "agent_unavailable"),
        (SipStackError("PJ_EINVAL"), "cannot_connect"),
    ],
)
async def test_account_that_does_not_register_is_not_added(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    error: SipAgentError,
    shown: str,
) -> None:
    fake_agent.trial_error = error
    result = await send(hass, await open_user(hass, init_integration))
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": shown}
    assert result["description_placeholders"] == {
        "server": "192.168.178.1",
        "reason": str(error),
    }
    assert form_defaults(result) == {**USER_INPUT, "advanced": ADVANCED_DEFAULTS}
    assert not init_integration.subentries

    fake_agent.trial_error = None
    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("answer", [[()], TimeoutError()])
async def test_name_without_address_is_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    look_up: AsyncMock,
    answer: list[tuple[str, ...]] | Exception,
) -> None:
    look_up.side_effect = answer
    form = await open_user(hass, init_integration)
    result = await send(hass, form, server="pbx.example")
    assert result["errors"] == {"base": "name_not_found"}
    assert result["description_placeholders"] == {"server": "pbx.example"}
    assert not fake_agent.trials

    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_server_needs_no_address_behind_a_proxy(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    look_up: AsyncMock,
) -> None:
    names = {"pbx.example": (), "proxy.example": ("10.0.0.2",)}
    look_up.side_effect = lambda name, _transport: names[name]
    advanced = {"outbound_proxy": "proxy.example"}
    await add_account(hass, init_integration, server="pbx.example", advanced=advanced)
    ((_, hosts),) = fake_agent.trials
    assert hosts == (HostConfig(name="proxy.example", addresses=("10.0.0.2",)),)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": " "}, {"name": "name_required"}),
        ({"server": ""}, {"server": "invalid_host"}),
        ({"server": "pbx example"}, {"server": "invalid_host"}),
        ({"server": "192.168.178.1:5060"}, {"server": "invalid_host"}),
        ({"username": ""}, {"username": "invalid_username"}),
        ({"username": "6 2@0"}, {"username": "invalid_username"}),
        ({"advanced": {"outbound_proxy": "1234"}}, {"base": "invalid_outbound_proxy"}),
        ({"advanced": {"trusted_networks": ["pbx"]}}, {"base": "invalid_network"}),
        ({"advanced": {"display_name": 'a"b'}}, {"base": "invalid_text"}),
        ({"advanced": {"auth_username": "a\\b"}}, {"base": "invalid_text"}),
        ({"advanced": {"tls_verify": "own_ca"}}, {"base": "ca_file_required"}),
        (
            {"advanced": {"tls_verify": "own_ca", "ca_file": "/nowhere/ca.pem"}},
            {"base": "file_not_readable"},
        ),
        (
            {"advanced": {"tls_verify": "own_ca", "ca_file": __file__}},
            {"base": "certificate_invalid"},
        ),
    ],
)
async def test_account_that_cannot_be_is_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    result = await send(hass, await open_user(hass, init_integration), **changes)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert not fake_agent.trials

    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_account_may_have_no_password(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account_id = await add_account(hass, init_integration, password="")
    assert init_integration.subentries[account_id].data["password"] == ""


async def test_account_is_added_once(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    await add_account(hass, init_integration)
    result = await send(hass, await open_user(hass, init_integration), name="Again")
    assert result["errors"] == {"base": "already_configured"}

    result = await send(hass, result, username="621")
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_same_account_that_is_added_during_the_trial_wins(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    first, second = [await open_user(hass, init_integration) for _ in range(2)]

    async def trial(*_: object) -> None:
        mock.stop()
        await send(hass, second)

    mock = patch.object(fake_agent, "try_account", trial)
    mock.start()
    result = await send(hass, first)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in TEXTS["config_subentries"]["account"]["abort"]
    assert len(init_integration.subentries) == 1


async def test_account_may_be_removed_while_it_is_changed(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account_id = await add_account(hass, init_integration)
    result = await init_integration.start_subentry_reconfigure_flow(hass, account_id)

    async def trial(*_: object) -> None:
        hass.config_entries.async_remove_subentry(init_integration, account_id)

    with patch.object(fake_agent, "try_account", trial):
        result = await send(hass, result, password="changed")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "account_removed"


async def test_account_needs_a_running_agent(
    hass: HomeAssistant, mock_entry: MockConfigEntry
) -> None:
    result = await send(hass, await open_user(hass, mock_entry))
    assert result["errors"] == {"base": "agent_unavailable"}


async def test_reconfigure_keeps_the_password(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account_id = await add_account(hass, init_integration)
    started = fake_agent.starts
    result = await init_integration.start_subentry_reconfigure_flow(hass, account_id)
    assert result["step_id"] == "reconfigure"
    shown = {key: value for key, value in USER_INPUT.items() if key != "password"}
    assert form_defaults(result) == {
        **shown,
        "advanced": {**ADVANCED_DEFAULTS, "trusted_networks": []},
    }

    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"],
        {**shown, "name": "Box", "username": "621", "advanced": {"expiry": 600}},
    )
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    account = init_integration.subentries[account_id]
    assert account.title == "Box"
    assert account.unique_id == "621@192.168.178.1"
    assert dict(account.data) == {
        **STORED,
        "name": "Box",
        "username": "621",
        "expiry": 600,
    }
    assert fake_agent.trials[-1][0].password == "secret"
    assert fake_agent.starts == started


async def test_reconfigure_keeps_a_section_that_is_not_sent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    advanced = {"display_name": "Home", "expiry": 600, "media_encryption": "dtls"}
    account_id = await add_account(hass, init_integration, advanced=advanced)
    stored = init_integration.subentries[account_id].data
    result = await init_integration.start_subentry_reconfigure_flow(hass, account_id)
    result = await send(hass, result, name="Box")
    assert result["reason"] == "reconfigure_successful"
    assert init_integration.subentries[account_id].data == {**stored, "name": "Box"}


async def test_reconfigure_changes_the_password(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account_id = await add_account(hass, init_integration)
    fake_agent.trial_error = InvalidAuthError("401")
    result = await init_integration.start_subentry_reconfigure_flow(hass, account_id)
    result = await send(hass, result, password="wrong")
    assert result["errors"] == {"base": "invalid_auth"}

    fake_agent.trial_error = None
    result = await send(hass, result, password="changed")
    assert result["reason"] == "reconfigure_successful"
    assert init_integration.subentries[account_id].data["password"] == "changed"


async def test_account_that_registers_as_before_is_not_tried(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account_id = await add_account(hass, init_integration)
    fake_agent.trials.clear()
    result = await init_integration.start_subentry_reconfigure_flow(hass, account_id)
    result = await send(
        hass,
        result,
        name="Box",
        advanced={
            "display_name": "Home",
            "media_encryption": "none",
            "trusted_networks": ["10.0.0.0/24"],
        },
    )
    assert result["reason"] == "reconfigure_successful"
    assert init_integration.subentries[account_id].title == "Box"
    assert not fake_agent.trials
