"""Things to do later in the agent's thread."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
import logging
from time import monotonic

_LOGGER = logging.getLogger(__name__)


class Timer:
    """Something to do at a time, unless cancelled."""

    __slots__ = ("action", "due")

    def __init__(self, due: float, action: Callable[[], None]) -> None:
        """Do the action once the monotonic clock shows `due`."""
        self.due = due
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Do nothing any more."""
        self.action = None


class Timers:
    """A heap of timers, run between two polls."""

    def __init__(self) -> None:
        """Start without timers."""
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do the action after this time."""
        timer = Timer(monotonic() + seconds, action)
        heappush(self._heap, (timer.due, next(self._order), timer))
        return timer

    @staticmethod
    def now() -> float:
        """Return the time that timers go by, in seconds."""
        return monotonic()

    def soon(self, action: Callable[[], None]) -> Timer:
        """Do the action before the next poll, outside any callback of PJSIP."""
        return self.after(0, action)

    def clear(self) -> None:
        """Forget all timers, and what they hold on to."""
        self._heap.clear()

    def run(self) -> None:
        """Do what is due, also what that wants soon; a failure is only logged."""
        while self._heap and self._heap[0][0] <= monotonic():
            timer = heappop(self._heap)[2]
            action, timer.action = timer.action, None
            if action is None:
                continue
            try:
                action()
            except Exception:
                _LOGGER.exception("A timer failed")

    def wait(self, seconds: float) -> float:
        """Return the time until the next timer, at most this."""
        while self._heap and self._heap[0][2].action is None:
            heappop(self._heap)
        if not self._heap:
            return seconds
        return min(seconds, max(0.0, self._heap[0][0] - monotonic()))
