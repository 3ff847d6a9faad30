"""Whom the calls of a device ring besides Home Assistant, as it is configured."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigSubentry

from .const import CONF_ACCOUNT, CONF_AFTER, CONF_FORWARDS, CONF_PHONE
from .lib.sipagent.protocol.config import ForwardConfig


def forwards_of(subentry: ConfigSubentry) -> Iterable[ForwardConfig]:
    """Return the forwards of a device: to other devices, and to numbers by account."""
    for item in subentry.data.get(CONF_FORWARDS, ()):
        account = item.get(CONF_ACCOUNT)
        yield ForwardConfig(
            device=None if account else item[CONF_PHONE],
            target=item[CONF_PHONE] if account else None,
            account=account,
            after=int(item.get(CONF_AFTER, 0)),
        )
