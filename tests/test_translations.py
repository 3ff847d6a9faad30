"""Tests that every language says everything, with the same placeholders."""

from collections.abc import Iterable
import json
from pathlib import Path
import re
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "custom_components/sip_intercom/translations"
LANGUAGES = sorted(each.stem for each in FOLDER.glob("*.json"))
SLOT = re.compile(r"\{\w+\}|`[^`]*`")


def texts(tree: dict[str, Any], path: str = "") -> Iterable[tuple[str, str]]:
    """Yield each text with the path of its key."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from texts(value, f"{path}{key}.")
        else:
            yield path + key, value


def load(language: str) -> dict[str, str]:
    """Return the texts of a language."""
    return dict(texts(json.loads((FOLDER / f"{language}.json").read_text())))


def test_there_are_english_and_german() -> None:
    assert LANGUAGES == ["de", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_is_complete(language: str) -> None:
    english, other = load("en"), load(language)
    assert other.keys() == english.keys()
    for key, text in other.items():
        assert text.strip(), key
        assert sorted(SLOT.findall(text)) == sorted(SLOT.findall(english[key])), key


def test_german_is_german() -> None:
    english, german = load("en"), load("de")
    same = [key for key, text in english.items() if german[key] == text and " " in text]
    allowed = r"RTP \(RFC|SIP (INFO|MESSAGE)|L16|G\.711|Home Assistant$|SHA-|\{"
    assert not [key for key in same if not re.match(allowed, english[key])]
