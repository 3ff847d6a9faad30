"""Tests of which unknown callers are offered as devices."""

from collections.abc import Generator
from datetime import timedelta
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, ConfigFlowResult
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sip_intercom.const import DOMAIN
from tests.conftest import device
from tests.fake_agent import FakeAgent

ADAPTER = {
    "name": "eth0",
    "index": 0,
    "enabled": True,
    "auto": True,
    "default": True,
    "ipv4": [{"address": "192.0.2.2", "network_prefix": 24}],
    "ipv6": [
        {
            "address": "2001:db8::2",
            "network_prefix": 64,
            "flowinfo": 0,
            "scope_id": 0,
        }
    ],
}
UNUSED_ADAPTER = ADAPTER | {
    "enabled": False,
    "ipv4": [
        {"address": "198.51.100.2", "network_prefix": 24},
        {"address": "192.0.2.3", "network_prefix": 32},
    ],
    "ipv6": [],
}
LOOPBACK = ADAPTER | {
    "ipv4": [{"address": "127.0.0.1", "network_prefix": 8}],
    "ipv6": [],
}

pytestmark = pytest.mark.usefixtures("init_integration")


@pytest.fixture(autouse=True)
def adapters() -> Generator[None]:
    """Give the machine two networks, one of them not enabled."""
    with patch(
        "custom_components.sip_intercom.discovery.async_get_loaded_adapters",
        return_value=[ADAPTER, UNUSED_ADAPTER, LOOPBACK],
    ):
        yield


async def discovered(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """Return the discoveries that wait for the user."""
    await hass.async_block_till_done()
    return hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_INTEGRATION_DISCOVERY}
    )


@pytest.mark.parametrize("source", ["192.0.2.77", "2001:db8::77"])
async def test_second_attempt_of_a_neighbour(
    hass: HomeAssistant, fake_agent: FakeAgent, source: str
) -> None:
    fake_agent.refuse(source, 1)
    assert await discovered(hass) == []

    fake_agent.refuse(source, 2)
    fake_agent.refuse(source, 3)

    (flow,) = await discovered(hass)
    assert flow["step_id"] == "discovery_confirm"
    assert flow["context"]["title_placeholders"] == {"name": "Front gate"}


@pytest.mark.parametrize(
    "source",
    ["203.0.113.9", "198.51.100.9", "127.0.0.5", "::1", "192.0.2.2", "192.0.2.3", "x"],
)
async def test_nobody_of_our_network(
    hass: HomeAssistant, fake_agent: FakeAgent, source: str
) -> None:
    fake_agent.refuse(source)

    assert await discovered(hass) == []


async def test_unknown_callers_can_be_ignored(
    hass: HomeAssistant, fake_agent: FakeAgent, init_integration: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(
        init_integration, options={"unknown_callers": "ignore"}
    )
    fake_agent.refuse("192.0.2.77")

    assert await discovered(hass) == []


async def test_ignoring_unknown_callers_takes_discoveries_back(
    hass: HomeAssistant, fake_agent: FakeAgent, init_integration: MockConfigEntry
) -> None:
    fake_agent.refuse("192.0.2.77")
    fake_agent.refuse("192.0.2.78")
    assert len(await discovered(hass)) == 2

    hass.config_entries.async_update_entry(
        init_integration, options={"unknown_callers": "ignore"}
    )

    assert await discovered(hass) == []


@pytest.mark.parametrize("address", ["192.0.2.77", "door@192.0.2.77", "door.example"])
async def test_device_that_is_added_by_hand_needs_no_discovery(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    init_integration: MockConfigEntry,
    address: str,
) -> None:
    fake_agent.refuse("192.0.2.77")
    fake_agent.refuse("192.0.2.78")
    assert len(await discovered(hass)) == 2

    with patch(
        "custom_components.sip_intercom.resolver.SipResolver.async_look_up",
        return_value=("192.0.2.77",),
    ):
        hass.config_entries.async_add_subentry(
            init_integration, device("new-door", address=address)
        )
        await hass.async_block_till_done(wait_background_tasks=True)

    (other,) = await discovered(hass)
    assert other["context"]["unique_id"] == "192.0.2.78"


async def test_known_device_is_not_discovered(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.refuse("192.0.2.20")

    assert await discovered(hass) == []


async def test_five_are_enough(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    for host in range(100, 107):
        fake_agent.refuse(f"192.0.2.{host}")
        await hass.async_block_till_done()

    assert len(await discovered(hass)) == 5


async def test_five_are_enough_however_fast_they_come(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    for host in range(100, 120):
        fake_agent.refuse(f"192.0.2.{host}")

    assert len(await discovered(hass)) == 5


async def test_expires_after_a_day(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    fake_agent.refuse("192.0.2.77")
    assert len(await discovered(hass)) == 1

    freezer.tick(timedelta(hours=23, minutes=59))
    async_fire_time_changed(hass)
    assert len(await discovered(hass)) == 1
    freezer.tick(timedelta(minutes=2))
    async_fire_time_changed(hass)
    assert await discovered(hass) == []

    fake_agent.refuse("192.0.2.77", 9)
    assert len(await discovered(hass)) == 1


async def test_flow_that_ends_needs_no_clock(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    fake_agent.refuse("192.0.2.77")
    (flow,) = await discovered(hass)
    hass.config_entries.flow.async_abort(flow["flow_id"])
    fake_agent.refuse("192.0.2.77", 3)
    (other,) = await discovered(hass)

    assert other["flow_id"] != flow["flow_id"]


async def test_unloading_takes_discoveries_back(
    hass: HomeAssistant, fake_agent: FakeAgent, init_integration: MockConfigEntry
) -> None:
    fake_agent.refuse("192.0.2.77")
    assert len(await discovered(hass)) == 1

    await hass.config_entries.async_unload(init_integration.entry_id)
    assert await discovered(hass) == []

    async_fire_time_changed(hass, fire_all=True)
    await hass.async_block_till_done()


async def test_reloading_lets_a_caller_be_discovered_again(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    init_integration: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    fake_agent.refuse("192.0.2.77")
    (flow,) = await discovered(hass)

    await hass.config_entries.async_reload(init_integration.entry_id)
    assert await discovered(hass) == []
    fake_agent.refuse("192.0.2.77")
    (other,) = await discovered(hass)
    assert other["flow_id"] != flow["flow_id"]

    freezer.tick(timedelta(hours=25))
    async_fire_time_changed(hass)
    assert await discovered(hass) == []


async def test_nothing_is_discovered_for_a_removed_user_agent(
    hass: HomeAssistant, fake_agent: FakeAgent, init_integration: MockConfigEntry
) -> None:
    fake_agent.refuse("192.0.2.77")
    assert len(await discovered(hass)) == 1

    await hass.config_entries.async_remove(init_integration.entry_id)

    assert await discovered(hass) == []
