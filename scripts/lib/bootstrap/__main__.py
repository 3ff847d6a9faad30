"""Prepare this clone; a second run finds everything done."""

import argparse
import sys
import time

from . import environments, native_library, system_packages
from .steps import SetupError, fail

PARTS = ("environments", "native", "programs")


def main() -> int:
    """Run the parts asked for; returns the exit status."""
    try:
        part = _parse().part
        prepare((part,) if part else PARTS)
    except SetupError as err:
        return fail(err)
    except KeyboardInterrupt:
        print("\nInterrupted; start again to go on.", file=sys.stderr)
        return 130
    return 0


def prepare(parts: tuple[str, ...]) -> None:
    """Prepare the parts, one visible line per step that has work to do.

    Raises SetupError with what failed and what to do.
    """
    started = time.monotonic()
    print("Setting up", flush=True)
    if missing := _prepare(parts):
        print(
            f"  not here: {', '.join(missing)} (Debian's names). Install them with your "
            "distribution's package manager; tests that need them are skipped."
        )
    print(f"Set up in {time.monotonic() - started:.1f} s", flush=True)


def _prepare(parts: tuple[str, ...]) -> list[str]:
    missing: list[str] = []
    if "programs" in parts:
        missing = system_packages.prepare(system_packages.BUILD, system_packages.PEERS)
    if "environments" in parts:
        for environment in environments.ALL:
            environments.prepare(environment)
    if "native" in parts:
        native_library.prepare()
    return missing


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/setup", description=__doc__)
    parser.add_argument(
        "part", nargs="?", choices=PARTS, help="only this part (default: all)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
