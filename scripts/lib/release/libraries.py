"""The native libraries: built, staged by platform, and named by an index."""

from collections.abc import Mapping
from pathlib import Path
import subprocess
import sys
import tempfile

from native.install import INDEX, described, written

from .errors import ReleaseError

PLATFORMS = (
    "x86_64-linux-gnu",
    "x86_64-linux-musl",
    "aarch64-linux-gnu",
    "aarch64-linux-musl",
)
MODULE = "_pjsua2.abi3.so"
BINDING = "pjsua2.py"
FOLDER = "lib/native"
LARGEST = 10_000_000  # bytes
# Names no folder of this machine, and is never looked at again.
COMPILE = """\
import py_compile, sys
py_compile.compile(sys.argv[1], sys.argv[2], dfile="pjsua2.py", doraise=True,
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
print(sys.implementation.cache_tag)
"""


def build(root: Path, python: Path) -> dict[str, Path]:
    """Return the folder of every platform's library; what is built stays built."""
    done = subprocess.run(
        [
            *(sys.executable, root / "native" / "build.py"),
            *("--target", "all", "--python", python),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(
            "A native library could not be built; the lines above say why."
        )
    folders = [Path(line) for line in done.stdout.splitlines()]
    return {
        key: folder
        for folder in folders
        for key in PLATFORMS
        if folder.name.startswith(f"{key}-")
    }


def files(
    folders: Mapping[str, Path], python: Path, platforms: tuple[str, ...] = PLATFORMS
) -> dict[str, bytes]:
    """Return the libraries and their index by their paths in the zip.

    Raises ReleaseError if one is missing or too large. Only tests want other
    platforms than those of a release.
    """
    found: dict[str, bytes] = {}
    index: dict[str, object] = {}
    for key in platforms:
        folder = folders.get(key)
        if folder is None:
            raise ReleaseError(f"There is no library for {key}.")
        contents = _contents(folder, key, python)
        index[key] = described(key, folder.name, contents)
        found |= {
            f"{FOLDER}/{folder.name}/{name}": content
            for name, content in contents.items()
        }
    found[f"{FOLDER}/{INDEX}"] = written(index)
    return found


def _contents(folder: Path, key: str, python: Path) -> dict[str, bytes]:
    if not folder.name.startswith(f"{key}-"):
        raise ReleaseError(f"{folder} is no folder of a library for {key}.")
    try:
        module = (folder / MODULE).read_bytes()
        binding = (folder / BINDING).read_bytes()
    except OSError as err:
        raise ReleaseError(f"The library for {key} is not whole: {err}") from err
    if len(module) > LARGEST:
        raise ReleaseError(
            f"The library for {key} has {len(module):,} bytes, more than {LARGEST:,}."
        )
    name, compiled = compile_binding(binding, python)
    return {MODULE: module, BINDING: binding, f"__pycache__/{name}": compiled}


def compile_binding(binding: bytes, python: Path) -> tuple[str, bytes]:
    """Return the compiled binding and the name of its file."""
    with tempfile.TemporaryDirectory(prefix="sip-intercom-") as name:
        source, compiled = Path(name) / BINDING, Path(name) / "compiled"
        source.write_bytes(binding)
        done = subprocess.run(
            [python, "-I", "-c", COMPILE, source, compiled],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ReleaseError(f"{python} cannot compile {BINDING}:\n{done.stderr}")
        return f"pjsua2.{done.stdout.strip()}.pyc", compiled.read_bytes()
