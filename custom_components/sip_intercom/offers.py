"""What an offer of a browser says, as far as permissions depend on it."""

import re
from typing import Final

_AUDIO: Final = re.compile(r"^m=audio\b.*?(?=^m=|\Z)", re.MULTILINE | re.DOTALL)
_SILENT: Final = re.compile(r"^a=(recvonly|inactive)\s*$", re.MULTILINE)


def talks(offer: str) -> bool:
    """Tell whether a browser sends audio; when in doubt it does."""
    return any(not _SILENT.search(section) for section in _AUDIO.findall(offer))
