"""The libraries of these very inputs have been verified."""

import json

import pytest

from native.builder.paths import NATIVE
from native.builder.recipe import Order
from native.builder.target import TARGETS

VERIFIED = json.loads((NATIVE / "verified.json").read_text())["libraries"]


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_these_inputs_have_been_verified(target: str) -> None:
    """Another list of what SWIG wraps, gate or patch is another library."""
    order = Order(target=TARGETS[target], variant="release", sources=None, python=None)
    assert VERIFIED[target]["build_id"] == order.build_id(), (
        "the native inputs changed: run scripts/release and scripts/verify-release"
    )
