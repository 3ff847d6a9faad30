"""Names that nobody can guess."""

import os


def random_token(size: int) -> str:
    """Return so many random bytes in hexadecimal.

    The module `secrets` does the same, but brings OpenSSL a second time: 4 MiB.
    """
    return os.urandom(size).hex()
