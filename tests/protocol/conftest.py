"""The example lines of the protocol's page."""

import json
from pathlib import Path
import re

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
EXAMPLES = tuple(
    line.encode()
    for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for line in block.splitlines()
)


def example_name(line: object) -> str | None:
    """Return the type of an example's innermost message for a test's id."""
    if not isinstance(line, bytes):
        return None
    value = json.loads(line)
    inner = value.get("command") or value.get("value") or value
    return str(inner["type"])


@pytest.fixture(params=EXAMPLES, ids=example_name)
def example(request: pytest.FixtureRequest) -> bytes:
    """Return one example line after the other."""
    line = request.param
    assert isinstance(line, bytes)
    return line
