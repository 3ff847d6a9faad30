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
from native.install import check, install

ALL = "all"
NO_RECIPE = """\
There is no recipe for {target} yet. The libraries are made for: {known}.
native/README.md says how to add a platform: describe it in native/builder/target.py, and
try python3 native/build.py --target {target}"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, default="release")
    parser.add_argument(
        "--target",
        metavar="TARGET",
        default=this_machine(),
        help=f"{', '.join([*TARGETS, ALL])}; default: this machine",
    )
    parser.add_argument(
        "--sources", type=Path, metavar="FOLDER", help="source archives, see README.md"
    )
    parser.add_argument(
        "--python", type=Path, help="the Python 3.14 that compiles the binding"
    )
    parser.add_argument(
        "--install",
        type=Path,
        metavar="FOLDER",
        help="put the library into the integration that is installed in this folder, "
        "e.g. /config/custom_components/sip_intercom",
    )
    return parser.parse_args()


def _orders(arguments: argparse.Namespace) -> list[Order]:
    targets = list(TARGETS) if arguments.target == ALL else [arguments.target]
    if targets[0] not in TARGETS:
        raise BuildError(NO_RECIPE.format(target=targets[0], known=", ".join(TARGETS)))
    return [
        Order(
            target=TARGETS[target],
            variant=arguments.variant,
            sources=arguments.sources,
            python=arguments.python,
        )
        for target in targets
    ]


def _build(arguments: argparse.Namespace) -> list[Path]:
    orders = _orders(arguments)
    if arguments.install:
        check(arguments.install)
    folders = build(orders)
    if not arguments.install:
        return folders
    return [
        install(order, folder, arguments.install)
        for order, folder in zip(orders, folders, strict=True)
    ]


def main() -> int:
    """Build what the command line asks for."""
    begin = time.monotonic()
    try:
        folders = _build(_arguments())
    except BuildError as error:
        say(str(error))
        return 1
    if (took := time.monotonic() - begin) > 1:
        say(f"built in {took:.0f} s")
    sys.stdout.writelines(f"{folder}\n" for folder in folders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
