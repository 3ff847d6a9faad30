"""What the card is made from."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[3]
FRONTEND = ROOT / "frontend"
OUTPUT = ROOT / "custom_components/sip_intercom/frontend/sip-intercom-card.js"


def digest() -> str:
    """Return a number for the sources and the tools, whatever the machine."""
    files = sorted((FRONTEND / "src").glob("*.ts"))
    files += [FRONTEND / name for name in ("package-lock.json", "tsconfig.json")]
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
