"""The card in a real browser: ring, see, talk, open, hang up."""

import os
from pathlib import Path
import re
from typing import Any

from playwright.async_api import Browser, Page, expect
import yaml

from bootstrap.paths import ROOT
from tests.peers.addresses import Endpoint

from .dashboard import CARD, dashboard, put_card
from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom
from .stations import station

PICTURES = os.environ.get("SIP_INTERCOM_PICTURES")
"""Where pictures of the card's states go, if they are wanted."""
_EXAMPLE = re.search(
    r"```yml\n(.*?)```", (ROOT / "docs" / "card.md").read_text(), re.DOTALL
)
assert _EXAMPLE
EXAMPLE: dict[str, Any] = {
    key: value
    for key, value in yaml.safe_load(_EXAMPLE[1]).items()
    if key not in ("type", "device")
}
"""The settings of the example in the docs."""
DOOR = {"name": "Gate", "code": "4711", "terminator": "#"}
PHONE_SIZE = {"width": 390, "height": 844}


async def take_picture(page: Page, name: str) -> None:
    """Keep a picture for the docs."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"card-{name}.png")


async def test_card(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    browser: Browser,
    tmp_path: Path,
) -> None:
    facts: dict[str, Any] = {"doors": [DOOR], "camera": {"early_media": True}}
    async with station(ha, tmp_path / "a", video=True, **facts) as (phone, device):
        call_state = device.entities["sensor.call_state"]
        device_id = await ha.device_id(call_state)
        await put_card(ha.api, device_id, **EXAMPLE)
        async with dashboard(browser, ha.api, home_assistant.url) as page:
            card = page.locator(CARD)
            await expect(card.get_by_role("status")).to_have_text("Nobody is calling")
            await expect(card.get_by_role("button", name="Talk")).to_be_visible()
            await take_picture(page, "idle")

            await phone.dial(f"sip:homeassistant@{agent_endpoint}")
            ring = card.get_by_role("alertdialog")
            await expect(ring).to_be_visible()
            await expect(ring.locator("video")).to_be_visible()
            assert await ha.state(call_state) == "ringing"
            await shows_picture(page)
            await take_picture(page, "ringing")

            await ring.get_by_role("button", name="Answer").click()
            await ha.becomes(call_state, "in_call")
            await expect(card.get_by_role("status")).to_have_text("In a call")
            await phone.hears()
            await shows_picture(page)
            reply = card.get_by_role("button", name="Just a moment, please.")
            await expect(reply).to_be_visible()
            await take_picture(page, "in-call")

            await card.get_by_role("button", name="Gate").click()
            await card.get_by_role("button", name="Really?").click()
            digits = [
                (await phone.event("CALL_DTMF_START")).parameter for _ in range(5)
            ]
            assert "".join(digits) == "4711#"
            await card.get_by_role("button", name="Mute", exact=True).click()
            await expect(card.get_by_role("button", name="Unmute")).to_be_visible()
            await card.get_by_role("button", name="Hang up").click()
            await ha.becomes(call_state, "idle")
            await expect(card.get_by_role("status")).to_have_text("Nobody is calling")


async def test_card_declines_by_keyboard(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    browser: Browser,
    tmp_path: Path,
) -> None:
    async with station(ha, tmp_path / "a") as (phone, device):
        call_state = device.entities["sensor.call_state"]
        await put_card(ha.api, await ha.device_id(call_state), popup=True)
        async with dashboard(
            browser,
            ha.api,
            home_assistant.url,
            viewport=PHONE_SIZE,
            color_scheme="dark",
            locale="de-DE",
        ) as page:
            card = page.locator(CARD)
            await phone.dial(f"sip:homeassistant@{agent_endpoint}")
            await expect(card.get_by_role("alertdialog")).to_be_visible()
            await take_picture(page, "phone-dark")
            await page.keyboard.press("Escape")
            await expect(card.get_by_role("alertdialog")).to_have_count(0)
            decline = card.get_by_role("button", name="Ablehnen")
            await decline.focus()
            await page.keyboard.press("Enter")
            await ha.event(device.entities["event.call"], "declined")


async def test_card_is_loaded_once(
    ha: SipIntercom, home_assistant: HomeAssistant
) -> None:
    await ha.entry_id()
    async with await ha.api.websocket() as socket:
        resources = await socket.call("lovelace/resources")
    (ours,) = [item for item in resources if CARD in item["url"]]
    assert ours["type"] == "module"
    script = await ha.api.read(ours["url"])
    assert b"customElements" in script


async def shows_picture(page: Page, inside: str = CARD) -> None:
    """Wait until the video inside an element has a picture."""
    await page.wait_for_function(
        """(wanted) => {
          const find = (root, inside) => {
            for (const element of root.querySelectorAll("*")) {
              if (inside && element.videoWidth) return true;
              const within = inside || element.localName === wanted;
              if (element.shadowRoot && find(element.shadowRoot, within)) return true;
            }
            return false;
          };
          return find(document, false);
        }""",
        arg=inside,
        timeout=20_000,
    )
