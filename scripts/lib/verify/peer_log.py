"""What the peer itself says of a call, in baresip's log with its trace of SIP."""

import re

FACTS = {
    "transport": r"^(?:\S*#\s)?(\w+) [\d.]+:\d+ -> [\d.]+:\d+$",
    "codec": r"Set audio decoder: (\w+)",
    "sdes": r"SRTP is Enabled \(cryptosuite=(\w+)\)",
    "dtls": r"DTLS-SRTP complete \(audio/RTP\) Profile=(\w+)",
    "version": r"^User-Agent: (baresip \S+)",
}


def facts(log: str) -> dict[str, str]:
    """Return each fact as the log tells it, all values where they differ."""
    found = {
        name: dict.fromkeys(re.findall(pattern, log.replace("\r", "\n"), re.MULTILINE))
        for name, pattern in FACTS.items()
    }
    return {name: " ".join(values) for name, values in found.items()}
