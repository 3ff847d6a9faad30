#!/usr/bin/env python3
"""Says whether Debian's archive has newer sources than those that are pinned."""

import argparse
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from native.builder import newer, sources
from native.builder.run import BuildError, say


def main() -> int:
    """Ask about every source, and pin what is newer if the command line says so."""
    names = [pin.name for pin in sources.pinned()]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--take",
        choices=names,
        nargs="*",
        help="pin what is newer, all or these, if our patches apply",
    )
    taken = parser.parse_args().take
    try:
        answers = [newer.ask(pin) for pin in sources.pinned()]
    except BuildError as error:
        say(str(error))
        return 1
    sys.stdout.writelines(f"{answer.line}\n" for answer in answers)
    if taken is None:
        return 0
    return _take([one for one in answers if one.name in (taken or names)])


def _take(answers: list[newer.Answer]) -> int:
    if not all(answer.fits for answer in answers):
        say("nothing is pinned: native/README.md says how to take a new PJSIP")
        return 1
    found = [answer.newer for answer in answers if answer.newer]
    newer.take([newer.with_upstream(one) for one in found])
    sys.stdout.write(f"pinned anew: {', '.join(one.name for one in found) or 'none'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
