"""Versions of the wire protocol."""

from typing import Final

SCHEMA_VERSION: Final = 5
"""Counts up with every change that an older peer would misread."""

MAX_LINE_LENGTH: Final = 1024 * 1024
"""Longest line either side accepts, in bytes without the line feed."""
