"""The card that is committed was made from the sources that are."""

from card.sources import FRONTEND, OUTPUT, digest


def test_card_is_up_to_date() -> None:
    head = OUTPUT.read_text().split("\n", 1)[0]
    assert digest() in head, "the card has changed: run scripts/build-card"


def test_lock_names_no_host() -> None:
    assert "resolved" not in (FRONTEND / "package-lock.json").read_text()
