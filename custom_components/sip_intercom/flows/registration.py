"""The user name and password that a device registers with us by."""

from collections.abc import Iterable, Mapping
from hashlib import md5, new, sha256
import secrets
from typing import Any, Final

from homeassistant.components.network import async_get_source_ip
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant
import probatio

from ..const import (
    CONF_BIND_ADDRESS,
    CONF_HASHES,
    CONF_NUMBER,
    CONF_TLS_CERTIFICATE,
    CONF_TLS_PORT,
    DEFAULT_USERNAME,
    SUBENTRY_NUMBER,
)
from ..lib.sipagent.protocol.config import (
    DEFAULT_PORT,
    DEFAULT_REALM,
    DEFAULT_TLS_PORT,
    DigestAlgorithm,
)
from ..lib.sipagent.protocol.sip_uri import same_user
from ..registering import registering_devices
from .forms import TEXT, FormData, FormError
from .names import check_user

PASSWORD_LENGTH: Final = 16
MIN_PASSWORD_LENGTH: Final = 10
MAX_PASSWORD_LENGTH: Final = 64
FIRST_USER: Final = 201
PLAIN: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for another when typing them off."""

REGISTRATION: Final = probatio.Schema(
    {
        probatio.Required(CONF_USERNAME): TEXT,
        probatio.Required(CONF_PASSWORD): TEXT,
    }
)


def suggestion(entry: ConfigEntry) -> FormData:
    """Return a user name that is free, and a password that nobody knows."""
    taken = set(_taken(entry, None))
    number = FIRST_USER
    while str(number) in taken:
        number += 1
    password = "".join(secrets.choice(PLAIN) for _ in range(PASSWORD_LENGTH))
    return {CONF_USERNAME: str(number), CONF_PASSWORD: password}


async def placeholders(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Return what is typed into the station besides user name and password."""
    options = entry.options
    secure = options.get(CONF_TLS_CERTIFICATE)
    return {
        "server": options.get(CONF_BIND_ADDRESS) or await async_get_source_ip(hass),
        "port": str(entry.data.get(CONF_PORT, DEFAULT_PORT)),
        "tls_port": str(options.get(CONF_TLS_PORT) or DEFAULT_TLS_PORT)
        if secure
        else "-",
    }


def checked_registration(
    entry: ConfigEntry, typed: Mapping[str, Any], old: ConfigSubentry | None = None
) -> FormData:
    """Return what is stored of user name and password, or raise FormError.

    The password itself is not.
    """
    username = check_user(typed[CONF_USERNAME], "invalid_username", field=CONF_USERNAME)
    if same_user(username) in _taken(entry, old):
        raise FormError("username_taken", field=CONF_USERNAME)
    password = typed[CONF_PASSWORD]
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise FormError("password_length", field=CONF_PASSWORD)
    if not (password.isascii() and password.isprintable()):
        raise FormError("password_characters", field=CONF_PASSWORD)
    return {CONF_USERNAME: username, CONF_HASHES: hashes(username, password)}


def hashes(username: str, password: str) -> dict[str, str]:
    """Return HA1 of each algorithm (RFC 7616 section 3.4.2)."""
    data = f"{username}:{DEFAULT_REALM}:{password}".encode()
    return {
        DigestAlgorithm.MD5.value: md5(data, usedforsecurity=False).hexdigest(),
        DigestAlgorithm.SHA_256.value: sha256(data).hexdigest(),
        DigestAlgorithm.SHA_512_256.value: new("sha512_256", data).hexdigest(),
    }


def _taken(entry: ConfigEntry, own: ConfigSubentry | None) -> Iterable[str]:
    """Return the users and numbers that mean something else already."""
    names = [entry.data.get(CONF_USERNAME) or DEFAULT_USERNAME]
    names += [
        device.data[CONF_USERNAME]
        for device in registering_devices(entry)
        if own is None or device.subentry_id != own.subentry_id
    ]
    names += [
        number.data[CONF_NUMBER]
        for number in entry.get_subentries_of_type(SUBENTRY_NUMBER)
    ]
    return [same_user(name) for name in names]


def shown_name(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the name of a device as texts show it."""
    return {CONF_NAME: str(data.get(CONF_NAME, ""))}
