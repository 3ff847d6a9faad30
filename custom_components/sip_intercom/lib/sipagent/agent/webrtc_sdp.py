"""Offers of browsers (RFC 8829), cut to what PJSIP shall see, and our answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
import re
from typing import Final

from ..protocol.sdp import (
    MediaDirection,
    attribute_name,
    media_direction,
    media_fields,
    sdp_sections,
    sdp_text,
)
from .chance import random_token

_MAX_OFFER: Final = 60_000  # characters
_MAX_LINES: Final = 8
_SESSION_ATTRIBUTES: Final = ("ice-ufrag", "ice-pwd", "fingerprint", "setup")
_HEAD: Final = ("v=0", "o=- {id} 1 IN IP4 0.0.0.0", "s=-", "t=0 0")
_OPUS: Final = re.compile(r"opus/48000(/2)?", re.IGNORECASE)
_H264: Final = re.compile(r"H264/90000", re.IGNORECASE)
_PROFILES: Final = ("42e0", "4200", "4d00", "64")
"""H.264 profiles that are asked for first: what every station and browser has."""


_OPPOSITE: Final = {
    MediaDirection.SENDRECV: MediaDirection.SENDRECV,
    MediaDirection.SENDONLY: MediaDirection.RECVONLY,
    MediaDirection.RECVONLY: MediaDirection.SENDONLY,
    MediaDirection.INACTIVE: MediaDirection.INACTIVE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedLine:
    """One m= line of an offer.

    `offer` and `answer` are whole descriptions with this line alone: what PJSIP
    sees, and what we say to it; empty for a line that we refuse.
    """

    index: int
    kind: str
    mid: str
    direction: MediaDirection
    offer: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What a browser offers; there is one line of audio, and at most one of video."""

    lines: tuple[OfferedLine, ...]

    @property
    def audio(self) -> OfferedLine:
        """Return the line of audio."""
        return next(line for line in self.lines if line.kind == "audio" and line.offer)

    @property
    def video(self) -> OfferedLine | None:
        """Return the line of video, if there is one that can be served."""
        lines = (line for line in self.lines if line.kind == "video" and line.offer)
        return next(lines, None)

    @property
    def talks(self) -> bool:
        """Tell whether the browser sends what its microphone hears."""
        return self.audio.direction.sends

    def index_of(self, mid: str | None, index: int | None) -> int | None:
        """Return the line that a candidate is for, by its sdpMid or sdpMLineIndex."""
        if mid is not None:
            return next((line.index for line in self.lines if line.mid == mid), None)
        known = index is not None and 0 <= index < len(self.lines)
        return index if known else None


def read_offer(sdp: str) -> Offer:
    """Read an offer; ValueError if there is no audio that we could take."""
    if len(sdp) > _MAX_OFFER:
        raise ValueError("the offer is too long")
    session, *sections = sdp_sections(sdp)
    if len(sections) > _MAX_LINES:
        raise ValueError("the offer has too many lines")
    shared = [line for line in session if attribute_name(line) in _SESSION_ATTRIBUTES]
    lines: list[OfferedLine] = []
    for index, section in enumerate(sections):
        kinds = {line.kind for line in lines if line.offer}
        lines.append(_read_line(index, section, shared, taken=kinds))
    offer = Offer(lines=tuple(lines))
    if not any(line.kind == "audio" and line.offer for line in lines):
        raise ValueError("the offer has no audio with Opus, ICE and DTLS")
    return offer


def compose_answer(offer: Offer, answers: Mapping[int, str]) -> str:
    """Return the whole answer from those of the lines; a line without is refused."""
    text = [line.format(id=int(random_token(6), 16)) for line in _HEAD]
    for line in offer.lines:
        answer = answers.get(line.index)
        if answer is None:
            text += [f"m={line.kind} 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0"]
            text += [f"a=mid:{line.mid}", "a=inactive"]
            continue
        _, section = sdp_sections(answer)
        text += [each for each in section if not each.startswith("b=")]
    return sdp_text(text)


def usable_candidates(candidates: Iterable[str]) -> list[str]:
    """Return the values of those candidates that PJSIP can use.

    UDP with a numeric address, for RTP: a `.local` name would be looked up.
    """
    return [value for value in map(_bare, candidates) if _is_usable(value)]


def _bare(candidate: str) -> str:
    """Return a candidate without what may stand before its value."""
    return candidate.strip().removeprefix("a=").removeprefix("candidate:").strip()


def _is_usable(value: str) -> bool:
    """Tell whether a candidate is one for RTP over UDP with a numeric address."""
    fields = value.split()
    if len(fields) < 8 or fields[1] != "1" or fields[2].lower() != "udp":
        return False
    try:
        address = ip_address(fields[4])
    except ValueError:
        return False
    return value.isascii() and fields[5].isdecimal() and not address.is_unspecified


def _values(section: Iterable[str], name: str) -> list[str]:
    """Return the values of the attributes with a name."""
    return [line.partition(":")[2] for line in section if attribute_name(line) == name]


def _read_line(
    index: int, section: Sequence[str], shared: Sequence[str], *, taken: set[str]
) -> OfferedLine:
    """Read one line; a second one of a kind, and what we cannot take, is refused."""
    kind, _, protocol, *formats = media_fields(section)
    mid = next(iter(_values(section, "mid")), str(index))
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", mid):
        raise ValueError("the offer names a line in a strange way")
    names = {attribute_name(line) for line in section}
    direction = media_direction(section)
    line = OfferedLine(index=index, kind=kind, mid=mid, direction=direction)
    present = {attribute_name(each) for each in shared} | names
    if (
        kind in taken
        or protocol != "UDP/TLS/RTP/SAVPF"
        or direction is MediaDirection.INACTIVE
        or not present.issuperset((*_SESSION_ATTRIBUTES, "rtcp-mux"))
    ):
        return line
    match kind:
        case "audio":
            chosen = _opus(section, formats)
        case "video" if direction is not MediaDirection.SENDONLY:
            chosen = _h264(section, formats)
        case _:
            chosen = []
    if not chosen:
        return line
    return _served(line, section, shared, chosen)


def _served(
    line: OfferedLine,
    section: Sequence[str],
    shared: Sequence[str],
    chosen: Sequence[str],
) -> OfferedLine:
    """Return a line with what PJSIP shall see of it, and what we say to it.

    `chosen` are its payload type and the attributes of that.
    """
    payload_type, *attributes = chosen
    head = [each.format(id=line.index + 1) for each in _HEAD]
    head.append("a=ice-options:trickle")
    media = [
        f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {payload_type}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{line.mid}",
        *attributes,
    ]
    names = {attribute_name(each) for each in section}
    transport = [
        each for each in section if attribute_name(each) in _SESSION_ATTRIBUTES
    ]
    transport += [each for each in shared if attribute_name(each) not in names]
    transport += [
        f"a=candidate:{value}"
        for value in usable_candidates(_values(section, "candidate"))
    ]
    ours = _OPPOSITE[line.direction]
    if line.kind == "video":
        ours = MediaDirection.SENDONLY
        media += [f"a=rtcp-fb:{payload_type} {kind}" for kind in _FEEDBACK]
    ssrc = int(random_token(4), 16)
    answer = [*media, f"a={ours}"]
    if ours is not MediaDirection.RECVONLY:
        answer += [f"a=msid:sip_intercom {line.kind}", f"a=ssrc:{ssrc} cname:house"]
    return OfferedLine(
        index=line.index,
        kind=line.kind,
        mid=line.mid,
        direction=line.direction,
        offer=sdp_text(
            [*head, *media, f"a={line.direction}", "a=rtcp-mux", *transport]
        ),
        answer=sdp_text([*head, *answer]),
    )


_FEEDBACK: Final = ("nack", "nack pli", "ccm fir")


def _maps(section: Sequence[str], codec: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Yield payload type and rtpmap of each format of a codec."""
    for value in _values(section, "rtpmap"):
        payload_type, _, name = value.partition(" ")
        if codec.fullmatch(name.strip()) and payload_type.isdecimal():
            yield payload_type, name.strip()


def _parameters(section: Sequence[str], payload_type: str) -> str:
    """Return the format parameters of a payload type."""
    for value in _values(section, "fmtp"):
        number, _, parameters = value.partition(" ")
        if number == payload_type:
            return parameters.strip()
    return ""


def _opus(section: Sequence[str], formats: Sequence[str]) -> list[str]:
    """Return the payload type of Opus and its attributes, or nothing."""
    for payload_type, name in _maps(section, _OPUS):
        if payload_type in formats:
            return [
                payload_type,
                f"a=rtpmap:{payload_type} {name}",
                f"a=fmtp:{payload_type} useinbandfec=1",
            ]
    return []


def _h264(section: Sequence[str], formats: Sequence[str]) -> list[str]:
    """Return the payload type of H.264 in the mode that we send, and its attributes."""
    found: list[tuple[int, str, str, str]] = []
    for payload_type, name in _maps(section, _H264):
        parameters = _parameters(section, payload_type)
        if payload_type in formats and "packetization-mode=1" in parameters:
            found.append((_rank(parameters), payload_type, name, parameters))
    if not found:
        return []
    _, payload_type, name, parameters = min(found, key=lambda each: each[0])
    return [
        payload_type,
        f"a=rtpmap:{payload_type} {name}",
        f"a=fmtp:{payload_type} {parameters}",
    ]


def _rank(parameters: str) -> int:
    """Return how far behind a profile of H.264 stands."""
    profile = re.search(r"profile-level-id=([0-9a-f]{6})", parameters.lower())
    start = profile[1] if profile else ""
    for rank, prefix in enumerate(_PROFILES):
        if start.startswith(prefix):
            return rank
    return len(_PROFILES)
