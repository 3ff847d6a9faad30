"""Talking in Home Assistant's own camera dialog, which 2026.11 has."""

from pathlib import Path

from homeassistant.components import camera
from playwright.async_api import Browser
import pytest

from tests.peers.addresses import Endpoint

from .dashboard import dashboard, put_card
from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom
from .stations import station
from .test_card import shows_picture, take_picture

PLAYER = "ha-web-rtc-player"

pytestmark = pytest.mark.skipif(
    not hasattr(camera, "CameraEntityCapabilities"),
    reason="the camera dialog has no Talk before 2026.11",
)


async def test_talk_button_of_the_camera_dialog(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    browser: Browser,
    tmp_path: Path,
) -> None:
    async with await ha.api.websocket() as socket:
        await socket.call(
            "labs/update",
            domain="camera",
            preview_feature="two_way_audio",
            enabled=True,
        )
    facts = {"camera": {"early_media": True}}
    async with station(ha, tmp_path / "a", video=True, **facts) as (phone, device):
        call_state = device.entities["sensor.call_state"]
        await put_card(ha.api, await ha.device_id(call_state))
        async with dashboard(browser, ha.api, home_assistant.url) as page:
            await phone.dial(f"sip:homeassistant@{agent_endpoint}")
            await ha.becomes(call_state, "ringing")
            entity = device.entities["camera.camera"]
            await page.evaluate(
                """(entityId) => document.querySelector("home-assistant").dispatchEvent(
                  new CustomEvent("hass-more-info", {detail: {entityId}}))""",
                entity,
            )
            await shows_picture(page, PLAYER)
            assert await ha.state(call_state) == "ringing"
            await take_picture(page, "dialog")
            await page.get_by_role("button", name="Start talking").click()
            await ha.becomes(call_state, "in_call")
            await phone.hears()
            await shows_picture(page, PLAYER)
            await page.keyboard.press("Escape")
            await ha.becomes(call_state, "idle", seconds=20)
