"""Compile the locked requirements; hashes are kept, package hosts are not named."""

from pathlib import Path
import re
import sys

from . import interpreter
from .paths import REQUIREMENTS, ROOT
from .steps import SetupError, fail, run, step
from .tools import uv

RELEASE = re.compile(r"^homeassistant==(\S+)$", re.MULTILINE)
COLLECT = ROOT / "scripts" / "lib" / "component_requirements.py"
ADVICE = "Two pins may exclude each other; the package index must be reachable."
TARGETS = {
    "bootstrap": ("--python-version", "3.11"),
    "ha-2026.10": ("--python-version", "3.14.2"),
    "ha-2026.11": ("--python-version", "3.14.2"),
    "test-package": ("--python-version", "3.14.2", "--no-deps"),
}


def main() -> int:
    """Lock every requirements file; returns the exit status."""
    try:
        python = interpreter.find_interpreter()
        for name, options in TARGETS.items():
            with step(f"requirements/{name}.txt"):
                _collect_components(name, python)
                _compile(name, options)
    except SetupError as err:
        return fail(err)
    return 0


def _collect_components(name: str, python: Path) -> None:
    source = REQUIREMENTS / f"{name}.in"
    if (release := RELEASE.search(source.read_text())) is None:
        return
    pinned = f"homeassistant=={release[1]}"
    found = run(
        [
            *(uv(), "run", "--quiet", "--no-project", "--isolated"),
            *("--python", python, "--with", pinned, "python", COLLECT),
        ],
        advice=ADVICE,
    )
    head = (
        f"# Written by scripts/lock from the manifests of Home Assistant {release[1]}."
    )
    (REQUIREMENTS / f"{name}.components.in").write_text(f"{head}\n{found}")


def _compile(name: str, options: tuple[str, ...]) -> None:
    output = REQUIREMENTS / f"{name}.txt"
    run(
        [
            *(uv(), "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--no-header", "--no-emit-index-url", *options),
            *(REQUIREMENTS / f"{name}.in", "--output-file", output),
        ],
        advice=ADVICE,
        cwd=REQUIREMENTS,
    )


if __name__ == "__main__":
    sys.exit(main())
