"""The tests: everything on the oldest release, the outer layers on the newest too."""

from collections.abc import Sequence

from bootstrap.environments import NEWEST, OLDEST

from .runner import OLDEST_BIN, Summary

COMPONENT = "custom_components/sip_intercom"
CONFIG_FLOW = f"{COMPONENT}/config_flow.py,{COMPONENT}/flows/*"
ON_NEWEST = (
    "tests/integration",
    "tests/e2e/test_ring.py",
    "tests/e2e/test_accounts.py",
    "tests/e2e/test_develop.py",
    "tests/e2e/test_dialog.py",
)
# Must be imported before any other plugin of pytest.
NEWEST_PLUGIN = "tests.newest_home_assistant"


def run_all(summary: Summary) -> None:
    """Run the default tests on both releases and check the coverage."""
    summary.run(f"pytest, {OLDEST.name}", [*_pytest_oldest(), "--cov", "--cov-report="])
    coverage = [str(OLDEST_BIN / "coverage"), "report"]
    summary.run(
        "coverage of the Home Assistant side, at least 95 %",
        [*coverage, f"--omit={COMPONENT}/lib/*", "--fail-under=95"],
    )
    summary.run(
        "coverage of the config flow, 100 %",
        [*coverage, f"--include={CONFIG_FLOW}", "--fail-under=100"],
    )
    summary.run(f"pytest, {NEWEST.name}", [*_pytest_newest(), *ON_NEWEST])


def run_some(summary: Summary, arguments: Sequence[str], *, newest: bool) -> None:
    """Run pytest alone with the caller's arguments."""
    command = _pytest_newest() if newest else _pytest_oldest()
    name = NEWEST.name if newest else OLDEST.name
    summary.run(f"pytest, {name}", [*command, *arguments])


def _pytest_oldest() -> list[str]:
    return [str(OLDEST.python), "-m", "pytest"]


def _pytest_newest() -> list[str]:
    return [str(NEWEST.python), "-m", "pytest", "-p", NEWEST_PLUGIN]
