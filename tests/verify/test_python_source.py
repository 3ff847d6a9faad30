"""The source of the musl Python: Debian's, else one that is known by its checksum."""

import hashlib
from pathlib import Path

import pytest

from bootstrap.steps import SetupError
from verify import python_source

CONTENT = b"the source"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, with an archive that has no source of its index."""

    def fail(*_: object) -> Path:
        raise SetupError("404")

    monkeypatch.setattr(python_source.debian_source, "fetch", fail)
    monkeypatch.setattr(python_source, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    (tmp_path / "good").write_bytes(CONTENT)
    (tmp_path / "bad").write_bytes(b"another source")
    target = tmp_path / "target"
    target.mkdir()
    return target


def _offer(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    addresses = [(folder.parent / name).as_uri() for name in names]
    monkeypatch.setattr(python_source, "_addresses", lambda: iter(addresses))


def test_the_pinned_source_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(folder, monkeypatch, "missing", "bad", "good")
    assert python_source.fetch(folder).read_bytes() == CONTENT


def test_no_other_source_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(folder, monkeypatch, "missing", "bad")
    with pytest.raises(SetupError) as caught:
        python_source.fetch(folder)
    reasons = str(caught.value).splitlines()
    assert reasons[0] == "404"
    assert "missing" in reasons[1]
    assert reasons[2].endswith("bad: not the pinned checksum")
