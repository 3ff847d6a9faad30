"""Which libraries have been verified: native/verified.json, which is committed."""

from collections.abc import Sequence
import datetime as dt
import json

from native.builder.paths import NATIVE

from .result import Result

FILE = NATIVE / "verified.json"


def write(results: Sequence[Result]) -> None:
    """Write what a test compares with the inputs of the native library."""
    verified = {
        result.platform.target.zig: {
            "build_id": result.completed[0]["build"]["build_id"],
            "sha256": result.sha256,
            "python": result.completed[0]["found"]["python"],
            "how": result.platform.how,
        }
        for result in results
    }
    today = dt.datetime.now(dt.UTC).date().isoformat()
    FILE.write_text(json.dumps({"date": today, "libraries": verified}, indent=2) + "\n")
