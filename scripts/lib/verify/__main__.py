"""Entry point of scripts/verify-release."""

import argparse
from collections.abc import Sequence
import hashlib
import json
from pathlib import Path
import sys
import tempfile

from bootstrap.paths import ROOT

from . import features, home_assistant, one_platform, platforms, record, report
from .home_assistant import House
from .result import Result

DIST = ROOT / "dist"
OUTPUT = DIST / "verification.json"
KEYS = {platform.key: platform for platform in platforms.ALL}


def main() -> int:
    """Verify the zip on the platforms; returns the exit status."""
    arguments = _parse()
    if not arguments.zip.is_file():
        print(f"{arguments.zip} is not there: run scripts/release", file=sys.stderr)
        return 2
    chosen = [KEYS[key] for key in arguments.platform or KEYS]
    with tempfile.TemporaryDirectory(prefix="sip-intercom-") as name:
        folder = Path(arguments.keep or name)
        results = [
            one_platform.verify(platform, arguments.zip, folder / platform.key)
            for platform in chosen
        ]
        houses = []
        if arguments.platform is None:
            houses = home_assistant.verify(arguments.zip, folder)
    failures = _report(arguments.zip, results, houses)
    for failure in failures:
        print(f"FAILED {failure}", file=sys.stderr)
    if failures:
        return 1
    if arguments.platform is None:
        record.write(results)
        print(f"Recorded in {record.FILE.relative_to(ROOT)}: commit it.")
    return 0


def _report(
    archive: Path, results: Sequence[Result], houses: Sequence[House]
) -> list[str]:
    """Print the tables, write them as JSON and return what failed."""
    failures = [failure for result in results for failure in result.failures]
    found = features.collect(
        {one.platform.key: one.completed[0] for one in results if one.completed}
    )
    failures += features.differences(found)
    failures += [failure for house in houses for failure in house.failures]
    keys = [one.platform.key for one in results]
    print("", report.calls(results), "", report.features(found, keys), "", sep="\n")
    if houses:
        print(home_assistant.report(houses), "", sep="\n")
    not_verified = _not_verified(results, houses)
    for line in not_verified:
        print(f"Not verified: {line}")
    OUTPUT.parent.mkdir(exist_ok=True)
    story = {
        "zip": archive.name,
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "platforms": {one.platform.key: one.plain() for one in results},
        "features": found,
        "home_assistant": {house.name: house.story for house in houses},
        "failures": failures,
        "not_verified": not_verified,
    }
    OUTPUT.write_text(json.dumps(story, indent=2) + "\n")
    return failures


def _not_verified(results: Sequence[Result], houses: Sequence[House]) -> list[str]:
    lines = list(report.NOT_VERIFIED)
    lines += [
        f"Home Assistant {one.name}: {one.lacking}" for one in houses if one.lacking
    ]
    if not all(result.alone for result in results):
        lines.append("that no network is needed: this user may have no namespace")
    return lines


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/verify-release", description=__doc__)
    parser.add_argument(
        "zip",
        type=Path,
        nargs="?",
        default=DIST / "sip_intercom.zip",
        help="default: dist/sip_intercom.zip, which scripts/release makes",
    )
    parser.add_argument(
        "--platform",
        action="append",
        choices=KEYS,
        help="only this one, and nothing is recorded; may be repeated",
    )
    parser.add_argument("--keep", metavar="DIR", help="keep logs and recordings there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
