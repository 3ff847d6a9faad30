"""What is in the zip, and that nothing else ever is."""

from dataclasses import replace
import hashlib
import json
from pathlib import Path
import zipfile

import pytest

from bootstrap.paths import ROOT
from custom_components.sip_intercom.lib.sipagent.client.library_index import (
    LibraryIndex,
)
from release import archive, libraries, pack
from release.errors import ReleaseError
from release.libraries import PLATFORMS

from .conftest import BUILD_ID, VERSION

COMPONENT = ROOT / "custom_components" / "sip_intercom"


@pytest.fixture
def zip_file(order: pack.Order, tmp_path: Path) -> Path:
    """Return a finished release."""
    return pack.pack(order, tmp_path / "dist")


@pytest.fixture
def unpacked(zip_file: Path, tmp_path: Path) -> Path:
    """Return where HACS has unpacked it."""
    folder = tmp_path / "custom_components" / "sip_intercom"
    with zipfile.ZipFile(zip_file) as opened:
        opened.extractall(folder)
    return folder


def names(zip_file: Path) -> list[str]:
    with zipfile.ZipFile(zip_file) as opened:
        return opened.namelist()


def test_the_zip_is_the_inside_of_the_folder(zip_file: Path) -> None:
    found = names(zip_file)

    assert {"manifest.json", "__init__.py", "brand/icon.png", "LICENSE"} <= set(found)
    assert {"lib/sipagent/agent/__main__.py", "translations/en.json"} <= set(found)
    assert found == sorted(found)
    compiled = [name for name in found if "__pycache__" in name]
    assert compiled == [
        f"lib/native/{key}-{BUILD_ID}/__pycache__/pjsua2.cpython-314.pyc"
        for key in sorted(PLATFORMS)
    ]


def test_the_client_finds_every_library(unpacked: Path) -> None:
    index = LibraryIndex.read(unpacked / "lib" / "native")

    assert index is not None
    assert set(index.folders) == set(PLATFORMS)
    for key in PLATFORMS:
        folder = index.whole(key)
        assert folder == unpacked / "lib" / "native" / f"{key}-{BUILD_ID}"
        found = {file.path.relative_to(folder) for file in index.files[key]}
        assert found == {Path(name) for name in libraries.FILES}
        assert (folder / "_pjsua2.abi3.so").read_bytes().endswith(key.encode())


def test_the_same_content_gives_the_same_bytes(
    order: pack.Order, tmp_path: Path
) -> None:
    one, other = (pack.pack(order, tmp_path / name) for name in "ab")

    assert one.read_bytes() == other.read_bytes()


def test_another_version_has_another_time(order: pack.Order, tmp_path: Path) -> None:
    """Python takes its compiled file for current if time and size are as they were."""
    later = replace(VERSION, moment=VERSION.moment + 60)
    one = pack.pack(order, tmp_path / "one")
    other = pack.pack(replace(order, version=later), tmp_path / "other")

    times = [
        {entry.date_time for entry in zipfile.ZipFile(file).infolist()}
        for file in (one, other)
    ]
    assert times == [{(2023, 11, 14, 22, 13, 20)}, {(2023, 11, 14, 22, 14, 20)}]


def test_nothing_needs_a_mode(zip_file: Path) -> None:
    """Whoever unpacks it drops the bits that make a file a program."""
    with zipfile.ZipFile(zip_file) as opened:
        modes = {entry.external_attr >> 16 for entry in opened.infolist()}
    assert modes == {0o100644}


def test_manifest(unpacked: Path) -> None:
    keys = list(manifest := json.loads((unpacked / "manifest.json").read_text()))

    assert manifest["version"] == "1.2.3"
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    own = json.loads((COMPONENT / "manifest.json").read_text())
    assert manifest == {**own, "version": "1.2.3"}


def test_checksums(zip_file: Path, unpacked: Path) -> None:
    lines = (unpacked / "SHA256SUMS").read_text().splitlines()
    sums = {
        name: digest for digest, _, name in (line.partition("  ") for line in lines)
    }

    assert set(sums) == set(names(zip_file)) - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((unpacked / name).read_bytes()).hexdigest() == digest
    digest = hashlib.sha256(zip_file.read_bytes()).hexdigest()
    beside = zip_file.with_name("sip_intercom.zip.sha256")
    assert beside.read_text() == f"{digest}  sip_intercom.zip\n"


def test_what_lies_beside(zip_file: Path, unpacked: Path) -> None:
    inside = (unpacked / "sbom.cdx.json").read_bytes()

    assert zip_file.with_name("sbom.cdx.json").read_bytes() == inside
    assert zip_file.with_name("RELEASE_NOTES.md").read_text() == "What is new\n"


@pytest.mark.parametrize("key", PLATFORMS)
def test_a_missing_library_is_no_release(order: pack.Order, key: str) -> None:
    folders = {name: path for name, path in order.folders.items() if name != key}
    with pytest.raises(ReleaseError, match=f"no library for {key}"):
        pack.content(replace(order, folders=folders))


@pytest.mark.parametrize("name", libraries.FILES)
def test_half_a_library_is_no_release(order: pack.Order, name: str) -> None:
    (order.folders[PLATFORMS[1]] / name).unlink()
    with pytest.raises(ReleaseError, match=f"{PLATFORMS[1]} is not whole"):
        pack.content(order)


def test_a_library_of_another_platform_is_no_release(order: pack.Order) -> None:
    folders = {**order.folders, PLATFORMS[0]: order.folders[PLATFORMS[3]]}
    with pytest.raises(ReleaseError, match="no folder of a library"):
        pack.content(replace(order, folders=folders))


def test_a_large_library_is_no_release(
    order: pack.Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "LARGEST", 10)
    with pytest.raises(ReleaseError, match="more than 10"):
        pack.content(order)


def test_a_large_zip_is_no_release(
    order: pack.Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST", 10_000)
    with pytest.raises(ReleaseError, match="more than 10,000"):
        pack.pack(order, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_hacs_finds_the_zip() -> None:
    hacs = json.loads((ROOT / "hacs.json").read_text())

    assert hacs["zip_release"]
    assert hacs["hide_default_branch"]
    assert hacs["filename"] == pack.ZIP
    known = {"name", "homeassistant", "zip_release", "filename", "hide_default_branch"}
    assert set(hacs) <= known
