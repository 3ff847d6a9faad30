"""The installations of Home Assistant that are verified."""

from collections.abc import Mapping
from dataclasses import dataclass
import os

from bootstrap import environments
from bootstrap.steps import SetupError

from . import musl_packages, musl_python
from .platforms import Platform, this_machine


class LackingError(Exception):
    """Something that an installation needs cannot be had; the text says what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """One release of Home Assistant on a platform."""

    name: str
    environment: environments.Environment
    platform: Platform

    def prepare(self) -> Mapping[str, str]:
        """Return its Python and the folder of its packages; LackingError."""
        if self.platform == this_machine():
            return {"python": str(self.environment.python)}
        try:
            packages = musl_packages.prepare(self.platform)
            python = musl_python.prepare(self.platform)
        except SetupError as err:
            raise LackingError(_reason(str(err))) from err
        return {"python": str(python), "packages": str(packages)}


def _reason(text: str) -> str:
    """Return uv's own reasons, which name the package, or all of the text."""
    lines = [line.strip() for line in text.splitlines()]
    reasons = [line for line in lines if line.startswith(("error: ", "cause: "))]
    return " ".join(reasons or lines)


MUSL = Platform(machine=os.uname().machine, libc="musl")
ALL = (
    *(
        Installation(
            name=one.name.removeprefix("ha-"),
            environment=one,
            platform=this_machine(),
        )
        for one in environments.ALL
    ),
    Installation(
        name=f"{environments.NEWEST.name.removeprefix('ha-')} on musl",
        environment=environments.NEWEST,
        platform=MUSL,
    ),
)
