"""Text of strangers, made fit to show."""

from typing import Final

MAX_TEXT_LENGTH: Final = 64  # characters


def clean(text: str) -> str:
    """Return the printable characters, spaces in one, at most 64 of them."""
    shown = "".join(
        character if character.isprintable() else " "
        for character in text[: 4 * MAX_TEXT_LENGTH]
    )
    return " ".join(shown.split())[:MAX_TEXT_LENGTH]
