"""Timers of the agent's thread, in the order in which they are wanted."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from custom_components.sip_intercom.lib.sipagent import agent

FILE = Path(agent.__file__).parent / "pjsua" / "timers.py"


@pytest.fixture
def timers() -> ModuleType:
    """Return the module without its package, which needs the native library."""
    spec = spec_from_file_location("timers", FILE)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_a_timer_wants_soon_is_done_with_it(
    timers: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands are taken between two runs, and must find it done."""
    now = 0.0
    monkeypatch.setattr(timers, "monotonic", lambda: now)
    heap, done = timers.Timers(), []

    def give_up() -> None:
        nonlocal now
        done.append("given up")
        now += 0.001
        heap.soon(lambda: done.append("demoted"))
        heap.after(0.001, lambda: done.append("too early"))

    heap.soon(give_up)
    heap.run()
    assert done == ["given up", "demoted"]
