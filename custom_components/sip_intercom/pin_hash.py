"""Hashes of PINs: salted, and so slow that ten thousand take minutes."""

from collections.abc import Mapping
import hashlib
import hmac
import secrets
from typing import Any, Final

CONF_HASH: Final = "hash"
CONF_SALT: Final = "salt"

_COST: Final = 2**14
_BLOCK: Final = 8
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


def new_salt() -> str:
    """Return a random salt."""
    return secrets.token_hex(_SALT_BYTES)


def hash_pin(digits: str, salt: str) -> str:
    """Return the hash of a PIN (scrypt, RFC 7914); it blocks for tens of ms."""
    return hashlib.scrypt(
        digits.encode(),
        salt=bytes.fromhex(salt),
        n=_COST,
        r=_BLOCK,
        p=1,
        dklen=_HASH_BYTES,
    ).hex()


def is_pin(digits: str, pin: Mapping[str, Any]) -> bool:
    """Tell whether digits are a PIN, in the same time for all that are not."""
    found = hash_pin(digits, pin[CONF_SALT])
    return hmac.compare_digest(found, pin[CONF_HASH])
