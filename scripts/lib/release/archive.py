"""The zip: the same content gives the same bytes."""

from collections.abc import Mapping
import hashlib
import io
import time
import zipfile

from .errors import ReleaseError

LARGEST = 30_000_000  # bytes
SUMS = "SHA256SUMS"


def with_sums(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files and their checksums, as sha256sum writes and checks them."""
    lines = [
        f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)
    ]
    return {**files, SUMS: "".join(lines).encode()}


def packed(files: Mapping[str, bytes], moment: int) -> bytes:
    """Return a zip of the files, each with the moment as its time; ReleaseError."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, time.gmtime(moment)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix; else the maker's own system is named
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name], compresslevel=9)
    content = output.getvalue()
    if len(content) > LARGEST:
        raise ReleaseError(
            f"The zip has {len(content):,} bytes, more than {LARGEST:,}."
        )
    return content
