"""Runs the agent's main module on a fake phone."""

import logging
import os
from pathlib import Path
import runpy
import sys
import time
from types import ModuleType
from typing import override

ROOT = Path(__file__).parents[2]
COMPONENT = "custom_components.sip_intercom"
AGENT = f"{COMPONENT}.lib.sipagent.agent"

# Stands for the component, which would import all of Home Assistant.
component = ModuleType(COMPONENT)
component.__path__ = [str(ROOT / "custom_components" / "sip_intercom")]
sys.modules[COMPONENT] = component
sys.path.insert(0, str(ROOT))

from tests.agent.fake_phone import FakePhone  # noqa: E402


class TalkativePhone(FakePhone):
    """Prints like C code."""

    @override
    def start(self, username: str, listener: object) -> None:
        super().start(username, listener)  # type: ignore[arg-type]
        os.write(1, b"printed by C\n")
        logging.getLogger("pjsip").info("started")


class StuckPhone(FakePhone):
    """Never returns, as C code may."""

    @override
    def poll(self, seconds: float) -> None:
        os.write(2, b"stuck\n")
        time.sleep(60)


module = ModuleType(f"{AGENT}.pjsua")
phone = StuckPhone if "stuck" in sys.argv else TalkativePhone
module.PjsuaPhone = phone  # type: ignore[attr-defined]
sys.modules[module.__name__] = module
runpy.run_module(AGENT, run_name="__main__", alter_sys=True)
