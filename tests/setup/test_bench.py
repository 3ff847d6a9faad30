"""The bench measures what it says, if only a little of it here."""

import json
import os
from pathlib import Path
import subprocess
import sys

import pytest

from bootstrap.paths import ROOT

SECTIONS = {
    "Home Assistant",
    "Rings of SIPp, by its own clock",
    "0 busy Python threads",
    "4 busy Python threads",
    "400 INVITE+CANCEL per second of a stranger",
    "Processor time of a call",
}


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_everything_is_measured(tmp_path: Path) -> None:
    """No ring is lost, and each part has its numbers."""
    results = tmp_path / "results.json"
    subprocess.run(
        [
            *(sys.executable, "-m", "bench", "--calls", "20", "--idle", "2"),
            *("--output", results),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts" / "lib")},
        cwd=ROOT,
        check=True,
    )
    numbers = json.loads(results.read_text())["numbers"]
    assert {number["section"] for number in numbers} >= SECTIONS
    lost = [number["value"] for number in numbers if number["name"] == "rings lost"]
    assert lost
    assert not any(lost)
