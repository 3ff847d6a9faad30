"""The zip of a release, unpacked as HACS does it."""

from pathlib import Path
import zipfile

PLACE = Path("custom_components", "sip_intercom")


def unpack(archive: Path, config: Path) -> Path:
    """Unpack into a configuration folder; return the integration's own.

    Nothing is executable afterwards: Python's zipfile keeps no such bits.
    """
    folder = config / PLACE
    folder.mkdir(parents=True)
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder)
    return folder
