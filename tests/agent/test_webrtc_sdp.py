"""Offers of browsers: what PJSIP sees of them, and what they hear."""

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.webrtc_sdp import (
    compose_answer,
    read_offer,
    usable_candidates,
)
from custom_components.sip_intercom.lib.sipagent.protocol.sdp import (
    MediaDirection,
    sends_audio,
)

TRANSPORT = """a=ice-ufrag:abcd
a=ice-pwd:0123456789012345678901
a=fingerprint:sha-256 AA:BB
a=setup:actpass
a=rtcp-mux"""
AUDIO = f"""m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=mid:0
{TRANSPORT}
a=sendrecv
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:0 PCMU/8000
a=candidate:1 1 udp 2122194687 192.0.2.2 45830 typ host generation 0
a=candidate:2 1 udp 2113937151 f8d5fd5e-c042.local 48352 typ host
a=candidate:3 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active"""
VIDEO = f"""m=video 9 UDP/TLS/RTP/SAVPF 96 102 104 106
c=IN IP4 0.0.0.0
a=mid:1
{TRANSPORT}
a=recvonly
a=rtpmap:96 VP8/90000
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
a=rtpmap:104 H264/90000
a=fmtp:104 packetization-mode=1;profile-level-id=640032
a=rtpmap:106 H264/90000
a=fmtp:106 packetization-mode=1;profile-level-id=42e01f"""
SESSION = "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0 1"


def sdp(*sections: str, session: str = SESSION) -> str:
    """Return a description."""
    return "\r\n".join("\n".join([session, *sections]).split("\n")) + "\r\n"


def test_audio_is_cut_to_opus() -> None:
    line = read_offer(sdp(AUDIO)).audio
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" in line.offer
    assert "PCMU" not in line.offer
    assert "a=ice-options:trickle" in line.offer
    assert line.offer.count("a=candidate:") == 1
    assert "192.0.2.2 45830" in line.offer
    assert "BUNDLE" not in line.offer
    assert "a=sendrecv" in line.answer
    assert "a=ssrc:" in line.answer


@pytest.mark.parametrize(
    ("offered", "answered", "talks"),
    [
        ("sendrecv", "sendrecv", True),
        ("recvonly", "sendonly", False),
        ("sendonly", "recvonly", True),
    ],
)
def test_directions(offered: str, answered: str, talks: bool) -> None:
    offer = read_offer(sdp(AUDIO.replace("a=sendrecv", f"a={offered}")))
    assert offer.audio.direction is MediaDirection(offered)
    assert f"a={answered}\r\n" in offer.audio.answer
    assert offer.talks is talks


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("a=sendrecv", "a=recvonly\na=sendrecv"),
        ("m=audio", "m= audio"),
        ("a=sendrecv", "a=mid:0"),
        ("a=sendrecv", "a=sendonly \na=recvonly"),
    ],
)
def test_who_talks_is_told_alike_on_both_sides(said: str, instead: str) -> None:
    text = sdp(AUDIO.replace(said, instead))
    assert read_offer(text).talks
    assert sends_audio(text)


def test_video_is_cut_to_the_h264_that_every_browser_has() -> None:
    video = read_offer(sdp(AUDIO, VIDEO)).video
    assert video is not None
    assert "m=video 9 UDP/TLS/RTP/SAVPF 106\r\n" in video.offer
    assert "VP8" not in video.offer
    assert "a=sendonly" in video.answer
    assert "a=rtcp-fb:106 nack pli" in video.answer


def test_video_without_h264_costs_the_picture_only() -> None:
    section = "\n".join(line for line in VIDEO.split("\n") if "H264" not in line)
    offer = read_offer(sdp(AUDIO, section))
    assert offer.video is None
    answer = compose_answer(offer, {0: sdp(AUDIO)})
    assert "m=video 0 UDP/TLS/RTP/SAVPF 0" in answer
    assert "a=inactive" in answer


def test_attributes_of_the_session_count_for_its_lines() -> None:
    transport = TRANSPORT.replace("a=rtcp-mux", "").strip()
    bare = AUDIO.replace(transport + "\n", "")
    line = read_offer(sdp(bare, session=f"{SESSION}\n{transport}")).audio
    assert "a=fingerprint:sha-256 AA:BB" in line.offer


def test_second_lines_and_others_are_refused() -> None:
    second = AUDIO.replace("a=mid:0", "a=mid:2")
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\na=mid:3"
    offer = read_offer(sdp(AUDIO, VIDEO, second, data))
    assert [bool(line.offer) for line in offer.lines] == [True, True, False, False]
    assert offer.index_of("3", None) == 3
    assert offer.index_of(None, 1) == 1
    assert offer.index_of("9", 1) is None
    assert offer.index_of(None, 9) is None


def test_answer_is_not_bundled() -> None:
    offer = read_offer(sdp(AUDIO, VIDEO))
    answer = compose_answer(offer, {0: sdp(f"{AUDIO}\nb=RS:0"), 1: sdp(VIDEO)})
    assert "BUNDLE" not in answer
    assert "b=RS" not in answer
    assert answer.index("m=audio") < answer.index("m=video")


@pytest.mark.parametrize(
    "text",
    [
        "",
        sdp(),
        sdp(VIDEO),
        sdp(AUDIO.replace("opus", "ilbc")),
        sdp(AUDIO.replace("a=rtcp-mux", "a=nothing")),
        sdp(AUDIO.replace("a=fingerprint:sha-256 AA:BB", "a=nothing")),
        sdp(AUDIO.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
        sdp(AUDIO.replace("a=mid:0", "a=mid:0 0")),
        sdp(AUDIO.replace("a=sendrecv", "a=inactive")),
        sdp(*[AUDIO] * 9),
        sdp(AUDIO) + "a=x\r\n" * 20_000,
    ],
)
def test_useless_offers(text: str) -> None:
    with pytest.raises(ValueError, match="offer"):
        read_offer(text)


@pytest.mark.parametrize(
    "candidate",
    [
        "",
        "candidate:1",
        "candidate:1 2 udp 1 192.0.2.2 4000 typ host",
        "candidate:1 1 tcp 1 192.0.2.2 4000 typ host",
        "candidate:1 1 udp 1 a.local 4000 typ host",
        "candidate:1 1 udp 1 192.0.2.2 x typ host",
        "candidate:1 1 udp 1 0.0.0.0 4000 typ host",
        "candidate:1 1 udp 1 192.0.2.2 4000 typ hö",
    ],
)
def test_candidates_of_no_use(candidate: str) -> None:
    assert usable_candidates([candidate]) == []


def test_candidates_of_use() -> None:
    relay = "1 1 UDP 1 2001:db8::1 4000 typ relay raddr :: rport 0"
    assert usable_candidates([f"a=candidate:{relay}"]) == [relay]
