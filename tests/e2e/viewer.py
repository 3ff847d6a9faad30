"""A browser that sees and talks by Home Assistant's own WebRTC commands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from playwright.async_api import Browser, Page

from demo.api import Api, Socket

CONNECT_LIMIT: Final = 20_000  # milliseconds
_OPEN: Final = """
async ({talks, sees, candidates}) => {
  const pc = (window.pc = new RTCPeerConnection());
  window.candidates = [];
  window.queue = Promise.resolve();
  pc.onicecandidate = (event) => {
    if (event.candidate && candidates) window.candidates.push(event.candidate.toJSON());
  };
  pc.ontrack = ({track}) => {
    const element = document.createElement(track.kind);
    element.id = track.kind;
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
    if (track.kind === "audio") {
      const context = new AudioContext();
      window.analyser = context.createAnalyser();
      window.analyser.fftSize = 8192;
      context.createMediaStreamSource(element.srcObject).connect(window.analyser);
      window.rate = context.sampleRate; window.context = context;
    }
  };
  if (talks) {
    const stream = await navigator.mediaDevices.getUserMedia({audio: {
      echoCancellation: false, noiseSuppression: false, autoGainControl: false,
    }});
    pc.addTransceiver(stream.getAudioTracks()[0], {direction: "sendrecv"});
  } else {
    pc.addTransceiver("audio", {direction: "recvonly"});
  }
  if (sees) pc.addTransceiver("video", {direction: "recvonly"});
  await pc.setLocalDescription(await pc.createOffer());
  return pc.localDescription.sdp;
}
"""
_CANDIDATES: Final = "() => window.candidates.splice(0)"
_ANSWER: Final = "sdp => pc.setRemoteDescription({type: 'answer', sdp})"
_ADD: Final = "candidate => pc.addIceCandidate(candidate)"
_CONNECTED: Final = "() => pc.connectionState === 'connected'"
_LOUDEST: Final = """
() => {
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const top = bins.indexOf(Math.max(...bins));
  return bins[top] < -60 ? 0 : (top * rate) / analyser.fftSize;
}
"""
_COLOUR: Final = """
([x, y]) => {
  const video = document.getElementById("video");
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
  return [...context.getImageData(...at, 1, 1).data.slice(0, 3)];
}
"""


class ViewerError(Exception):
    """Home Assistant did not answer the offer; the text is its code."""


class Viewer:
    """One page that is connected with a camera."""

    def __init__(self, page: Page, socket: Socket, entity_id: str) -> None:
        """Use a page of its own, and a connection of its own."""
        self.page = page
        self._socket = socket
        self._entity_id = entity_id
        self.ended = asyncio.Event()

    async def open(
        self, *, talks: bool = False, sees: bool = True, candidates: bool = True
    ) -> None:
        """Offer, and take the answer; ViewerError."""
        options = {"talks": talks, "sees": sees, "candidates": candidates}
        offer = await self.page.evaluate(_OPEN, options)
        await self._socket.call(
            "camera/webrtc/offer", entity_id=self._entity_id, offer=offer
        )
        self._session = ""
        while True:
            event = await self._socket.next_event()
            match event["type"]:
                case "session":
                    self._session = event["session_id"]
                case "answer":
                    await self.page.evaluate(_ANSWER, event["answer"])
                    return
                case "error":
                    raise ViewerError(event["code"])

    async def run(self, api: Api) -> None:
        """Hand candidates on, both ways, until it is cancelled."""
        async with await api.websocket() as socket:
            sending = asyncio.create_task(self._send_candidates(socket))
            try:
                while True:
                    event = await self._socket.next_event()
                    if event["type"] == "candidate":
                        await self.page.evaluate(_ADD, event["candidate"])
                    elif event["type"] == "error":
                        self.ended.set()
            finally:
                sending.cancel()

    async def connected(self) -> None:
        """Wait until media flows."""
        await self.page.wait_for_function(_CONNECTED, timeout=CONNECT_LIMIT)

    async def hears(self, frequency: float, tolerance: float = 40) -> None:
        """Wait until the loudest that is heard is about this frequency."""
        await self.page.wait_for_function(
            f"() => Math.abs(({_LOUDEST})() - {frequency}) < {tolerance}",
            timeout=CONNECT_LIMIT,
        )

    async def sees(self, x: float, y: float, colour: tuple[int, int, int]) -> None:
        """Wait until a place of the picture has about this colour."""
        await self.page.wait_for_function(
            f"([at, colour]) => {{ const seen = ({_COLOUR})(at);"
            " return seen && seen.every((v, i) => Math.abs(v - colour[i]) < 48); }",
            arg=[[x, y], list(colour)],
            timeout=CONNECT_LIMIT,
        )

    async def _send_candidates(self, socket: Socket) -> None:
        while True:
            for candidate in await self.page.evaluate(_CANDIDATES):
                await socket.call(
                    "camera/webrtc/candidate",
                    entity_id=self._entity_id,
                    session_id=self._session,
                    candidate=candidate,
                )
            # A page has no event that another process could wait for.
            await asyncio.sleep(0.05)


@asynccontextmanager
async def viewer(
    browser: Browser, api: Api, url: str, entity_id: str, **how: bool
) -> AsyncIterator[Viewer]:
    """Open a page that sees a camera, and close it in the end."""
    context = await browser.new_context()
    async with await api.websocket() as socket:
        page = await context.new_page()
        await page.goto(f"{url}/manifest.json")
        one = Viewer(page, socket, entity_id)
        await one.open(**how)
        running = asyncio.create_task(one.run(api))
        try:
            yield one
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await context.close()
