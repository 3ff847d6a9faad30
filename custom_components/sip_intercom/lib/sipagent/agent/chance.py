"""Chance, straight from the system.

`secrets` and `random` would do the same, but `secrets` brings OpenSSL a second
time (4 MiB), and both cost time at every start.
"""

import os


def random_token(size: int) -> str:
    """Return so many random bytes in hexadecimal."""
    return os.urandom(size).hex()


def random_share() -> float:
    """Return a number from 0 up to, but never, 1."""
    return int.from_bytes(os.urandom(4)) / 2**32
