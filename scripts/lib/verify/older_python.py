"""The integration's own code for a Python 3.13, where Debian's archive has no newer.

Python 3.14 lets `except A, B:` go without brackets and evaluates annotations late;
nothing else of it is used by the client and the agent.
"""

import ast
from pathlib import Path
import re

FIRST = "from __future__ import annotations\n"
EXCEPT = re.compile(r"^(\s*except)\s+([\w.]+(?:,\s*[\w.]+)+):", re.MULTILINE)


def rewrite(folder: Path) -> None:
    """Rewrite every module below the folder in place; SyntaxError."""
    for path in folder.rglob("*.py"):
        # In front of the docstring, which nobody asks for then.
        text = FIRST + EXCEPT.sub(r"\1 (\2):", path.read_text())
        ast.parse(text, feature_version=(3, 13))
        path.write_text(text)
