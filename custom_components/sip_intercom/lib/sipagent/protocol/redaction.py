"""Remove secrets from what is logged."""

from collections.abc import Iterable
import re
from typing import Final

REDACTED: Final = "**REDACTED**"
MIN_SECRET_LENGTH: Final = 4  # characters; shorter ones occur in every text

_PATTERNS = (
    re.compile(
        r"((?:Proxy-)?Authorization\s*:\s*)[^\r\n]+(?:\r?\n[ \t][^\r\n]*)*",
        re.IGNORECASE,
    ),
    re.compile(r"(;line=)[0-9a-f]{32}", re.IGNORECASE),
    re.compile(r"(^[ \t]*Signal\s*=\s*)\S+", re.IGNORECASE | re.MULTILINE),
    re.compile(
        r"(^(?:Content-Type|c)[ \t]*:[ \t]*application/(?:dtmf|telephone-event)[ \t]*(?:;[^\r\n]*)?"
        r"(?:\r?\n[^\r\n]+)*(?:\r?\n){2})[^\r\n]+",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(r"(\bDTMF (?:digit (?:id )?)?)[0-9A-D*#,]+"),
    re.compile(r"(\binline:)[A-Za-z0-9+/=|:^]+"),
    re.compile(r"(\bice-pwd:)\S+"),
    re.compile(r"(\bsips?:[^\s:@<>\"]{1,256}:)[^\s@<>\"]{1,256}(?=@)", re.IGNORECASE),
    re.compile(
        r"((?:password|passwd|secret)[\"']?\s*[:=]\s*)"
        r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&})\]]+)",
        re.IGNORECASE,
    ),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without credentials, media keys and the given secrets."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_LENGTH:
            text = text.replace(secret, REDACTED)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{REDACTED}", text)
    return text
