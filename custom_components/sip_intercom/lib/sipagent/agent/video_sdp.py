"""The video of SIP calls: H.264 that we take and never send (RFC 6184).

PJSIP knows no video: it refuses the line, and what is said here takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
import re
from typing import Final

from ..protocol.sdp import media_fields, sdp_sections, sdp_text

_PROTOCOLS: Final = ("RTP/AVP", "RTP/AVPF")
_RTPMAP: Final = re.compile(r"a=rtpmap:(\d{1,3}) H264/90000\b", re.IGNORECASE)
_FMTP: Final = re.compile(r"a=fmtp:(\d{1,3})\s+(.*)", re.IGNORECASE)
_SETS: Final = re.compile(r"sprop-parameter-sets=([A-Za-z0-9+/=,]+)", re.IGNORECASE)
_NOT_SENT: Final = ("a=recvonly", "a=inactive")
_OFFERED: Final = (
    (99, "profile-level-id=42801f;packetization-mode=1"),
    (98, "profile-level-id=42801f;packetization-mode=0"),
)
"""Constrained to what every decoder knows; stations send what they have anyway."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoLine:
    """A line of video that the peer sends H.264 over."""

    index: int
    protocol: str
    payload_type: int
    parameters: str
    host: str
    rtcp_port: int

    @property
    def parameter_sets(self) -> tuple[str, ...]:
        """Return SPS and PPS in base64, if the description has them."""
        found = _SETS.search(self.parameters)
        return tuple(filter(None, found[1].split(","))) if found else ()


def read_video(sdp: str) -> VideoLine | None:
    """Return the first line over which a description sends H.264."""
    session, *sections = sdp_sections(sdp)
    for index, section in enumerate(sections):
        media, port, protocol, *formats = media_fields(section)
        if media != "video" or protocol not in _PROTOCOLS or not _is_port(port):
            continue
        if any(line in _NOT_SENT for line in section):
            continue
        host = _host(section) or _host(session)
        payload_type, parameters = _h264(section, formats)
        if payload_type is None or not host or host == "0.0.0.0":  # noqa: S104
            continue
        return VideoLine(
            index=index,
            protocol=protocol,
            payload_type=payload_type,
            parameters=parameters,
            host=host,
            rtcp_port=_rtcp_port(section, int(port)),
        )
    return None


def with_answer(sdp: str, line: VideoLine, port: int) -> str:
    """Return our answer, with the line of video taken that PJSIP has refused."""
    session, *sections = sdp_sections(sdp)
    if line.index >= len(sections):
        return sdp
    payload_type = line.payload_type
    parameters = ";".join(
        each.strip()
        for each in line.parameters.split(";")
        if each.strip() and not each.strip().startswith("sprop-")
    )
    taken = [f"m=video {port} {line.protocol} {payload_type}"]
    taken += [each for each in sections[line.index] if each.startswith(("c=", "a=mid"))]
    taken += [f"a=rtpmap:{payload_type} H264/90000"]
    if parameters:
        taken.append(f"a=fmtp:{payload_type} {parameters}")
    taken += [*_feedback(payload_type), "a=recvonly"]
    sections[line.index] = taken
    return sdp_text([*session, *chain.from_iterable(sections)])


def with_offer(sdp: str, port: int) -> str:
    """Return our offer with a line that asks for H.264, in the place that it had."""
    session, *sections = sdp_sections(sdp)
    formats = " ".join(str(payload_type) for payload_type, _ in _OFFERED)
    asked = [f"m=video {port} RTP/AVP {formats}"]
    if not any(line.startswith("c=") for line in session):
        asked += [each for each in sections[0] if each.startswith("c=")]
    for payload_type, parameters in _OFFERED:
        asked.append(f"a=rtpmap:{payload_type} H264/90000")
        asked.append(f"a=fmtp:{payload_type} {parameters}")
        asked += _feedback(payload_type)
    asked.append("a=recvonly")
    places = [i for i, each in enumerate(sections) if each[0].startswith("m=video")]
    if places:
        sections[places[0]] = asked
    else:
        sections.append(asked)
    return sdp_text([*session, *chain.from_iterable(sections)])


def _is_port(text: str) -> bool:
    """Tell whether a text is a port that is in use."""
    return text.isdecimal() and 0 < int(text) < 65536


def _host(section: Sequence[str]) -> str:
    """Return the address that a c= line names."""
    for line in section:
        if line.startswith(("c=IN IP4 ", "c=IN IP6 ")):
            return line.split()[-1].partition("/")[0]
    return ""


def _rtcp_port(section: Sequence[str], port: int) -> int:
    """Return where RTCP is taken (RFC 3605)."""
    for line in section:
        if line.startswith("a=rtcp:") and _is_port(line[7:].split()[0]):
            return int(line[7:].split()[0])
    return port if "a=rtcp-mux" in section else min(port + 1, 65535)


def _h264(section: Sequence[str], formats: Sequence[str]) -> tuple[int | None, str]:
    """Return the first payload type of H.264, and its parameters.

    PJSIP's negotiation would put it in the place of any other one.
    """
    parameters = dict.fromkeys((m[1] for m in map(_RTPMAP.match, section) if m), "")
    for line in section:
        if (found := _FMTP.match(line)) and found[1] in parameters:
            parameters[found[1]] = found[2]
    known = [each for each in formats if each in parameters]
    for each in known:
        if "packetization-mode=2" not in parameters[each]:
            return int(each), parameters[each]
    return None, ""


def _feedback(payload_type: int) -> list[str]:
    """Return that we ask for whole pictures (RFC 4585, RFC 5104)."""
    return [
        f"a=rtcp-fb:{payload_type} nack pli",
        f"a=rtcp-fb:{payload_type} ccm fir",
    ]
