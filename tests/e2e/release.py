"""Releases with this machine's library alone, and the two ways to unpack them."""

from datetime import UTC, datetime
import os
from pathlib import Path
import shutil
import zipfile

import pytest

from bootstrap.paths import ROOT, cache_folder
from custom_components.sip_intercom.lib.sipagent.client.native import platform_key
from custom_components.sip_intercom.lib.sipagent.protocol.version import (
    SCHEMA_VERSION as SCHEMA,
)
from release.archive import packed
from release.pack import Order, content
from release.version import Version

KEY = platform_key()
COMPONENT = Path("custom_components") / "sip_intercom"
PROTOCOL = "lib/sipagent/protocol/version.py"
SOURCE_TIME = 1_700_000_000  # seconds


def library(variant: str) -> Path:
    """Return the folder of a library of this machine, as set-up builds them."""
    link = cache_folder() / "native" / f"{variant}-{KEY}"
    if not link.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{link} is missing")
        pytest.skip(f"{link} is missing: run scripts/setup native")
    return link.resolve()


def make(folder: Path, version: str, variant: str, schema: int = SCHEMA) -> Path:
    """Make the zip of a version; each has another library and another time."""
    moment = SOURCE_TIME + 60 * len(list(folder.iterdir()))
    order = Order(
        root=ROOT,
        version=Version(name=version, notes="", moment=moment),
        folders={KEY: library(variant)},
        parts=(),
        platforms=(KEY,),
    )
    files = content(order)
    files[PROTOCOL] = files[PROTOCOL].replace(*map(_schema, (SCHEMA, schema)))
    zip_file = folder / f"{version}.zip"
    zip_file.write_bytes(packed(files, moment))
    return zip_file


def as_hacs_does(zip_file: Path, config: Path) -> None:
    """Remove the integration, then unpack another version in its place."""
    shutil.rmtree(config / COMPONENT, ignore_errors=True)
    with zipfile.ZipFile(zip_file) as archive:
        archive.extractall(config / COMPONENT)


def copied_over(zip_file: Path, config: Path) -> None:
    """Unpack as unzip does: with the times of the zip, and what was there stays."""
    with zipfile.ZipFile(zip_file) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, config / COMPONENT)
            moment = datetime(*entry.date_time, tzinfo=UTC).timestamp()
            os.utime(path, (moment, moment))


def _schema(number: int) -> bytes:
    return b"SCHEMA_VERSION: Final = %d" % number
