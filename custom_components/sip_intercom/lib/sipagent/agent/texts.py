"""Text of strangers, made fit to show."""

from typing import Final

MAX_TEXT_LENGTH: Final = 64  # characters
_NAMELESS: Final = frozenset({"", "anonymous", "restricted", "unavailable", "unknown"})


def clean(text: str, length: int = MAX_TEXT_LENGTH) -> str:
    """Return the printable characters, spaces in one, not more than `length`."""
    shown = "".join(
        character if character.isprintable() else " "
        for character in text[: 4 * length]
    )
    return " ".join(shown.split())[:length]


def is_nameless(user: str) -> bool:
    """Tell whether a caller's user or number only says that it is withheld."""
    return user.casefold() in _NAMELESS
