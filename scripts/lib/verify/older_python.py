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
        text = EXCEPT.sub(r"\1 (\2):", path.read_text())
        lines = text.splitlines(keepends=True)
        place = _after_docstring(text)
        lines.insert(place, FIRST)
        text = "".join(lines)
        ast.parse(text, feature_version=(3, 13))
        path.write_text(text)


def _after_docstring(text: str) -> int:
    """Return how many lines the module's docstring takes."""
    body = ast.parse(text).body
    first = body[0] if body else None
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or 0) if first is not None and is_text else 0
