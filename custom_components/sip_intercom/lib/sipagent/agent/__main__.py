"""Runs the agent: `python -m sipagent.agent`, driven over its pipes."""

import gc
import os
import resource
import signal
import sys
from typing import Final

OPEN_FILES: Final = 4096
"""Strangers may hold 1024 connections; each call needs sockets beside them."""

LAST_SECONDS: Final = 10
"""So long may the end take after the input has ended."""


def allow_open_files() -> None:
    """Let this process open more files than the shell that started it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def claim_stdout() -> int:
    """Keep stdout for the protocol alone; what C prints goes to stderr."""
    output = os.dup(1)
    os.dup2(2, 1)
    return output


def end_surely() -> None:
    """Have the system end us soon: SIP may be stuck in C, and nobody watches us now."""
    signal.alarm(LAST_SECONDS)


def main() -> int:
    """Run until the input ends."""
    gc.disable()  # what the imports make stays: looking for garbage finds none
    output = claim_stdout()
    allow_open_files()
    from . import logs  # noqa: PLC0415
    from .loop import Agent  # noqa: PLC0415

    logs.start()
    from .pjsua import PjsuaPhone  # noqa: PLC0415 - it may print

    agent = Agent(
        PjsuaPhone(),
        input_descriptor=0,
        output_descriptor=output,
        protect=logs.protect,
    )
    agent.at_end(end_surely)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: agent.stop())
    gc.freeze()
    return agent.run()


if __name__ == "__main__":
    sys.exit(main())
