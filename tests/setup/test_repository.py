"""Rules that the repository keeps about itself."""

from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from bootstrap.paths import REQUIREMENTS, ROOT

LOCKS = sorted(REQUIREMENTS.glob("*.txt"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")


def load(workflow: Path) -> dict[str, Any]:
    return yaml.safe_load(workflow.read_text())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locked_requirements_have_hashes_and_name_no_host(lock: Path) -> None:
    text = lock.read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())

    assert "://" not in text
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)


def test_there_is_one_integration() -> None:
    """Whoever validates integrations looks for manifests everywhere."""
    folders = ("custom_components", "docs", "native", "scripts", "tests")
    found = [path for name in folders for path in (ROOT / name).rglob("manifest.json")]

    assert found == [ROOT / "custom_components/sip_intercom/manifest.json"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_grant_nothing_at_the_top(workflow: Path) -> None:
    assert load(workflow)["permissions"] == {}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_only_a_tag_lets_a_job_write(workflow: Path) -> None:
    for job in load(workflow)["jobs"].values():
        if "write" in job["permissions"].values():
            assert job["if"] == "github.ref_type == 'tag'"
            assert not any("checkout" in step.get("uses", "") for step in job["steps"])


def test_what_is_verified_again() -> None:
    """The list, the gate and the patches all lie in native/."""
    on = load(ROOT / ".github/workflows/release.yml")[True]

    assert on["push"] == {"tags": ["v*"]}
    assert "native/**" in on["pull_request"]["paths"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    steps = [step for job in load(workflow)["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]

    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").glob("[a-z]*")), ids=str)
def test_scripts_are_short(script: Path) -> None:
    if script.is_file():
        assert len(script.read_text().splitlines()) <= 30
        assert script.stat().st_mode & 0o111
