"""The household of the agent's tests."""

import pytest

from .house import House


@pytest.fixture
def house() -> House:
    """Return a household whose account is registered."""
    house = House()
    house.configure()
    house.register()
    house.events.clear()
    return house
