"""Libraries that are none, and what is needed to pack them."""

from dataclasses import replace
import hashlib
import io
from pathlib import Path
import tarfile

import pytest

from bootstrap.paths import ROOT
from native.builder.sources import Source, pinned
from release.libraries import FILES, PLATFORMS
from release.pack import Order
from release.parts import Part, of_source, of_tool
from release.terms import SOURCES, TOOLS
from release.version import Version

BUILD_ID = "0123456789ab"
VERSION = Version(name="1.2.3", notes="What is new", moment=1_700_000_000)


def library(folder: Path, key: str) -> Path:
    """Put a library that is none into a folder as the build names it."""
    library = folder / f"{key}-{BUILD_ID}"
    library.mkdir(parents=True)
    for name in FILES:
        (library / name).parent.mkdir(exist_ok=True)
        (library / name).write_bytes(
            f"\x00\x00\x00\x00\x01\x00\x00\x00{name} of {key}".encode()
        )
    (library / "__pycache__" / "pjsua2.cpython-314.opt-2.pyc").touch()
    return library


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Return one library for each platform."""
    return {key: library(tmp_path / "built", key) for key in PLATFORMS}


@pytest.fixture
def order(folders: dict[str, Path], parts: list[Part]) -> Order:
    """Return what packs a release."""
    return Order(
        root=ROOT,
        version=VERSION,
        folders=folders,
        parts=parts,
    )


@pytest.fixture
def parts(tmp_path: Path) -> list[Part]:
    """Return what is linked in, with texts that are made up."""
    folder = tmp_path / "parts"
    folder.mkdir()
    found = [of_source(*archived(source, folder)) for source in pinned()]
    for package, tools in TOOLS.items():
        for terms in tools.values():
            for name in (*terms.files, *terms.notices):
                file = folder / name.format("4.5.1")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"/* Terms of {name} */\n")
        found += of_tool(package, folder)
    return found


def archived(source: Source, folder: Path) -> tuple[Source, Path]:
    """Return a source with an archive that holds its licences."""
    terms = SOURCES[source.name]
    path = folder / f"{source.name}.tar"
    with tarfile.open(path, "w") as tar:
        for name in (*terms.files, *terms.notices):
            text = f"/* Terms of {source.name}, {name} */\nint code;\n".encode()
            member = tarfile.TarInfo(f"{source.name}-1/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(source, sha256=digest), path.rename(folder / digest)
