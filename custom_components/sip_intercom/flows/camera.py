"""The part of a device's form that its picture and voice are about."""

from typing import Final

from homeassistant.components.camera.const import DOMAIN as CAMERA_DOMAIN
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio
from yarl import URL

from ..const import (
    CAMERA_CALL,
    CAMERA_ENTITY,
    CAMERA_SOURCES,
    CAMERA_URL,
    CONF_CAMERA_ENTITY,
    CONF_CAMERA_PASSWORD,
    CONF_CAMERA_SOURCE,
    CONF_CAMERA_USERNAME,
    CONF_EARLY_MEDIA,
    CONF_STILL_URL,
    CONF_STREAM_URL,
    CONF_TALK,
)
from .forms import PASSWORD, TEXT, FormData, FormError, choice

_URL: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_STREAM_SCHEMES: Final = frozenset({"rtsp", "rtsps", "http", "https"})
_STILL_SCHEMES: Final = frozenset({"http", "https"})
_FORBIDDEN: Final = frozenset("'\r\n\\ ")

CAMERA: Final = probatio.Schema(
    {
        probatio.Required(CONF_CAMERA_SOURCE, default=CAMERA_CALL): choice(
            CONF_CAMERA_SOURCE, CAMERA_SOURCES
        ),
        probatio.Optional(CONF_STREAM_URL): _URL,
        probatio.Optional(CONF_STILL_URL): _URL,
        probatio.Optional(CONF_CAMERA_USERNAME): TEXT,
        probatio.Optional(CONF_CAMERA_PASSWORD): PASSWORD,
        probatio.Optional(CONF_CAMERA_ENTITY): EntitySelector(
            EntitySelectorConfig(domain=CAMERA_DOMAIN)
        ),
        probatio.Required(CONF_TALK, default=True): BooleanSelector(),
        probatio.Required(CONF_EARLY_MEDIA, default=False): BooleanSelector(),
    }
)


def check_camera(data: FormData, own: frozenset[str] = frozenset()) -> None:
    """Raise FormError unless there is what the source of the picture needs.

    `own` are the cameras of the device itself, which cannot be their own source.
    """
    source, entity = data.get(CONF_CAMERA_SOURCE), data.get(CONF_CAMERA_ENTITY)
    if source == CAMERA_URL:
        _check_url(data.get(CONF_STREAM_URL, ""), _STREAM_SCHEMES, "stream_url")
    if source == CAMERA_ENTITY and (not entity or entity in own):
        raise FormError("camera_entity_required")
    if still := data.get(CONF_STILL_URL):
        _check_url(still, _STILL_SCHEMES, "still_url")


def _check_url(text: str, schemes: frozenset[str], key: str) -> None:
    """Raise FormError unless a text is a URL of one of these kinds, without a login."""
    try:
        url = URL(text)
    except ValueError:
        raise FormError(f"invalid_{key}") from None
    if url.scheme not in schemes or not url.host or _FORBIDDEN & set(text):
        raise FormError(f"invalid_{key}")
    if url.user or url.password:
        raise FormError("login_in_url")
