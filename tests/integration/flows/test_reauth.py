"""Tests of asking for the password of one account."""

from unittest.mock import patch

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.errors import InvalidAuthError
from tests.fake_agent import FakeAgent

from .helpers import form_defaults
from .test_account_flow import STORED, add_account


async def start_reauth(
    hass: HomeAssistant, entry: MockConfigEntry, account: str
) -> ConfigFlowResult:
    """Start the flow as a failing registration does, and return its form."""
    entry.async_start_reauth(hass, data={"subentry_id": account})
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return await hass.config_entries.flow.async_configure(flow["flow_id"])


async def test_password_is_tried_and_saved_without_reload(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(hass, init_integration)
    other = await add_account(hass, init_integration, username="621")
    started = fake_agent.starts
    result = await start_reauth(hass, init_integration, account)
    assert result["step_id"] == "reauth_confirm"
    assert result["description_placeholders"] == {"name": "Router"}
    assert form_defaults(result) == {"auth_username": None}
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["title_placeholders"] == {"name": "Router"}

    fake_agent.trial_error = InvalidAuthError("401 Unauthorized")
    typed = {"password": "still wrong", "auth_username": "auth620"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], typed)
    assert result["errors"] == {"base": "invalid_auth"}
    assert result["description_placeholders"] == {
        "name": "Router",
        "server": "192.168.178.1",
        "reason": "401 Unauthorized",
    }
    assert form_defaults(result) == typed
    assert init_integration.subentries[account].data["password"] == "secret"

    fake_agent.trial_error = None
    typed["password"] = "right"
    result = await hass.config_entries.flow.async_configure(result["flow_id"], typed)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert dict(init_integration.subentries[account].data) == {**STORED, **typed}
    assert init_integration.subentries[other].data["password"] == "secret"
    passwords = {each.id: each.password for each in fake_agent.config.accounts}
    assert passwords == {account: "right", other: "secret"}
    assert fake_agent.starts == started


async def test_authentication_user_name_can_be_taken_away(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(
        hass, init_integration, advanced={"auth_username": "auth620"}
    )
    result = await start_reauth(hass, init_integration, account)
    assert form_defaults(result) == {"auth_username": "auth620"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"password": "right"}
    )
    assert result["reason"] == "reauth_successful"
    assert "auth_username" not in init_integration.subentries[account].data


async def test_authentication_user_name_must_fit_into_a_header(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(hass, init_integration)
    fake_agent.trials.clear()
    result = await start_reauth(hass, init_integration, account)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"password": "right", "auth_username": 'a"b'}
    )
    assert result["errors"] == {"base": "invalid_text"}
    assert not fake_agent.trials

    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"password": "right", "auth_username": " "}
    )
    assert result["reason"] == "reauth_successful"
    assert "auth_username" not in init_integration.subentries[account].data


async def test_account_may_be_removed_during_the_trial(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    account = await add_account(hass, init_integration)
    result = await start_reauth(hass, init_integration, account)

    async def trial(*_: object) -> None:
        hass.config_entries.async_remove_subentry(init_integration, account)

    with patch.object(fake_agent, "try_account", trial):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {"password": "right"}
        )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "account_removed"


@pytest.mark.parametrize("user_input", [None, {"password": "right"}])
async def test_account_may_be_removed_meanwhile(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    user_input: dict[str, str] | None,
) -> None:
    account = await add_account(hass, init_integration)
    result = await start_reauth(hass, init_integration, account)
    hass.config_entries.async_remove_subentry(init_integration, account)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], user_input
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "account_removed"
