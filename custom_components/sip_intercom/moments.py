"""Moments: what happens in calls, handed to those whom it concerns."""

from collections import deque
from collections.abc import Callable, Iterable

from homeassistant.core import CALLBACK_TYPE, callback

from .data import Listeners, Moment


class Moments:
    """Hands moments on, and keeps them while nobody could hear them."""

    def __init__(
        self, owners: Callable[[Moment], Iterable[str]], heard: Callable[[], bool]
    ) -> None:
        """Ask whose a moment is, and whether anybody hears of it yet."""
        self._owners = owners
        self._heard = heard
        self._listeners = Listeners[Moment]()
        self._waiting: deque[Moment] = deque()

    @callback
    def async_add(
        self, owner: str, listener: Callable[[Moment], None]
    ) -> CALLBACK_TYPE:
        """Add a listener and return what removes it."""
        return self._listeners.async_add(owner, listener)

    @callback
    def async_hand_on(self, moment: Moment) -> None:
        """Give a moment to its listeners, or keep it until there are some."""
        if not self._heard():
            self._waiting.append(moment)
            return
        for owner in self._owners(moment):
            self._listeners.async_call(owner, moment)

    @callback
    def async_release(self) -> None:
        """Hand on the moments that waited."""
        waiting, self._waiting = self._waiting, deque()
        for moment in waiting:
            self.async_hand_on(moment)
