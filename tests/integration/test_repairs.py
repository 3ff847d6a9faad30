"""Tests of the repairs and of their end."""

from datetime import timedelta
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.failed_start import COMPONENT
from custom_components.sip_intercom.lib.sipagent.protocol.config import Transport
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    NativeLibraryDamagedError,
    NativeLibraryMissingError,
    SchemaMismatchError,
    SipAgentError,
)
from tests.conftest import ACCOUNT_ID, OTHER_ACCOUNT_ID, PHONE_ID, account, device
from tests.fake_agent import FakeAgent

pytestmark = pytest.mark.usefixtures("init_integration")


def issues(issue_registry: ir.IssueRegistry) -> dict[str, str | None]:
    """Return our issues and their texts."""
    return {
        issue_id: issue.translation_key
        for (domain, issue_id), issue in issue_registry.issues.items()
        if domain == DOMAIN
    }


async def test_port_lost_and_back(
    fake_agent: FakeAgent, issue_registry: ir.IssueRegistry
) -> None:
    assert issues(issue_registry) == {}

    fake_agent.lose_port(5060)
    fake_agent.lose_port(5060, Transport.TCP)
    assert issues(issue_registry) == {
        "port_lost_udp": "port_lost",
        "port_lost_tcp": "port_lost",
    }
    issue = issue_registry.async_get_issue(DOMAIN, "port_lost_udp")
    assert issue is not None
    assert issue.translation_placeholders == {
        "port": "5060",
        "transport": "UDP",
        "address": "0.0.0.0",
        "reason": "in use",
    }

    fake_agent.regain_port(5060)
    assert issues(issue_registry) == {"port_lost_tcp": "port_lost"}
    fake_agent.regain_port(5060, Transport.TCP)
    assert issues(issue_registry) == {}


@pytest.mark.parametrize(
    ("transport", "options", "key"),
    [
        (Transport.UDP, {}, "port_lost_to_voip"),
        (Transport.UDP, {"sip_port": 5060}, "port_lost_to_voip"),
        (Transport.UDP, {"sip_port": 5062}, "port_lost"),
        (Transport.TCP, {}, "port_lost"),
    ],
)
async def test_port_that_voip_has(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    issue_registry: ir.IssueRegistry,
    transport: Transport,
    options: dict[str, int],
    key: str,
) -> None:
    voip = MockConfigEntry(domain="voip", options=options)
    with patch.object(hass.config_entries, "async_loaded_entries", return_value=[voip]):
        fake_agent.lose_port(5060, transport)

    assert list(issues(issue_registry).values()) == [key]


async def test_port_report_lasts_through_an_outage(
    fake_agent: FakeAgent, issue_registry: ir.IssueRegistry
) -> None:
    fake_agent.lose_port(5060)
    fake_agent.lose()
    assert issues(issue_registry) == {"port_lost_udp": "port_lost"}

    fake_agent.ready()
    assert issues(issue_registry) == {}


async def test_device_whose_account_is_removed_until_it_has_another(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    init_integration: MockConfigEntry,
) -> None:
    hass.config_entries.async_remove_subentry(init_integration, ACCOUNT_ID)
    await hass.async_block_till_done()
    issue_id = f"account_removed_{PHONE_ID}"
    assert issues(issue_registry) == {issue_id: "account_removed"}
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.translation_placeholders == {"device": "Kitchen"}

    hass.config_entries.async_add_subentry(init_integration, account(OTHER_ACCOUNT_ID))
    await hass.async_block_till_done()
    assert issues(issue_registry) == {issue_id: "account_removed"}
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is issue
    phone = init_integration.subentries[PHONE_ID]
    hass.config_entries.async_update_subentry(
        init_integration, phone, data={**phone.data, "account": OTHER_ACCOUNT_ID}
    )
    await hass.async_block_till_done()
    assert issues(issue_registry) == {}


async def test_report_of_a_device_goes_with_it_and_with_the_entry(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    init_integration: MockConfigEntry,
) -> None:
    other = device("phone-2", "Cellar", "phone", "622", account=ACCOUNT_ID)
    hass.config_entries.async_add_subentry(init_integration, other)
    hass.config_entries.async_remove_subentry(init_integration, ACCOUNT_ID)
    await hass.async_block_till_done()
    assert len(issues(issue_registry)) == 2

    hass.config_entries.async_remove_subentry(init_integration, PHONE_ID)
    await hass.async_block_till_done()
    assert list(issues(issue_registry)) == ["account_removed_phone-2"]
    await hass.config_entries.async_reload(init_integration.entry_id)
    assert list(issues(issue_registry)) == ["account_removed_phone-2"]
    await hass.config_entries.async_unload(init_integration.entry_id)
    assert issues(issue_registry) == {}


async def test_agent_keeps_dying_until_it_has_lived_for_ten_minutes(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    fake_agent.lose()
    fake_agent.ready()
    assert issues(issue_registry) == {}

    fake_agent.lose(keeps_dying=True, recent_deaths=5)
    assert issues(issue_registry) == {"agent_keeps_dying": "agent_keeps_dying"}
    issue = issue_registry.async_get_issue(DOMAIN, "agent_keeps_dying")
    assert issue is not None
    assert issue.translation_placeholders == {
        "deaths": "5",
        "log": "ERROR pjsip: assertion failed",
    }

    fake_agent.ready()
    freezer.tick(timedelta(minutes=9, seconds=50))
    async_fire_time_changed(hass)
    assert "agent_keeps_dying" in issues(issue_registry)
    freezer.tick(timedelta(seconds=20))
    async_fire_time_changed(hass)
    assert issues(issue_registry) == {}


@pytest.mark.parametrize(
    ("error", "key", "placeholders"),
    [
        (SchemaMismatchError("schema 3"), "restart_needed", {}),
        (
            NativeLibraryDamagedError("a.so: not as it was released"),
            "native_library_damaged",
            {"reason": "a.so: not as it was released"},
        ),
        (
            NativeLibraryMissingError("riscv64-linux-gnu"),
            "native_library_missing",
            {"platform": "riscv64-linux-gnu", "folder": str(COMPONENT)},
        ),
    ],
)
async def test_successor_that_cannot_start(
    fake_agent: FakeAgent,
    issue_registry: ir.IssueRegistry,
    error: SipAgentError,
    key: str,
    placeholders: dict[str, str],
) -> None:
    """An update that was unpacked below us shows when the agent has to start anew."""
    fake_agent.lose()
    assert issues(issue_registry) == {}
    fake_agent.lose(error=error)
    assert issues(issue_registry) == {key: key}
    issue = issue_registry.async_get_issue(DOMAIN, key)
    assert issue is not None
    assert (issue.translation_placeholders or {}) == placeholders
    assert not issue.is_persistent

    fake_agent.ready()
    assert issues(issue_registry) == {}


async def test_unloading_takes_everything_back(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    issue_registry: ir.IssueRegistry,
    init_integration: MockConfigEntry,
) -> None:
    fake_agent.lose_port(5060)
    fake_agent.lose(keeps_dying=True, error=SchemaMismatchError("schema 3"))
    assert len(issues(issue_registry)) == 3

    await hass.config_entries.async_unload(init_integration.entry_id)

    assert issues(issue_registry) == {}


async def test_another_port_ends_the_report(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    issue_registry: ir.IssueRegistry,
    init_integration: MockConfigEntry,
) -> None:
    fake_agent.lose_port(5060)
    hass.config_entries.async_update_entry(
        init_integration, data={"port": 5070, "username": "homeassistant"}
    )
    await hass.async_block_till_done()

    assert issues(issue_registry) == {}


async def test_listening_elsewhere_ends_the_report(
    fake_agent: FakeAgent, issue_registry: ir.IssueRegistry
) -> None:
    """A change that had to wait for a call is told when it is made."""
    fake_agent.lose_port(5060)
    fake_agent.regain_port(5070)

    assert issues(issue_registry) == {}
