"""What must be true of a call; everything else is a failure, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from .platforms import Platform

# The part of the power at the tone's frequency. Opus leaves all of it there, but gaps
# smear it where an emulated or busy machine comes too late; noise has a hundredth.
PURE = 0.5
STRAY = 0.05  # the part that may lie at the frequency of the other direction
GOOD_END = "it exited with code 0"
REFUSED = {"udp": 403, "tls": 403}
# How the keys of each encryption are agreed, as PJSIP calls it.
KEYING = {"dtls": "DTLS-SRTP", "sdes_required": "SDES"}


def failures(
    platform: Platform, call: Mapping[str, Any], *, alone: bool
) -> Iterator[str]:
    """Yield what is wrong with a call."""
    if error := call.get("error"):
        yield str(error)
        return
    yield from _surroundings(platform, call["found"])
    if alone and (call["found"]["interfaces"] != ["lo"] or call["found"]["outside"]):
        yield "there was more of a network than loopback"
    yield from _signalling(call)
    yield from _audio(call)
    if call["strangers"] != REFUSED:
        yield f"a stranger was answered {call['strangers']}"
    if call["lost"] or call["end"] != GOOD_END:
        yield f"the agent was lost {call['lost']} times; at its end {call['end']}"


def _surroundings(platform: Platform, found: Mapping[str, Any]) -> Iterator[str]:
    if found["key"] != platform.key:
        yield f"the client took itself for {found['key']}"
    if found["machine"] != platform.machine:
        yield f"Python said that it runs on {found['machine']}"
    if found["compilers"]:
        yield f"there was a compiler: {', '.join(found['compilers'])}"


def _signalling(call: Mapping[str, Any]) -> Iterator[str]:
    agent, peer = call["agent"], call["peer"]
    if (agent["transport"], peer["transport"]) != ("tls", "TLS"):
        yield f"not over TLS: {agent['transport']}, {peer['transport']}"
    if (agent["codec"], peer["codec"]) != ("opus", "opus"):
        yield f"not Opus: {agent['codec']}, {peer['codec']}"
    keying = KEYING[call["encryption"]]
    if agent["keying"] != keying:
        yield f"PJSIP has not agreed on keys by {keying}: {agent['keying'] or 'no SRTP'}"
    if not agent["suite"] or agent["suite"] != peer[keying]:
        yield f"not the same SRTP: {agent['suite']}, {peer[keying]}"


def _audio(call: Mapping[str, Any]) -> Iterator[str]:
    for name in ("audio_in", "audio_out"):
        heard = call[name]
        if heard["right"] < PURE or heard["wrong"] > STRAY:
            yield f"{name} is not the tone that was sent: {heard}"
