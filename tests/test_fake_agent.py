"""The faked agent has the surface of the real client."""

import inspect

import pytest

from custom_components.sip_intercom.lib.sipagent.client.client import AgentClient
from tests.fake_agent import FakeAgent

SURFACE = [name for name in vars(AgentClient) if not name.startswith("_")]


@pytest.mark.parametrize("name", SURFACE)
def test_same_surface(name: str) -> None:
    real = getattr(AgentClient, name)
    fake = getattr(FakeAgent, name)
    if isinstance(real, property):
        assert isinstance(fake, property)
        assert inspect.signature(fake.fget) == inspect.signature(real.fget)
    else:
        assert inspect.signature(fake) == inspect.signature(real)
        assert inspect.iscoroutinefunction(fake) == inspect.iscoroutinefunction(real)


def test_same_constructor() -> None:
    real = list(inspect.signature(AgentClient).parameters.values())
    fake = list(inspect.signature(FakeAgent()).parameters.values())
    given = {each.name for each in fake}
    assert fake == [
        each
        for each in real
        if each.default is inspect.Parameter.empty or each.name in given
    ]
