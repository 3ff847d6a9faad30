"""A page that is connected with the agent, as a browser of the household is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

from playwright.async_api import Browser, Page

from custom_components.sip_intercom.lib.sipagent.protocol.commands import (
    AddCandidates,
    OpenViewer,
)
from tests.peers.agent import Agent

OPEN: Final = """
async ({talks, sees}) => {
  const began = performance.now();
  const pc = (window.pc = new RTCPeerConnection());
  window.candidates = [];
  pc.onicecandidate = (e) => e.candidate && candidates.push(e.candidate.toJSON());
  window.connected = new Promise((done) => {
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "connected") done(performance.now() - began);
    };
  });
  const context = (window.context = new AudioContext({latencyHint: "interactive"}));
  const gain = (window.gain = context.createGain());
  gain.gain.value = 0;
  const tone = context.createOscillator();
  tone.frequency.value = 1000;
  const out = context.createMediaStreamDestination();
  tone.connect(gain).connect(out);
  tone.start();
  window.heard = [];
  pc.ontrack = ({track}) => {
    const element = document.createElement(track.kind);
    element.autoplay = true;
    element.muted = track.kind === "video";
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
    if (track.kind !== "audio") return;
    const listener = context.createScriptProcessor(256, 1, 1);
    let quiet = true;
    listener.onaudioprocess = (event) => {
      const samples = event.inputBuffer.getChannelData(0);
      const loud = samples.some((sample) => Math.abs(sample) > 0.1);
      if (loud && quiet) heard.push(performance.timeOrigin + performance.now());
      if (loud || samples.every((sample) => Math.abs(sample) < 0.02)) quiet = !loud;
    };
    context.createMediaStreamSource(element.srcObject).connect(listener);
    listener.connect(context.createMediaStreamDestination());
  };
  pc.addTransceiver(talks ? out.stream.getAudioTracks()[0] : "audio", {
    direction: talks ? "sendrecv" : "recvonly",
  });
  if (sees) pc.addTransceiver("video", {direction: "recvonly"});
  await pc.setLocalDescription(await pc.createOffer());
  return pc.localDescription.sdp;
}
"""
_names = count(1)


@asynccontextmanager
async def viewer_page(
    agent: Agent, browser: Browser, *, talks: bool, sees: bool
) -> AsyncIterator[tuple[Page, float]]:
    """Connect a page with the device `door`; yields it with the ms that it took."""
    context = await browser.new_context()
    page = await context.new_page()
    name = f"viewer{next(_names)}"
    offer = await page.evaluate(OPEN, {"talks": talks, "sees": sees})
    command = OpenViewer(viewer=name, device="door", offer=offer)
    answer = await agent.client.open_viewer(command)
    await page.evaluate("sdp => pc.setRemoteDescription({type: 'answer', sdp})", answer)
    for candidate in await page.evaluate("() => candidates"):
        await agent.client.add_candidates(
            AddCandidates(
                viewer=name,
                candidates=(candidate["candidate"],),
                mid=candidate["sdpMid"],
            )
        )
    took = await page.evaluate("() => connected")
    try:
        yield page, float(took)
    finally:
        await agent.client.close_viewer(name)
        await context.close()
