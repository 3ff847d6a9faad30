"""Text of strangers, made fit to show."""

from typing import Final

MAX_TEXT_LENGTH: Final = 64  # characters


def clean(text: str, length: int = MAX_TEXT_LENGTH) -> str:
    """Return the printable characters, spaces in one, not more than `length`."""
    shown = "".join(
        character if character.isprintable() else " "
        for character in text[: 4 * length]
    )
    return " ".join(shown.split())[:length]
