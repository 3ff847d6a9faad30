"""Remove what tells who somebody is, and where, from texts that are given away."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
import re
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED
from homeassistant.const import (
    CONF_ADDRESS,
    CONF_CODE,
    CONF_PASSWORD,
    CONF_USERNAME,
)

from .const import (
    CONF_AUTH_USERNAME,
    CONF_CALLERS,
    CONF_CAMERA_ENTITY,
    CONF_CAMERA_PASSWORD,
    CONF_CAMERA_USERNAME,
    CONF_DISPLAY_NAME,
    CONF_NUMBER,
    CONF_OUTBOUND_PROXY,
    CONF_PHONE,
    CONF_SERVER,
    CONF_STILL_URL,
    CONF_STREAM_URL,
    CONF_TRUSTED_NETWORKS,
)
from .lib.sipagent.protocol.errors import InvalidTargetError
from .lib.sipagent.protocol.redaction import redact
from .lib.sipagent.protocol.sip_uri import parse_target

PRIVATE_KEYS: Final = {
    CONF_ADDRESS,
    CONF_AUTH_USERNAME,
    CONF_CALLERS,
    CONF_CAMERA_ENTITY,
    CONF_CAMERA_USERNAME,
    CONF_DISPLAY_NAME,
    CONF_NUMBER,
    CONF_OUTBOUND_PROXY,
    CONF_PHONE,
    CONF_SERVER,
    CONF_STILL_URL,
    CONF_STREAM_URL,
    CONF_TRUSTED_NETWORKS,
    CONF_USERNAME,
}
_SECRETS: Final = frozenset({CONF_CAMERA_PASSWORD, CONF_CODE, CONF_PASSWORD})
MIN_LENGTH: Final = 3  # characters; shorter words occur in every text

_SOMEBODY: Final = "**"
_IDENTITIES: Final = (
    "From|f|To|t|Contact|m|Reply-To|Refer-To|r|Referred-By|b|Diversion|History-Info"
    "|Remote-Party-ID|P-(?:Asserted|Preferred)-Identity|P-Called-Party-ID"
)
_URI: Final = re.compile(r"\b(sips?:)([^\s<>\"]+)", re.IGNORECASE)
_PATTERNS: Final = (
    re.compile(r"(\btel:)[^\s<>\";,]+", re.IGNORECASE),
    # Display names: quoted ones before a URI, and whatever else a header has there.
    re.compile(r"()\"(?:[^\"\\]|\\.){0,256}+\"(?=\s*<(?:sips?|tel):)", re.IGNORECASE),
    re.compile(
        rf"(^[ \t]*(?:{_IDENTITIES})[ \t]*:[ \t]*+)(?!sips?:|tel:|<)[^<\r\n]+",
        re.IGNORECASE | re.MULTILINE,
    ),
    # Session descriptions: the user, mail address and number of who made them.
    re.compile(r"(^[ \t]*o=)\S+", re.MULTILINE),
    re.compile(r"(^[ \t]*[ep]=)[^\r\n]+", re.MULTILINE),
)


class Privacy:
    """Knows what the configuration says about people and places."""

    def __init__(
        self, subentries: Iterable[Mapping[str, Any]], hosts: Iterable[str]
    ) -> None:
        """Take the data of subentries, and names and addresses of hosts."""
        items = [item for data in subentries for item in _items(data)]
        self._passwords = {text for key, text in items if key in _SECRETS}
        words = {text for key, text in items if key in PRIVATE_KEYS}
        self._words = _any_of(words.union(hosts, *map(_parts, words)))

    def scrub(self, text: str) -> str:
        """Return a text without users, numbers, known hosts and secrets."""
        text = _URI.sub(_without_user, redact(text, self._passwords))
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<1>{_SOMEBODY}", text)
        return self._words.sub(REDACTED, text)


def _without_user(uri: re.Match[str]) -> str:
    """Return a URI without its user, even if that holds an @."""
    _, at, host = uri[2].rpartition("@")
    return f"{uri[1]}{_SOMEBODY}@{host}" if at else uri[0]


def _items(data: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield every text below a key, wherever it stands."""
    for key, value in data.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if isinstance(item, Mapping):
                yield from _items(item)
            elif isinstance(item, str):
                yield key, item


def _parts(text: str) -> set[str]:
    """Return user and host of a target."""
    with suppress(InvalidTargetError):
        uri = parse_target(text)
        return {uri.user, uri.host}
    return set()


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds one of the words, the longest first, but no part of one."""
    known = sorted({word for word in words if len(word) >= MIN_LENGTH}, key=len)
    found = "|".join(map(re.escape, reversed(known))) or r"\Z\A"
    return re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE)
