"""Items of lists in forms, which the form shows without their ids."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.const import CONF_ID
from homeassistant.util.ulid import ulid_now

from .forms import FormData


def without_id(item: Mapping[str, Any]) -> FormData:
    """Return an item as the form shows it."""
    return {key: value for key, value in item.items() if key != CONF_ID}


def with_ids(
    items: Iterable[FormData], old: Iterable[Mapping[str, Any]], keys: Iterable[str]
) -> list[FormData]:
    """Return items with ids that outlive a change of all but one of their keys."""
    items, left = list(items), list(old)
    for key in keys:
        _keep_ids(items, left, key)
    return [{CONF_ID: ulid_now(), **item} for item in items]


def _keep_ids(items: list[FormData], left: list[Mapping[str, Any]], key: str) -> None:
    """Give ids of old items to new ones that have the same of a key."""
    for item in items:
        for old in left:
            if CONF_ID not in item and old.get(key) == item.get(key):
                item[CONF_ID] = old[CONF_ID]
                left.remove(old)
                break
