"""What the native library is made of."""

from collections.abc import Mapping
import json
from typing import Any

import pjsua2

type Fact = str | int | bool | tuple[str, ...]


def facts() -> Mapping[str, Fact]:
    """Return the facts of the build, nested ones under `outer.inner`."""
    return dict(_flat("", json.loads(pjsua2.Gate.buildInfo())))


def _flat(prefix: str, value: dict[str, Any]) -> list[tuple[str, Fact]]:
    flat: list[tuple[str, Fact]] = []
    for name, inner in value.items():
        match inner:
            case dict():
                flat += _flat(f"{prefix}{name}.", inner)
            case list():
                flat.append((prefix + name, tuple(str(item) for item in inner)))
            case bool() | int() | str():
                flat.append((prefix + name, inner))
            case _:
                flat.append((prefix + name, str(inner)))
    return flat
