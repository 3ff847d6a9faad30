"""Makes the test package of the previous Home Assistant release run on the newest.

Loaded with `-p` before any other plugin, only in the environment of that release.
"""

# Puts its replacement in the place of httpx, which must precede the plugins that
# import httpx.
import homeassistant  # noqa: F401
from homeassistant.components import logger
from homeassistant.components.logger import helpers

vars(logger).setdefault(
    "_clear_logger_overwrites", vars(helpers)["_clear_logger_overwrites"]
)
