"""The video of SIP calls in their descriptions."""

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.video_sdp import (
    read_video,
    with_answer,
    with_offer,
)

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"
AUDIO = "m=audio 5004 RTP/AVP 0\r\n"
VIDEO = (
    "m=video 5006 RTP/AVP 97 98\r\n"
    "a=rtpmap:97 H263/90000\r\n"
    "a=rtpmap:98 H264/90000\r\n"
    "a=fmtp:98 profile-level-id=42e01f;packetization-mode=1;"
    "sprop-parameter-sets=Z0LgHg==,aM4x\r\n"
)
REFUSED = f"{HEAD}{AUDIO}m=video 0 RTP/AVP 98\r\n"


def test_offered_video_is_read() -> None:
    line = read_video(HEAD + AUDIO + VIDEO + "a=sendonly\r\n")
    assert line is not None
    assert (line.index, line.payload_type, line.host) == (1, 98, "192.0.2.20")
    assert line.rtcp_port == 5007
    assert line.parameter_sets == ("Z0LgHg==", "aM4x")


@pytest.mark.parametrize(
    ("attribute", "port"),
    [("a=rtcp:6000", 6000), ("a=rtcp-mux", 5006), ("a=rtcp:x", 5007)],
)
def test_where_rtcp_is_taken(attribute: str, port: int) -> None:
    line = read_video(f"{HEAD}{AUDIO}{VIDEO}{attribute}\r\n")
    assert line is not None
    assert line.rtcp_port == port


@pytest.mark.parametrize(
    "section",
    [
        "",
        VIDEO.replace("5006", "0"),
        VIDEO.replace("RTP/AVP", "RTP/SAVP"),
        VIDEO.replace("H264", "H265"),
        VIDEO.replace("packetization-mode=1", "packetization-mode=2"),
        f"{VIDEO}a=recvonly\r\n",
        f"{VIDEO}a=inactive\r\n",
        f"{VIDEO}c=IN IP4 0.0.0.0\r\n",
    ],
)
def test_no_video_that_could_be_shown(section: str) -> None:
    assert read_video(HEAD + AUDIO + section) is None


def test_answer_takes_video_and_sends_none() -> None:
    line = read_video(HEAD + AUDIO + VIDEO)
    assert line is not None
    answer = with_answer(REFUSED, line, 20_000)
    assert "m=video 20000 RTP/AVP 98\r\n" in answer
    assert "a=recvonly" in answer
    assert "sprop" not in answer
    assert answer.startswith(HEAD + AUDIO)
    assert with_answer(HEAD + AUDIO, line, 20_000) == HEAD + AUDIO


def test_offer_asks_for_video_in_its_place() -> None:
    first = with_offer(HEAD + AUDIO, 20_000)
    assert "m=video 20000 RTP/AVP 99 98\r\n" in first
    again = with_offer(REFUSED, 20_000)
    assert again.count("m=video") == 1
    assert "m=video 20000" in again
