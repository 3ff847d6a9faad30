"""Offers that known defects of SDP and media parsers are made of."""

HEAD = "v=0\no=- 1 1 IN IP4 {address}\ns=-\nc=IN IP4 {address}\nt=0 0\n"
AUDIO = "m=audio 40000 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n"
KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"


def _crypto(count: int) -> str:
    return "".join(
        f"a=crypto:{number} AES_CM_128_HMAC_SHA1_80 {KEY}\n"
        for number in range(1, count + 1)
    )


OFFERS = {
    name: text.replace("\n", "\r\n")
    for name, text in {
        "seventy crypto lines": HEAD + "m=audio 40000 RTP/SAVP 8\n" + _crypto(70),
        "forty media lines": HEAD + AUDIO * 40,
        "a hundred formats": HEAD
        + "m=audio 40000 RTP/AVP "
        + " ".join(map(str, range(100)))
        + "\n",
        "a thousand attributes": HEAD + AUDIO + "a=x:y\n" * 700,
        "a dynamic format without rtpmap": HEAD + "m=audio 40000 RTP/AVP 8 101\n",
        "redundant audio without rtpmap": HEAD
        + "m=audio 40000 RTP/AVP 121 8\na=fmtp:121 8/8\n",
        "a name for an address": HEAD.replace(
            "c=IN IP4 {address}", "c=IN IP4 evil.test"
        )
        + AUDIO,
        "a packet time of hours": HEAD + AUDIO + "a=ptime:99999999\n",
        "a packet time behind a blank": HEAD + AUDIO + "a=ptime 99999999\n",
        "a line of two": HEAD + AUDIO + "a=x\rm=audio 40000 RTP/AVP 101\n",
        "a port beyond all": HEAD + AUDIO.replace("40000", "99999"),
        "a negative port": HEAD + AUDIO.replace("40000", "-1"),
        "nothing but media": AUDIO,
        "a NUL": HEAD + AUDIO + "a=x\x00y\n",
        "no numbers": "v=a\no=b\ns=c\nc=d\nt=e\nm=f\na=g\n",
        "an endless line": HEAD + AUDIO + "a=" + "x" * 7000 + "\n",
    }.items()
}
