"""The agent with other limits, which tells what its SIP stack holds.

Arguments: the folder of the native library, then NAME=SECONDS of limits.
"""

# mypy: disable-error-code="import-not-found"
# The child has the package on its path, the type checker has not.

import logging
import sys
from typing import Any

library, *limits = sys.argv[1:]
sys.path.insert(0, library)

from sipagent.agent import __main__, deadlines, pjsua  # noqa: E402


class WatchedPhone(pjsua.PjsuaPhone):  # type: ignore[misc]
    """Logs how many legs it holds, and whether its media clock turns."""

    def poll(self, seconds: float) -> None:
        super().poll(seconds)
        held = (len(self._legs), self._clock.running)
        if held != self.__dict__.setdefault("told", (0, False)):
            self.told: Any = held
            logging.getLogger("held").info("legs %d, clock %s", *held)


for limit in limits:
    name, _, value = limit.partition("=")
    assert hasattr(deadlines, name), name
    setattr(deadlines, name, float(value))
pjsua.PjsuaPhone = WatchedPhone
sys.exit(__main__.main())
