"""Format, lint, types and spelling."""

from .runner import OLDEST_BIN, Summary

TYPED = ("custom_components", "scripts/lib", "native")


def lint(summary: Summary, *, fix: bool) -> None:
    """Run the static checks; with fix, mend what the tools can mend."""
    ruff = OLDEST_BIN / "ruff"
    if fix:
        summary.run("ruff fix", [ruff, "check", "--fix", "--quiet", "."])
        summary.run("ruff format", [ruff, "format", "--quiet", "."])
    else:
        summary.run("ruff format", [ruff, "format", "--check", "--quiet", "."])
        summary.run("ruff check", [ruff, "check", "--quiet", "."])
    summary.run("mypy", [OLDEST_BIN / "mypy", *TYPED])
    summary.run("codespell", [OLDEST_BIN / "codespell"])
