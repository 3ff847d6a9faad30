"""Tests of asking for passwords one after the other."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.calls import RegistrationState
from tests.conftest import ACCOUNT_ID, OTHER_ACCOUNT_ID, account
from tests.fake_agent import FakeAgent

AUTH_FAILED = RegistrationState.AUTH_FAILED
REGISTERED = RegistrationState.REGISTERED

pytestmark = pytest.mark.usefixtures("init_integration")


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    return [account(), account(OTHER_ACCOUNT_ID, "Provider")]


async def asked(hass: HomeAssistant) -> list[str]:
    """Return the names of the accounts whose passwords are asked for."""
    await hass.async_block_till_done()
    return [
        flow["context"]["title_placeholders"]["name"]
        for flow in hass.config_entries.flow.async_progress_by_handler(
            DOMAIN, match_context={"source": SOURCE_REAUTH}
        )
    ]


async def give_password(hass: HomeAssistant) -> None:
    """Give the password that is asked for."""
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"password": "right"}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"


async def look_again(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the time pass after which the queue looks again."""
    freezer.tick(11)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_two_that_fail_together_are_asked_one_after_the_other(
    hass: HomeAssistant, fake_agent: FakeAgent, init_integration: MockConfigEntry
) -> None:
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED, status=401)
    fake_agent.register(OTHER_ACCOUNT_ID, AUTH_FAILED, status=401)
    assert await asked(hass) == ["Router"]

    await give_password(hass)
    assert await asked(hass) == ["Provider"]
    assert init_integration.subentries[ACCOUNT_ID].data["password"] == "right"
    assert init_integration.subentries[OTHER_ACCOUNT_ID].data["password"] == "secret"
    assert fake_agent.config.accounts[0].password == "right"

    fake_agent.register(ACCOUNT_ID, REGISTERED)
    await give_password(hass)
    assert await asked(hass) == []
    assert fake_agent.starts == 1


async def test_failing_again_asks_only_once(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    for _ in range(3):
        fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    await look_again(hass, freezer)
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)

    assert await asked(hass) == ["Router"]
    await give_password(hass)
    assert await asked(hass) == []


async def test_wrong_password_is_asked_for_again(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == ["Router"]
    await give_password(hass)

    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)

    assert await asked(hass) == ["Router"]


@pytest.mark.parametrize(
    "state",
    [
        RegistrationState.REJECTED,
        RegistrationState.TIMED_OUT,
        RegistrationState.UNREACHABLE,
        RegistrationState.CERTIFICATE,
    ],
)
async def test_other_failures_are_no_matter_of_the_password(
    hass: HomeAssistant, fake_agent: FakeAgent, state: RegistrationState
) -> None:
    fake_agent.register(ACCOUNT_ID, state, status=403)

    assert await asked(hass) == []


async def test_account_that_works_again_is_not_asked_about(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    fake_agent.register(OTHER_ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == ["Router"]

    fake_agent.register(OTHER_ACCOUNT_ID, REGISTERED)
    fake_agent.register(ACCOUNT_ID, REGISTERED)

    assert await asked(hass) == []


async def test_next_one_follows_when_the_first_works_again(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    fake_agent.register(OTHER_ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == ["Router"]

    fake_agent.register(ACCOUNT_ID, REGISTERED)

    assert await asked(hass) == ["Provider"]


async def test_removed_account_is_not_asked_about(
    hass: HomeAssistant, fake_agent: FakeAgent, init_integration: MockConfigEntry
) -> None:
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    fake_agent.register(OTHER_ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == ["Router"]

    hass.config_entries.async_remove_subentry(init_integration, ACCOUNT_ID)
    assert await asked(hass) == ["Provider"]
    hass.config_entries.async_remove_subentry(init_integration, OTHER_ACCOUNT_ID)
    assert await asked(hass) == []

    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == []


async def test_waits_for_the_user_to_finish_reconfiguring(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    init_integration: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    form = await init_integration.start_reconfigure_flow(hass)
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == []
    await look_again(hass, freezer)
    assert await asked(hass) == []

    hass.config_entries.flow.async_abort(form["flow_id"])
    await look_again(hass, freezer)

    assert await asked(hass) == ["Router"]


async def test_reloading_asks_for_none_that_has_not_failed_since(
    hass: HomeAssistant, fake_agent: FakeAgent, init_integration: MockConfigEntry
) -> None:
    fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    fake_agent.register(OTHER_ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == ["Router"]
    fake_agent.registrations.clear()

    await hass.config_entries.async_reload(init_integration.entry_id)
    assert await asked(hass) == []

    fake_agent.register(OTHER_ACCOUNT_ID, AUTH_FAILED)
    assert await asked(hass) == ["Provider"]


async def test_failure_known_from_the_snapshot(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.register(ACCOUNT_ID, REGISTERED)
    fake_agent.lose()
    fake_agent.registrations[ACCOUNT_ID] = fake_agent.register(ACCOUNT_ID, AUTH_FAILED)
    fake_agent.ready()

    assert await asked(hass) == ["Router"]
