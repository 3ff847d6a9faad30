"""The few header fields that pjsua2 only hands over as text."""

import re
from typing import Final

import pjsua2

_REASON: Final = re.compile(
    r"^Reason[ \t]*:[ \t]*(?P<value>.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
_COMPLETED: Final = re.compile(r"\bSIP\b[^,]*;\s*cause\s*=\s*\"?200\b", re.IGNORECASE)
_STALE: Final = re.compile(
    r"^(?:WWW|Proxy)-Authenticate[ \t]*:.*\bstale\s*=\s*\"?true",
    re.IGNORECASE | re.MULTILINE,
)
_REGISTER: Final = re.compile(
    r"^CSeq[ \t]*:[ \t]*\d+[ \t]+REGISTER\b", re.IGNORECASE | re.MULTILINE
)


def is_completed_elsewhere(message: str) -> bool:
    """Tell whether a CANCEL says that somebody else answered (RFC 3326)."""
    head = message.partition("\r\n\r\n")[0]
    return any(_COMPLETED.search(field["value"]) for field in _REASON.finditer(head))


def completed_elsewhere() -> pjsua2.SipHeader:
    """Return what tells a phone that it has missed nothing (RFC 3326)."""
    return header("Reason", 'SIP;cause=200;text="Call completed elsewhere"')


def is_stale_challenge(message: str) -> bool:
    """Tell whether a challenge only says that the nonce is too old."""
    return _STALE.search(message.partition("\r\n\r\n")[0]) is not None


def is_of_register(message: str) -> bool:
    """Tell whether a response is to a REGISTER."""
    return _REGISTER.search(message.partition("\r\n\r\n")[0]) is not None


def header(name: str, value: str) -> pjsua2.SipHeader:
    """Return a header field to send."""
    field = pjsua2.SipHeader()
    field.hName, field.hValue = name, value
    return field
