"""Where the set-up finds its inputs and keeps its results."""

from collections.abc import Iterable
import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "requirements"


def cache_folder() -> Path:
    """Return the folder outside the clone that keeps slow results."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "sip-intercom"


def fingerprint(inputs: Iterable[str | bytes | Path]) -> str:
    """Return 12 hex digits that change with any input; a path stands for its bytes."""
    digest = hashlib.sha256()
    for item in inputs:
        data = item.read_bytes() if isinstance(item, Path) else item
        raw = data.encode() if isinstance(data, str) else data
        digest.update(b"%d:" % len(raw))
        digest.update(raw)
    return digest.hexdigest()[:12]
