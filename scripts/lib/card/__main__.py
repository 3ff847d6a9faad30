"""Checks the types of the card, bundles it, and says in it what it was made from."""

from pathlib import Path
import shutil
import subprocess
import sys

from .sources import FRONTEND, OUTPUT, digest


def main() -> int:
    """Build the card."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is missing: install Node.js 20 or newer.", file=sys.stderr)
        return 1
    if not (FRONTEND / "node_modules").exists():
        _run(npm, "ci", "--no-audit", "--no-fund")
    _run(npm, "run", "--silent", "check")
    bundle = _run(npm, "run", "--silent", "build")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(f"/* SIP Intercom card, made from {digest()} */\n{bundle}")
    print(f"{OUTPUT.relative_to(Path.cwd())}: {OUTPUT.stat().st_size} bytes")
    return 0


def _run(*command: str) -> str:
    """Return what a command prints; it ends the build where it fails."""
    done = subprocess.run(
        command, cwd=FRONTEND, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        print(done.stdout)
        raise SystemExit(done.returncode)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
