"""A dashboard with our card, in a browser that is logged in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import time
from typing import Any, Final

from playwright.async_api import Browser, Page

from demo.api import Api

CARD: Final = "sip-intercom-card"
DASHBOARD: Final = "front-door"


async def put_card(api: Api, device_id: str, **config: Any) -> None:
    """Make a dashboard that holds the card of a device, and nothing else."""
    card = {"type": f"custom:{CARD}", "device": device_id, **config}
    view = {"title": "Door", "path": "door", "cards": [card]}
    async with await api.websocket() as socket:
        known = await socket.call("lovelace/dashboards/list")
        if DASHBOARD not in {each["url_path"] for each in known}:
            await socket.call(
                "lovelace/dashboards/create",
                url_path=DASHBOARD,
                mode="storage",
                title="Door",
            )
        await socket.call(
            "lovelace/config/save", url_path=DASHBOARD, config={"views": [view]}
        )


@asynccontextmanager
async def dashboard(
    browser: Browser, api: Api, url: str, **context: Any
) -> AsyncIterator[Page]:
    """Open the dashboard."""
    tokens = {
        "access_token": api.token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "hassUrl": url,
        "clientId": f"{url}/",
        "expires": (time.time() + 1800) * 1000,
        "refresh_token": "",
    }
    opened = await browser.new_context(
        permissions=["microphone"], **({"viewport": WIDE} | context)
    )
    await opened.add_init_script(
        f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
    )
    page = await opened.new_page()
    await page.goto(f"{url}/{DASHBOARD}/door")
    await page.locator(CARD).wait_for(timeout=60_000)
    try:
        yield page
    finally:
        await opened.close()


WIDE: Final = {"width": 1000, "height": 900}
