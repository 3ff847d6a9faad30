"""A headless Chromium whose microphone says a known sound."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from .programs import find_program

FLAGS: Final = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-audio-output",
)


@asynccontextmanager
async def chromium(sound: Path, *flags: str) -> AsyncIterator[Browser]:
    """Run a browser; its microphone says a WAV file over and over."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_program("chromium"),
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={sound}", *flags],
        )
        yield browser
        await browser.close()
