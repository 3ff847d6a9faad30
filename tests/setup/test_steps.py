"""Results of slow steps are built once, in full or not at all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bootstrap import steps


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "sip-intercom"


def writes(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "result").write_text(text) and None


def test_second_build_finds_the_first(cache: Path) -> None:
    steps.build_once(cache / "thing", writes("first"), title="thing")
    steps.build_once(cache / "thing", writes("second"), title="thing")

    assert (cache / "thing" / "result").read_text() == "first"


def test_failed_build_leaves_nothing_behind(cache: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "half").touch()
        raise steps.SetupError("no")

    with pytest.raises(steps.SetupError):
        steps.build_once(cache / "thing", fails, title="thing")

    assert [path.name for path in cache.iterdir()] == [".thing.lock"]


def test_leftovers_of_a_killed_build_are_replaced(cache: Path) -> None:
    half = cache / ".thing.abc.partial"
    half.mkdir(parents=True)
    unfinished = cache / "thing"
    unfinished.mkdir()
    (unfinished / "half").touch()

    steps.build_once(unfinished, writes("whole"), title="thing")

    assert not half.exists()
    assert sorted(path.name for path in unfinished.iterdir()) == [".ready", "result"]


def test_builds_at_once_build_once(cache: Path) -> None:
    built: list[Path] = []

    def build() -> Path:
        return steps.build_once(cache / "thing", built.append, title="thing")

    with ThreadPoolExecutor(4) as pool:
        results = [future.result() for future in [pool.submit(build) for _ in range(4)]]

    assert results == [cache / "thing"] * 4
    assert len(built) == 1


def test_failing_command_shows_its_output_and_the_advice() -> None:
    with pytest.raises(steps.SetupError) as caught:
        steps.run(["sh", "-c", "echo broken >&2; exit 3"], advice="Mend it.")

    assert str(caught.value).splitlines()[1:] == ["broken", "Mend it."]
    assert "ended with 3" in str(caught.value)


def test_missing_command_says_so() -> None:
    with pytest.raises(steps.SetupError, match=r"no-such-program cannot be started"):
        steps.run(["no-such-program"], advice="Install it.")
