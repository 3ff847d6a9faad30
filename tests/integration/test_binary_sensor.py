"""Tests of whether an account is registered."""

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import RegistrationState
from tests.conftest import ACCOUNT_ID
from tests.fake_agent import FakeAgent

REGISTERED = "binary_sensor.router_registered"

pytestmark = pytest.mark.usefixtures("init_integration")


@pytest.mark.parametrize("registration", RegistrationState)
async def test_only_registered_is_on(
    hass: HomeAssistant, fake_agent: FakeAgent, registration: RegistrationState
) -> None:
    fake_agent.register(ACCOUNT_ID, registration)

    state = hass.states.get(REGISTERED)
    assert state is not None
    expected = registration is RegistrationState.REGISTERED
    assert state.state == (STATE_ON if expected else STATE_OFF)
    assert state.attributes["device_class"] == "connectivity"


async def test_nothing_known_is_off(hass: HomeAssistant) -> None:
    state = hass.states.get(REGISTERED)
    assert state is not None
    assert state.state == STATE_OFF
