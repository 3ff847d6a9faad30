"""A headless Firefox that says a known tone, driven by WebDriver BiDi.

It speaks the protocol itself (W3C WebDriver BiDi): what Debian has of Firefox is too old
for Playwright, and too new for the drivers that Debian has.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
import json
from pathlib import Path
import re
from typing import Any, Final, Self

from aiohttp import ClientSession, ClientWebSocketResponse

from .programs import find_program

SAID: Final = 900  # Hz, what the microphone says
START_LIMIT: Final = 60.0  # seconds
H264: Final = "media.webrtc.hw.h264.enabled"
# Values of Mozilla's nsIGfxInfo: a feature that works.
WORKS: Final = 1
PREFERENCES: Final[dict[str, bool | int]] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.navigator.audio.fake_frequency": SAID,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # Without Cisco's plugin, which is no package, H.264 is decoded by ffmpeg.
    H264: True,
    "media.navigator.mediadatadecoder_h264_enabled": True,
    "gfx.blacklist.webrtc.hw.acceleration.h264": WORKS,
}
_EVALUATE: Final = "async () => JSON.stringify((await (%s)(%s)) ?? null)"
_WAIT: Final = """
async () => {
  const deadline = performance.now() + %s;
  while (!(await (%s)(%s))) {
    if (performance.now() > deadline) return false;
    await new Promise((done) => setTimeout(done, 50));
  }
  return true;
}
"""


class FirefoxError(AssertionError):
    """Firefox did not do what the test asked for."""


class Driver:
    """The one connection to a browser."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Read the answers until the connection is closed."""
        self._socket = socket
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.reading = asyncio.create_task(self._read())

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result of a command; FirefoxError."""
        number = next(self._numbers)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        await self._socket.send_json({"id": number, "method": method, "params": params})
        answer = await future
        if answer["type"] == "error":
            raise FirefoxError(f"{method}: {answer['error']} {answer['message']}")
        return dict(answer["result"])

    async def _read(self) -> None:
        async for message in self._socket:
            answer = message.json()
            future = self._waiting.pop(answer.get("id") or 0, None)
            if future and not future.done():
                future.set_result(answer)
        for future in self._waiting.values():
            future.set_exception(FirefoxError("Firefox has closed the connection"))


class FirefoxPage:
    """A tab, with what the tests need of Playwright's pages."""

    def __init__(self, driver: Driver, context: str) -> None:
        """Use a browsing context."""
        self._driver = driver
        self._context = context

    async def goto(self, url: str) -> None:
        """Load a page."""
        await self._driver.call(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def evaluate(self, expression: str, arg: Any = None) -> Any:
        """Return what a function returns, as JSON has it."""
        return json.loads(await self._call(_EVALUATE % (expression, json.dumps(arg))))

    async def wait_for_function(
        self,
        expression: str,
        *,
        arg: Any = None,
        timeout: float,  # noqa: ASYNC109
    ) -> None:
        """Wait until a function returns something true; FirefoxError, timeout in ms."""
        if not await self._call(_WAIT % (timeout, expression, json.dumps(arg))):
            raise FirefoxError(f"never true in {timeout} ms: {expression}")

    async def _call(self, function: str) -> Any:
        result = await self._driver.call(
            "script.callFunction",
            functionDeclaration=function,
            target={"context": self._context},
            awaitPromise=True,
        )
        if result["type"] == "exception":
            raise FirefoxError(result["exceptionDetails"]["text"])
        return result["result"]["value"]


class FirefoxContext:
    """Cookies and tabs of their own."""

    def __init__(self, driver: Driver, user_context: str) -> None:
        """Use a user context."""
        self._driver = driver
        self._user_context = user_context

    async def new_page(self) -> FirefoxPage:
        """Open a tab."""
        opened = await self._driver.call(
            "browsingContext.create", type="tab", userContext=self._user_context
        )
        return FirefoxPage(self._driver, opened["context"])

    async def close(self) -> None:
        """Close all its tabs."""
        await self._driver.call(
            "browser.removeUserContext", userContext=self._user_context
        )


class Firefox:
    """A browser."""

    def __init__(self, driver: Driver) -> None:
        """Use a connection."""
        self._driver = driver

    async def start(self) -> Self:
        """Open the session of the protocol."""
        await self._driver.call("session.new", capabilities={})
        return self

    async def new_context(self) -> FirefoxContext:
        """Return a context of its own."""
        made = await self._driver.call("browser.createUserContext")
        return FirefoxContext(self._driver, made["userContext"])

    async def close(self) -> None:
        """End it."""
        await self._driver.call("browser.close")


@asynccontextmanager
async def firefox(profile: Path, *, h264: bool = True) -> AsyncIterator[Firefox]:
    """Run a browser with a profile of its own."""
    program = find_program("firefox-esr")
    await asyncio.to_thread(_write_preferences, profile, PREFERENCES | {H264: h264})
    process = await asyncio.create_subprocess_exec(
        *(program, "--headless", "--remote-debugging-port=0", "--profile", profile),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    try:
        async with asyncio.timeout(START_LIMIT):
            url = await _address(process.stderr)
        said = asyncio.create_task(process.stderr.read())
        async with (
            ClientSession() as session,
            session.ws_connect(f"{url}/session", max_msg_size=0) as socket,
        ):
            browser = await Firefox(Driver(socket)).start()
            yield browser
            await browser.close()
        await said
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _write_preferences(profile: Path, values: dict[str, bool | int]) -> None:
    profile.mkdir()
    (profile / "user.js").write_text(
        "".join(
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in values.items()
        )
    )


async def _address(output: asyncio.StreamReader) -> str:
    """Return the URL that a starting browser tells."""
    async for line in output:
        if found := re.search(rb"BiDi listening on (ws://\S+)", line):
            return found[1].decode()
    raise FirefoxError("Firefox has not started")
