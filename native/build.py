#!/usr/bin/env python3
"""Builds the native library; each line of the output is the folder of one platform."""

import argparse
from pathlib import Path
import sys
import time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from native.builder.recipe import VARIANTS, Order, build
from native.builder.run import BuildError, say
from native.builder.target import TARGETS, this_machine

ALL = "all"


def _orders() -> list[Order]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, default="release")
    parser.add_argument("--target", choices=[*TARGETS, ALL], default=this_machine())
    parser.add_argument(
        "--sources", type=Path, metavar="FOLDER", help="source archives, see README.md"
    )
    parser.add_argument(
        "--python", type=Path, help="whose headers to use, and for whom to compile"
    )
    arguments = parser.parse_args()
    targets = TARGETS if arguments.target == ALL else [arguments.target]
    return [
        Order(
            target=TARGETS[target],
            variant=arguments.variant,
            sources=arguments.sources,
            python=arguments.python,
        )
        for target in targets
    ]


def main() -> int:
    """Build what the command line asks for."""
    begin = time.monotonic()
    try:
        folders = [build(order) for order in _orders()]
    except BuildError as error:
        say(str(error))
        return 1
    if (took := time.monotonic() - begin) > 1:
        say(f"built in {took:.0f} s")
    sys.stdout.writelines(f"{folder}\n" for folder in folders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
