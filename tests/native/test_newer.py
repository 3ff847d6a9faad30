"""Newer sources in Debian's archive: found, tried, taken only when asked."""

from collections.abc import Callable
from dataclasses import replace
import hashlib
import io
import json
from pathlib import Path
import shutil
import tarfile

import pytest

from native.builder import index, newer, paths, pjproject, sources
from native.builder.index import Package
from native.builder.run import BuildError
from native.builder.sources import Source

PATCH = """\
--- a/file
+++ b/file
@@ -1 +1 @@
-old
+new
"""
PJSIP = "asterisk_23.0+dfsg+~cs6.18.1.orig-Xpjproject.tar.xz"


class MadeUp:
    """An archive with one index, and a folder with its files."""

    def __init__(self, text: str, folder: Path) -> None:
        self._text = text
        self._folder = folder

    def packages(self, name: str, *, newest: bool) -> list[Package]:
        """Return the packages of the index, which must be a new one."""
        assert newest
        return [one for one in index.parse(self._text) if f"/{name}" in one.folder]

    def fetch(self, package: Package, file: str, to: Path) -> None:
        """Copy a file of the package."""
        shutil.copyfile(self._folder / file, to)


def paragraph(package: str, version: str, **files: str) -> str:
    """Return what apt shows of a source package, files by their checksum."""
    sums = "".join(
        f" {one} 123 {name.replace('__', '-')}\n" for one, name in files.items()
    )
    return (
        f"Package: {package}\nVersion: {version}\nFiles:\n {32 * 'f'} 1 {package}.dsc\n"
        f"Checksums-Sha256:\n{sums}Directory: pool/main/{package[0]}/{package}\n\n"
    )


def sha256(letter: str) -> str:
    """Return a made-up checksum."""
    return 64 * letter


Offer = Callable[[str], None]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Offer:
    """Return what sets the index of the archive; nothing of this machine is used."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def set_index(text: str) -> None:
        monkeypatch.setattr(newer, "archives", lambda: [MadeUp(text, tmp_path)])

    return set_index


def pin(name: str = "opus", **changes: str) -> Source:
    """Return a pin of version 1.5."""
    made = Source(
        name=name,
        version="1.5",
        package=name,
        file=f"{name}_1.5.orig.tar.gz",
        sha256=sha256("a"),
        upstream="https://example.test/1.5.tar.gz",
        upstream_sha256=sha256("a"),
    )
    return replace(made, **changes)


def pjsip() -> Source:
    """Return a pin of PJSIP."""
    return pin(
        "pjproject",
        version="2.17",
        package="asterisk",
        file="asterisk_22.10.1.orig-Xpjproject.tar.xz",
        upstream="https://example.test/2.17.tar.gz",
    )


def test_newest_is_pinned(offer: Offer) -> None:
    """An older version in another suite does not matter, nor does a preview."""
    offer(
        paragraph("opus", "1.5-2", **{sha256("a"): "opus_1.5.orig.tar.gz"})
        + paragraph("opus", "1.4-1", **{sha256("b"): "opus_1.4.orig.tar.gz"})
        + paragraph("opus", "1.6~rc1-1", **{sha256("c"): "opus_1.6~rc1.orig.tar.gz"})
    )
    answer = newer.ask(pin())
    assert answer.newer is None
    assert answer.line == "opus 1.5: the newest"


def test_newer_one_is_not_taken_by_itself(offer: Offer) -> None:
    """It is named with its file, packed as Debian likes."""
    file = "opus_1.10.0+ds.orig.tar.xz"
    offer(
        paragraph("opus", "1:1.10.0+ds-1", **{sha256("d"): file})
        + paragraph("opus", "1:1.9-1", **{sha256("c"): "opus_1.9.orig.tar.gz"})
    )
    answer = newer.ask(pin())
    assert answer.line.startswith(f"opus 1.5: 1.10.0 is there ({file}), not taken")
    assert answer.newer is not None
    assert answer.newer.upstream == "https://example.test/1.10.0.tar.gz"
    assert (answer.newer.version, answer.newer.sha256) == ("1.10.0", sha256("d"))


def test_archive_is_behind(offer: Offer) -> None:
    """An older version is never offered in the place of the pinned one."""
    offer(paragraph("opus", "1.4-1", **{sha256("b"): "opus_1.4.orig.tar.gz"}))
    answer = newer.ask(pin())
    assert answer.newer is None
    assert "only older" in answer.line


def test_newer_within_the_series(offer: Offer) -> None:
    """What lies beyond is named and not taken."""
    offer(
        paragraph("opus", "1.50-1", **{sha256("d"): "opus_1.50.orig.tar.gz"})
        + paragraph("opus", "1.5.1-1", **{sha256("c"): "opus_1.5.1.orig.tar.gz"})
    )
    answer = newer.ask(pin(series="1.5"))
    assert answer.newer is not None
    assert answer.newer.version == "1.5.1"
    kept = newer.ask(pin(series="1.5", sha256=sha256("c")))
    assert kept.newer is None
    assert "opus_1.50.orig.tar.gz is there too" in kept.line


def test_archive_that_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch, offer: Offer
) -> None:
    """A build goes on without an answer, and says that it has none."""
    offer(paragraph("opus", "1.5-2", **{sha256("a"): "opus_1.5.orig.tar.gz"}))
    with pytest.raises(BuildError, match="has no asterisk"):
        newer.ask(pjsip())
    monkeypatch.setattr(newer, "archives", list)
    remark = newer.remark()
    assert remark is not None
    assert "no look into Debian's archive" in remark
    assert "apt names no mirror" in remark


@pytest.fixture
def newer_pjsip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, offer: Offer) -> Path:
    """Offer a made-up PJSIP 2.18 and return the folder of our only patch."""
    files = {
        "version.mak": "export PJ_VERSION_MAJOR  := 2\nexport PJ_VERSION_MINOR  := 18\n"
        "export PJ_VERSION_REV    :=\nexport PJ_VERSION_SUFFIX :=\n",
        "file": "old\n",
    }
    with tarfile.open(tmp_path / PJSIP, "w:xz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"pjproject-1/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    found = hashlib.sha256((tmp_path / PJSIP).read_bytes()).hexdigest()
    offer(paragraph("asterisk", "1:23.0+dfsg+~cs6.18.1-1", **{found: PJSIP}))
    folder = tmp_path / "patches"
    folder.mkdir()
    (folder / "useful.patch").write_text(PATCH)
    monkeypatch.setattr(pjproject, "PATCHES", folder)
    monkeypatch.setattr(sources, "PINS", tmp_path / "sources.json")
    newer.take([])
    return folder


@pytest.fixture(autouse=True)
def _pins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "pinned", lambda: [pin(), pjsip()])


def test_newer_pjsip_that_fits(newer_pjsip: Path) -> None:
    """Its version is that of the tarball, and it waits to be pinned."""
    answer = newer.ask(pjsip())
    assert answer.fits
    assert f"2.18 is there ({PJSIP}), not taken: it is not pinned" in answer.line
    assert newer.remark() == answer.line
    assert answer.newer is not None
    newer.take([answer.newer])
    kept, changed = json.loads(sources.PINS.read_text())
    assert (kept["version"], kept["sha256"]) == ("1.5", sha256("a"))
    assert "series" not in kept
    assert (changed["version"], changed["file"]) == ("2.18", PJSIP)
    assert (sources.store() / changed["sha256"]).is_file()


def test_newer_pjsip_that_our_patches_do_not_fit(newer_pjsip: Path) -> None:
    """All that fail are named, those behind the first as well."""
    (newer_pjsip / "wrong.patch").write_text(PATCH.replace("-old", "-other"))
    (newer_pjsip / "again.patch").write_text(PATCH.replace("-old", "-another"))
    answer = newer.ask(pjsip())
    assert not answer.fits
    assert answer.line.endswith("these patches do not apply to it: again, wrong")
    assert newer.remark() == answer.line


def test_checksum_of_the_project(offer: Offer, tmp_path: Path) -> None:
    """Where it cannot be had, only Debian's file is good enough."""
    file = tmp_path / "released.tar"
    file.write_bytes(b"released")
    found = newer.with_upstream(pin(upstream=file.as_uri()))
    assert found.upstream_sha256 == hashlib.sha256(b"released").hexdigest()
    bare = newer.with_upstream(pin(upstream=(tmp_path / "missing").as_uri()))
    assert bare.upstream_sha256 == ""
    assert list(bare.checksums()) == ["sha256"]
    assert not list((paths.cache() / "sources").iterdir())
