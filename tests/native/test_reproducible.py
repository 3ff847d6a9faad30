"""The same inputs give the same bytes, wherever and whenever they are built."""

from collections.abc import Iterator
import hashlib
import marshal
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
from types import CodeType

import pytest

from native.builder import paths, recipe
from native.builder.target import TARGETS, this_machine

BUILD = Path("native", "build.py")
# The other machine, the other C library.
FAR = next(name for name in reversed(TARGETS) if name != this_machine())


def test_no_word_of_this_machine(release: Path) -> None:
    """Neither a folder of this machine nor its user shows in what is released."""
    words = [
        paths.cache(),
        paths.NATIVE.parent,
        f"{tempfile.gettempdir()}/",
        f"{Path.home()}/",
        "sip-intercom-",
        "/.venvs/",
    ]
    for file in release.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert [word for word in words if str(word).encode() in content] == [], file


def test_compiled_binding_names_no_folder(release: Path) -> None:
    """The import knows where the module lies, so nothing else has to."""
    (compiled,) = (release / "__pycache__").iterdir()
    code = marshal.loads(compiled.read_bytes()[16:])
    assert {one.co_filename for one in every(code)} == {"pjsua2.py"}


def every(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and all within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from every(constant)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a clone in another folder, with an own cache that has the sources."""
    clone = tmp_path / "another clone"
    shutil.copytree(recipe.NATIVE, clone / "native")
    kept = tmp_path / "cache" / "sip-intercom" / "native" / "sources"
    shutil.copytree(paths.cache() / "sources", kept)
    return clone


def build(clone: Path, target: str, **environment: str) -> Path:
    """Return the folder that a build in the clone has made."""
    done = subprocess.run(
        [sys.executable, BUILD, "--target", target, "--python", sys.executable],
        cwd=clone,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(done.stdout.splitlines()[-1])


def checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of every file."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("target", [this_machine(), FAR])
def test_same_bytes_elsewhere(elsewhere: Path, target: str, tmp_path: Path) -> None:
    """Nothing is shared with the first build but the sources, and the day is another."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    first = build(recipe.NATIVE.parent, target)
    second = build(
        elsewhere,
        target,
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        TMPDIR=str(temporary),
        CFLAGS="-O3",
        CPATH="/nowhere",
        LC_ALL="C.UTF-8",
        TZ="Asia/Tokyo",
    )
    assert first.name == second.name
    assert first.parent != second.parent
    assert checksums(first) == checksums(second)
