"""What the peer and PJSIP say of a call in their logs."""

import re

# baresip's, with its trace of SIP.
PEER = {
    "transport": r"^(?:\S*#\s)?(\w+) [\d.]+:\d+ -> [\d.]+:\d+$",
    "codec": r"Set audio decoder: (\w+)",
    "SDES": r"SRTP is Enabled \(cryptosuite=(\w+)\)",
    "DTLS-SRTP": r"DTLS-SRTP complete \(audio/RTP\) Profile=(\w+)",
    "version": r"^User-Agent: (baresip \S+)",
}
AGENT = {
    "keying": r"SRTP started, keying=([\w-]+),",
    "suite": r"SRTP started, keying=[\w-]+, crypto=(\w+)",
}


def read(log: str, patterns: dict[str, str]) -> dict[str, str]:
    """Return each fact as the log tells it, all values where they differ."""
    lines = log.replace("\r", "\n")
    found = {
        name: dict.fromkeys(re.findall(pattern, lines, re.MULTILINE))
        for name, pattern in patterns.items()
    }
    return {name: " ".join(values) for name, values in found.items()}
