"""How long the client waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Every delay and limit of the client; times in seconds.

    After a death less than `early_death` after the agent was healthy, the
    restart waits: not the first time, then `backoff_first`, doubled up to
    `backoff_max`. `deaths_alarm` deaths within `deaths_window` mean that the
    agent keeps dying.
    """

    hello: float = 10.0
    request: float = 10.0
    trial: float = 20.0
    health: float = 6.0
    tones: float = 40.0
    opening: float = 600.0
    transfer: float = 90.0
    recording: float = 5 * 3600.0
    resolve: float = 4.0
    drain: float = 5.0
    heartbeat: float = 5.0
    late_timer: float = 1.0
    pipes: float = 1.0
    stop: float = 3.0
    terminate: float = 1.0
    early_death: float = 10.0
    backoff_first: float = 1.0
    backoff_max: float = 60.0
    deaths_window: float = 600.0
    deaths_alarm: int = 5
