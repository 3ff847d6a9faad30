"""Entry point of scripts/lint and scripts/test."""

import sys

from bootstrap import __main__ as setup, environments
from bootstrap.steps import SetupError, fail

from .lint import lint
from .runner import Summary
from .tests import run_all, run_some


def main(arguments: list[str]) -> int:
    """Run what the script asks for; returns the exit status."""
    what, *rest = arguments
    summary = Summary()
    try:
        if what == "lint":
            environments.prepare(environments.OLDEST)
            lint(summary, fix="--fix" in rest)
        else:
            setup.prepare(setup.PARTS)
            _test(summary, rest)
    except SetupError as err:
        return fail(err)
    except KeyboardInterrupt:
        return 130
    summary.print()
    return int(summary.failed)


def _test(summary: Summary, arguments: list[str]) -> None:
    newest = "--newest" in arguments
    passed_on = [argument for argument in arguments if argument != "--newest"]
    if passed_on or newest:
        run_some(summary, passed_on, newest=newest)
        return
    lint(summary, fix=False)
    run_all(summary)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
