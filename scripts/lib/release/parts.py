"""What of others is linked into a library: pinned sources, and what the tools add."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
import re
import tarfile

from native.builder.pjproject import patches
from native.builder.sources import Source, matched
from native.builder.tools import REQUIREMENTS

from .errors import ReleaseError
from .terms import SOURCES, TOOLS, Text

PIN = r"^{}==(\S+)((?:\s*\\\s*--hash=sha256:[0-9a-f]{{64}})+)"
_PATCHES = tuple(f"native/patches/{patch.name}" for patch in patches())


@dataclass(frozen=True, kw_only=True)
class Part:
    """One piece of software; its archive has one checksum for each kind of machine."""

    name: str
    version: str
    licence: str
    what: str
    archive: str
    sha256: tuple[str, ...]
    purl: str
    texts: tuple[Text, ...]
    patches: tuple[str, ...] = ()


def of_source(source: Source, archive: Path) -> Part:
    """Return a pinned source as a part, its texts from its archive; ReleaseError."""
    if (terms := SOURCES.get(source.name)) is None:
        raise ReleaseError(
            f"native/sources.json has {source.name}: say in scripts/lib/release/terms.py "
            "which of its files hold the licence, and of which kind it is."
        )
    pin = matched(source, archive)
    return Part(
        name=source.name,
        version=source.version,
        licence=terms.licence,
        what=terms.what,
        archive=source.file if pin == "sha256" else source.upstream,
        sha256=(source.checksums()[pin],),
        purl=terms.purl.format(source.version),
        texts=terms.texts(source.version, partial(_from_archive, archive)),
        patches=_PATCHES if source.name == "pjproject" else (),
    )


def of_tool(package: str, folder: Path) -> list[Part]:
    """Return what a pinned tool puts into a library; ReleaseError."""
    pin = re.search(PIN.format(package), REQUIREMENTS.read_text(), re.MULTILINE)
    if pin is None:
        raise ReleaseError(f"{REQUIREMENTS} does not pin {package}.")
    version = pin[1]
    return [
        Part(
            name=name,
            version=version,
            licence=terms.licence,
            what=terms.what,
            archive=f"{package} {version} of PyPI",
            sha256=tuple(re.findall(r"[0-9a-f]{64}", pin[2])),
            purl=terms.purl.format(version),
            texts=terms.texts(version, partial(_from_folder, folder)),
        )
        for name, terms in TOOLS[package].items()
    ]


def _from_archive(archive: Path, name: str) -> str:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.partition("/")[2] == name and (
                file := tar.extractfile(member)
            ):
                return file.read().decode(errors="replace")
    raise ReleaseError(f"{archive} has no {name}, which holds a licence.")


def _from_folder(folder: Path, name: str) -> str:
    if not (folder / name).is_file():
        raise ReleaseError(f"{folder} has no {name}, which holds a licence.")
    return (folder / name).read_text(errors="replace")
