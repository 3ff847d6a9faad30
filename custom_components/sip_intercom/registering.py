"""Devices that register with us: their credentials, and the numbers they may dial."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_USERNAME

from .const import (
    ACCOUNT_REGISTRAR,
    CONF_ACCOUNT,
    CONF_CALLERS,
    CONF_DIGEST,
    CONF_FIND_PHONES,
    CONF_HASHES,
    CONF_NUMBER,
    CONF_RINGS,
    CONF_TARGET,
    DIGEST_ALL,
    DIGEST_MD5,
    DIGEST_STRONG,
    RINGS_EVERYONE,
    RINGS_HOME,
    SUBENTRY_DEVICE,
    SUBENTRY_NUMBER,
)
from .lib.sipagent.protocol.config import (
    CredentialsConfig,
    DigestAlgorithm,
    NumberConfig,
    RegistrarConfig,
)

_ALGORITHMS: Final = {
    DIGEST_MD5: (DigestAlgorithm.MD5,),
    DIGEST_ALL: (
        DigestAlgorithm.SHA_512_256,
        DigestAlgorithm.SHA_256,
        DigestAlgorithm.MD5,
    ),
    DIGEST_STRONG: (DigestAlgorithm.SHA_512_256, DigestAlgorithm.SHA_256),
}


def registers(data: Mapping[str, Any]) -> bool:
    """Tell whether a device registers with us."""
    return bool(data.get(CONF_ACCOUNT) == ACCOUNT_REGISTRAR)


def registering_devices(entry: ConfigEntry) -> list[ConfigSubentry]:
    """Return the devices that register with us."""
    return [
        device
        for device in entry.get_subentries_of_type(SUBENTRY_DEVICE)
        if registers(device.data)
    ]


def credentials_config(data: Mapping[str, Any]) -> CredentialsConfig | None:
    """Return what a device registers by, if it does."""
    if not registers(data):
        return None
    return CredentialsConfig(username=data[CONF_USERNAME], **data[CONF_HASHES])


def registrar_config(entry: ConfigEntry) -> RegistrarConfig:
    """Return how devices register, and what they may dial."""
    return RegistrarConfig(
        algorithms=_ALGORITHMS[entry.options.get(CONF_DIGEST, DIGEST_MD5)],
        numbers=tuple(_numbers(entry)),
        find_phones=entry.options.get(CONF_FIND_PHONES, True),
    )


def _numbers(entry: ConfigEntry) -> Iterable[NumberConfig]:
    """Return the numbers, without what is gone; one that leads nowhere is left out."""
    everyone = [device.subentry_id for device in registering_devices(entry)]
    for number in entry.get_subentries_of_type(SUBENTRY_NUMBER):
        data = number.data
        rings = set(data.get(CONF_RINGS, ()))
        account = data.get(CONF_ACCOUNT)
        if account is not None and account not in entry.subentries:
            continue
        wanted = everyone if RINGS_EVERYONE in rings else rings.intersection(everyone)
        yield NumberConfig(
            number=data[CONF_NUMBER],
            home=bool(rings & {RINGS_HOME, RINGS_EVERYONE}),
            devices=tuple(sorted(wanted)),
            account=account,
            target=data.get(CONF_TARGET, ""),
            callers=_callers(data.get(CONF_CALLERS, ()), everyone),
        )


def _callers(named: Iterable[str], everyone: Iterable[str]) -> tuple[str, ...]:
    """Return who may dial; if all who were named are gone, nobody may."""
    named = tuple(named)
    left = tuple(device for device in named if device in set(everyone))
    return left or named
