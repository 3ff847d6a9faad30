"""Why an agent does not start when only a person can help, in words for each place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady

from .const import DOMAIN
from .lib.sipagent.protocol.errors import (
    NativeLibraryDamagedError,
    NativeLibraryMissingError,
    SchemaMismatchError,
    SipAgentError,
)

NATIVE_LIBRARY_MISSING: Final = "native_library_missing"
NATIVE_LIBRARY_DAMAGED: Final = "native_library_damaged"
RESTART_NEEDED: Final = "restart_needed"
FAILED_STARTS: Final = (NATIVE_LIBRARY_MISSING, NATIVE_LIBRARY_DAMAGED, RESTART_NEEDED)

COMPONENT: Final = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedStart:
    """The translation key of a failed start, and its placeholders."""

    key: str
    placeholders: dict[str, str]


def failed_start(err: SipAgentError | None) -> FailedStart | None:
    """Return what a person has to mend, None for what may pass by itself."""
    match err:
        case NativeLibraryMissingError():
            # One command builds for any platform and puts the library here.
            placeholders = {"platform": str(err), "folder": str(COMPONENT)}
            return FailedStart(key=NATIVE_LIBRARY_MISSING, placeholders=placeholders)
        case NativeLibraryDamagedError():
            placeholders = {"reason": str(err)}
            return FailedStart(key=NATIVE_LIBRARY_DAMAGED, placeholders=placeholders)
        case SchemaMismatchError():
            return FailedStart(key=RESTART_NEEDED, placeholders={})
        case _:
            return None


def setup_error(err: SipAgentError) -> ConfigEntryError | ConfigEntryNotReady:
    """Return what tells Home Assistant of a failed start, and whether to try again."""
    if (failed := failed_start(err)) is not None:
        return ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key=failed.key,
            translation_placeholders=failed.placeholders,
        )
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key="agent_start_failed",
        translation_placeholders={"error": str(err)},
    )
