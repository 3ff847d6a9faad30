"""Runs inside the Home Assistant that is measured: clocks events, burns time.

The monotonic clock is the machine's, so that its times fit the caller's.
"""

import json
from pathlib import Path
from threading import Event as Flag, Thread
import time
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    ServiceCall,
    callback,
)
from homeassistant.helpers.typing import ConfigType

DOMAIN = "bench_probe"


async def async_setup(hass: HomeAssistant, _: ConfigType) -> bool:
    """Write a line for every event entity's event; offer the action `burn`."""
    path = Path(hass.config.path("events.jsonl"))
    output = await hass.async_add_executor_job(path.open, "w", 1)
    burners: list[Flag] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        now = time.monotonic_ns()
        state = event.data["new_state"]
        if state is None or state.attributes.get("event_type") != "ring":
            return
        line = {"ns": now, "caller": state.attributes.get("caller")}
        output.write(json.dumps(line) + "\n")

    async def burn(call: ServiceCall) -> None:
        for stop in burners:
            stop.set()
        burners.clear()
        for _ in range(call.data["threads"]):
            burners.append(Flag())
            Thread(target=_burn, args=(burners[-1],), daemon=True).start()

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    hass.services.async_register(DOMAIN, "burn", burn)
    return True


def _burn(stop: Flag) -> None:
    """Hold the interpreter as pure Python code does."""
    number: Any = 0
    while not stop.is_set():
        for _ in range(1000):
            number = (number * 31 + 7) % 1000003
