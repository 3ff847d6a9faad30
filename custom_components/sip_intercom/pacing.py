"""Tell what changes often only now and then."""

from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


class Pace:
    """Tells at once, then at most once in an interval."""

    def __init__(
        self, hass: HomeAssistant, interval: timedelta, tell: Callable[[], None]
    ) -> None:
        """Start rested."""
        self._hass = hass
        self._interval = interval
        self._tell = tell
        self._asked = False
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_ask(self) -> None:
        """Tell now, or when the interval is over."""
        if self._cancel is None:
            self._tell_now()
        else:
            self._asked = True

    @callback
    def async_stop(self) -> None:
        """Tell nothing any more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _tell_now(self) -> None:
        """Tell, and then nothing for a while."""
        self._asked = False
        self._tell()
        job = HassJob(self._go_on, cancel_on_shutdown=True)
        self._cancel = async_call_later(self._hass, self._interval, job)

    @callback
    def _go_on(self, _now: datetime) -> None:
        """Tell what was asked for meanwhile."""
        self._cancel = None
        if self._asked:
            self._tell_now()
