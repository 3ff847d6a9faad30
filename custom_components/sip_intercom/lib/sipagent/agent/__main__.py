"""Runs the agent: `python -m sipagent.agent`, driven over its pipes."""

import gc
import os
import signal
import sys

from . import logs
from .loop import Agent


def claim_stdout() -> int:
    """Keep stdout for the protocol alone; what C prints goes to stderr."""
    output = os.dup(1)
    os.dup2(2, 1)
    return output


def main() -> int:
    """Run until the input ends."""
    output = claim_stdout()
    logs.start()
    from .pjsua import PjsuaPhone  # noqa: PLC0415 - it may print

    agent = Agent(
        PjsuaPhone(),
        input_descriptor=0,
        output_descriptor=output,
        protect=logs.protect,
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: agent.stop())
    gc.disable()
    gc.freeze()
    return agent.run()


if __name__ == "__main__":
    sys.exit(main())
