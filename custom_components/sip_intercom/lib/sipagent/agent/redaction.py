"""Keeps secrets out of the log."""

from collections.abc import Iterable
import re
from typing import Final

MASK: Final = "**redacted**"
MIN_SECRET_LENGTH: Final = 4
"""Shorter passwords would mask ordinary text; they are still masked by field."""

_FOLDED = r"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*"
_PATTERNS: Final = (
    re.compile(rf"((?:Proxy-)?Authorization[ \t]*:){_FOLDED}", re.IGNORECASE),
    re.compile(r"(a=crypto:\d+ \S+ )[^\r\n]*", re.IGNORECASE),
    re.compile(r"(\binline:)[^\s|\"]+", re.IGNORECASE),
    re.compile(r"(;line=)[0-9a-f]+", re.IGNORECASE),
    re.compile(r"(\b(?:password|passwd|secret)\"?\s*[:=]\s*\"?)[^\s\",}]+", re.IGNORECASE),
    re.compile(r"(^\s*Signal\s*=)[^\r\n]*", re.IGNORECASE | re.MULTILINE),
    re.compile(r"(response=\")[^\"]*", re.IGNORECASE),
)


class Redactor:
    """Replaces credentials, media keys, tokens, tones and known passwords."""

    def __init__(self) -> None:
        """Know no password yet."""
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None

    def protect(self, secrets: Iterable[str]) -> None:
        """Take passwords that must never be shown."""
        fresh = {each for each in secrets if len(each) >= MIN_SECRET_LENGTH}
        if fresh <= self._secrets:
            return
        self._secrets |= fresh
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)))

    def redact(self, text: str) -> str:
        """Return the text without secrets."""
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        return self._known.sub(MASK, text) if self._known else text
