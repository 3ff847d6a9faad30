#!/usr/bin/env python3
"""Builds the native library; the last line of the output is its folder."""

import argparse
from pathlib import Path
import sys
import time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from native.builder.recipe import VARIANTS, Order, build
from native.builder.run import BuildError, say
from native.builder.target import TARGETS, this_machine


def _order() -> Order:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, default="release")
    parser.add_argument("--target", choices=sorted(TARGETS), default=this_machine())
    parser.add_argument(
        "--sources", type=Path, metavar="FOLDER", help="source archives, see README.md"
    )
    parser.add_argument(
        "--python", type=Path, help="whose headers to use, and for whom to compile"
    )
    arguments = parser.parse_args()
    return Order(
        target=TARGETS[arguments.target],
        variant=arguments.variant,
        sources=arguments.sources,
        python=arguments.python,
    )


def main() -> int:
    """Build what the command line asks for."""
    begin = time.monotonic()
    try:
        folder = build(_order())
    except BuildError as error:
        say(str(error))
        return 1
    if (took := time.monotonic() - begin) > 1:
        say(f"built in {took:.0f} s")
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
