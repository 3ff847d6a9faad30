"""Our own code can be rewritten for Python 3.13, and means the same."""

import ast
from pathlib import Path
import shutil

from bootstrap.paths import ROOT
from verify import older_python

PACKAGE = ROOT / "custom_components" / "sip_intercom" / "lib" / "sipagent"


def _modules(folder: Path) -> dict[Path, str]:
    return {path.relative_to(folder): path.read_text() for path in folder.rglob("*.py")}


def test_the_package_is_for_a_newer_python() -> None:
    """Else nothing has to be rewritten any more."""
    assert not all(map(_is_old, _modules(PACKAGE).values()))


def test_the_package_is_rewritten(tmp_path: Path) -> None:
    folder = tmp_path / "sipagent"
    shutil.copytree(PACKAGE, folder)
    older_python.rewrite(folder)
    for path, text in _modules(folder).items():
        assert text.startswith(older_python.FIRST), path
        tree = ast.parse(text, feature_version=(3, 13))
        tree.body = [node for node in tree.body if not _is_future(node)]
        before = ast.parse((PACKAGE / path).read_text())
        assert ast.dump(tree) == ast.dump(before), path


def _is_old(text: str) -> bool:
    try:
        ast.parse(text, feature_version=(3, 13))
    except SyntaxError:
        return False
    return True


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
