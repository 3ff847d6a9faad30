"""A browser that sees and talks by Home Assistant's own WebRTC commands."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
import tempfile
from typing import Any, Final

from playwright.async_api import Browser, Page

from custom_components.sip_intercom.lib.sipagent.protocol.config import IceServer
from demo.api import Api, Socket
from tests.peers.firefox import Firefox, FirefoxPage
from tests.peers.lossy_network import LossyNetwork
from verify.sound import share

CONNECT_LIMIT: Final = 30_000  # milliseconds
LISTENED: Final = 600  # milliseconds that are listened to at a time
MOSTLY: Final = 0.6  # the share of the power that makes a tone
_OPEN: Final = """
async ({talks, sees, candidates, configuration}) => {
  const pc = (window.pc = new RTCPeerConnection(configuration));
  window.candidates = [];
  pc.onicecandidate = (event) => {
    if (event.candidate && candidates) window.candidates.push(event.candidate.toJSON());
  };
  pc.ontrack = ({track}) => {
    const element = document.createElement(track.kind);
    element.id = track.kind;
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
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
_WAY: Final = """
async () => {
  const stats = new Map(await pc.getStats());
  const transports = [...stats.values()].filter(({type}) => type === "transport");
  return transports.map(({selectedCandidatePairId}) =>
    stats.get(stats.get(selectedCandidatePairId).localCandidateId).candidateType);
}
"""
_CONNECTED: Final = "() => pc.connectionState === 'connected'"
_RECORD: Final = """
async (milliseconds) => {
  const recorder = new MediaRecorder(document.getElementById("audio").srcObject);
  const stopped = new Promise((done) => (recorder.onstop = done));
  const parts = [];
  recorder.ondataavailable = ({data}) => parts.push(data);
  recorder.start();
  await new Promise((done) => setTimeout(done, milliseconds));
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
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

    def __init__(
        self,
        page: Page | FirefoxPage,
        socket: Socket,
        entity_id: str,
        network: LossyNetwork | None = None,
    ) -> None:
        """Use a page of its own, and a connection of its own."""
        self.page = page
        self._network = network
        self._socket = socket
        self._entity_id = entity_id
        self.ended = asyncio.Event()

    async def open(
        self,
        *,
        talks: bool = False,
        sees: bool = True,
        candidates: bool = True,
        turn: IceServer | None = None,
    ) -> None:
        """Offer, and take the answer, by a TURN server only if one is given; ViewerError.

        Candidates follow after the answer.
        """
        options = {
            "talks": talks,
            "sees": sees,
            "candidates": candidates,
            "configuration": _relayed(turn) if turn else {},
        }
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
                    answer = await self._through(event["answer"])
                    await self.page.evaluate(_ANSWER, answer)
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
                        candidate = event["candidate"]
                        there = await self._through(candidate["candidate"])
                        await self.page.evaluate(_ADD, candidate | {"candidate": there})
                    elif event["type"] == "error":
                        self.ended.set()
            finally:
                sending.cancel()

    async def connected(self) -> None:
        """Wait until media flows."""
        await self.page.wait_for_function(_CONNECTED, timeout=CONNECT_LIMIT)

    async def ways(self) -> list[str]:
        """Return what kind of candidate the browser sends by, for each stream."""
        ways: list[str] = await self.page.evaluate(_WAY)
        return ways

    async def hears(self, pitch: int) -> None:
        """Wait until a tone is heard."""
        async with asyncio.timeout(CONNECT_LIMIT / 1000):
            while not await self._is_tone(pitch):
                pass

    async def _is_tone(self, pitch: int) -> bool:
        recorded = await self.page.evaluate(_RECORD, LISTENED)
        with tempfile.TemporaryDirectory() as folder:
            heard = Path(folder) / "heard.wav"
            await _decode(b64decode(recorded), heard)
            return await asyncio.to_thread(share, heard, pitch) > MOSTLY

    async def sees(self, x: float, y: float, colour: tuple[int, int, int]) -> None:
        """Wait until a place of the picture has about this colour."""
        await self.page.wait_for_function(
            f"([at, colour]) => {{ const seen = ({_COLOUR})(at);"
            " return seen && seen.every((v, i) => Math.abs(v - colour[i]) < 48); }",
            arg=[[x, y], list(colour)],
            timeout=CONNECT_LIMIT,
        )

    async def _through(self, text: str) -> str:
        return await self._network.through(text) if self._network else text

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


def _relayed(turn: IceServer) -> dict[str, Any]:
    """Return the configuration of a browser that can only reach a TURN server."""
    server = {
        "urls": f"turn:{turn.address}:{turn.port}",
        "username": turn.username,
        "credential": turn.password,
    }
    return {"iceServers": [server], "iceTransportPolicy": "relay"}


async def _decode(recorded: bytes, to: Path) -> None:
    """Write as WAV what a browser has recorded in its own format."""
    ffmpeg = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-loglevel", "error", "-i", "pipe:0"),
        *("-ac", "1", "-ar", "8000", to),
        stdin=asyncio.subprocess.PIPE,
    )
    await ffmpeg.communicate(recorded)


@asynccontextmanager
async def viewer(
    browser: Browser | Firefox,
    api: Api,
    url: str,
    entity_id: str,
    *,
    network: LossyNetwork | None = None,
    **how: Any,
) -> AsyncIterator[Viewer]:
    """Open a page that sees a camera, and close it in the end.

    By a bad network it hides its own candidates, which would lead around that.
    """
    if network:
        how = {"candidates": False, **how}
    context = await browser.new_context()
    async with await api.websocket() as socket:
        page = await context.new_page()
        await page.goto(f"{url}/manifest.json")
        one = Viewer(page, socket, entity_id, network)
        await one.open(**how)
        running = asyncio.create_task(one.run(api))
        try:
            yield one
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await context.close()
