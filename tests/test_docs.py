"""The pages of the documentation: links that lead somewhere, pages of one form."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
INDEX: Final = DOCS / "devices.md"
PAGES: Final = sorted((DOCS / "devices").glob("*.md"))
TRANSLATIONS: Final = (
    ROOT / "custom_components" / "sip_intercom" / "translations" / "en.json"
)
LINKED: Final = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

HEADINGS: Final = [
    "What it needs",
    "In the station",
    "In Home Assistant",
    "Open the door",
    "See and hear",
    "Known limits",
    "Sources",
]
MAX_LINES: Final = 75

_LINK: Final = re.compile(r"""\]\(([^)\s]+)\)|(?:src|href)="([^"]+)\"""")
_FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"`[^`]*`")
_MARK: Final = re.compile(r"\((documentation|reported|tried|unconfirmed)\)")


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _links(path: Path) -> Iterator[str]:
    """Give the relative links of a page, without what only looks like one."""
    text = _CODE.sub("", _FENCE.sub("", path.read_text(encoding="utf-8")))
    for match in _LINK.finditer(text):
        link = match[1] or match[2]
        if not re.match(r"[a-z]+:", link):
            yield link


def _anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in kept}


def _is_broken(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return True
    return bool(anchor) and anchor not in _anchors(target)


def _facts(page: Path) -> Iterator[str]:
    """Give the points and rows of a page, except its sources."""
    text = page.read_text(encoding="utf-8").partition("\n## Sources\n")[0]
    for block in re.split(r"\n(?=- |\| |\n)", text):
        if block.startswith(("- ", "| ")):
            yield " ".join(block.split())


@pytest.mark.parametrize("path", LINKED, ids=_named)
def test_relative_links_lead_somewhere(path: Path) -> None:
    assert [link for link in _links(path) if _is_broken(path, link)] == []


def test_index_names_every_page() -> None:
    named = {(DOCS / link).resolve() for link in _links(INDEX) if "devices/" in link}
    assert named == set(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_page_has_the_headings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= MAX_LINES


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_fact_is_marked(page: Path) -> None:
    facts = [fact for fact in _facts(page) if not fact.startswith("| Field |")]
    assert len(facts) > len(HEADINGS)
    assert [fact for fact in facts if not _MARK.search(fact)] == []


def _labels(texts: object) -> Iterator[str]:
    """Give all texts of a translation."""
    if isinstance(texts, dict):
        for each in texts.values():
            yield from _labels(each)
    elif isinstance(texts, str):
        yield texts


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_fields_are_those_of_the_forms(page: Path) -> None:
    """A label that was changed is told of, also one of a door."""
    texts = json.loads(TRANSLATIONS.read_text(encoding="utf-8"))
    labels = set(_labels(texts["config_subentries"]))
    doors = {f"Doors: {each}" for each in _labels(texts["selector"]["doors"])}
    rows = [fact.split("|")[1].strip() for fact in _facts(page) if fact[0] == "|"]
    fields = [row for row in rows if row != "Field"]
    assert fields
    assert set(fields) <= labels | doors
