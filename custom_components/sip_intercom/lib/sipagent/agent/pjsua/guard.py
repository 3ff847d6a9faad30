"""Callbacks of PJSIP, wrapped: C++ would print an exception and forget it."""

from collections.abc import Callable
from functools import wraps
import logging
from typing import Concatenate

_LOGGER = logging.getLogger(__name__)


class _Failures:
    """Counts the callbacks that raised."""

    count = 0


def failures() -> int:
    """Return how many callbacks have raised since the process started."""
    return _Failures.count


def guarded[T, **P, R](
    on_failure: R,
) -> Callable[[Callable[Concatenate[T, P], R]], Callable[Concatenate[T, P], R]]:
    """Wrap a callback: an exception is logged, counted and answered with a value."""

    def decorate(
        callback: Callable[Concatenate[T, P], R],
    ) -> Callable[Concatenate[T, P], R]:
        @wraps(callback)
        def wrapper(self: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return callback(self, *args, **kwargs)
            except Exception:
                _Failures.count += 1
                _LOGGER.exception("%s failed", callback.__qualname__)
                return on_failure

        return wrapper

    return decorate
