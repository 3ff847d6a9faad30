"""Try the ports that the user agent is to listen on."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import CONF_RTP_FIRST, CONF_RTP_LAST, CONF_TLS_PORT, DOMAIN
from ..lib.sipagent.client.ports import try_bind
from ..lib.sipagent.protocol.config import DEFAULT_RTP_FIRST, DEFAULT_RTP_LAST
from ..lib.sipagent.protocol.errors import (
    InvalidAddressError,
    PortInUseError,
    PortNotPermittedError,
)
from ..voip import VOIP_DOMAIN, async_voip_has_port
from .forms import FormError


def check_apart(options: Mapping[str, Any], *, field: str | None = None) -> None:
    """Raise FormError, at its field or this one, for a port that has two uses."""
    port, tls_port = options[CONF_PORT], options.get(CONF_TLS_PORT)
    if port == tls_port:
        raise FormError("same_port", field=field or CONF_TLS_PORT)
    first = options.get(CONF_RTP_FIRST, DEFAULT_RTP_FIRST)
    last = options.get(CONF_RTP_LAST, DEFAULT_RTP_LAST)
    if any(each in range(first, last + 1) for each in (port, tls_port)):
        raise FormError("rtp_range_holds_port", field=field or CONF_RTP_FIRST)


async def check_port(
    hass: HomeAssistant, address: str, port: int, *, field: str = CONF_PORT
) -> None:
    """Raise FormError unless UDP and TCP can be bound to the port."""
    try:
        await try_bind(address, port)
    except PortInUseError as err:
        holder = await _holder(hass, port)
        raise FormError(
            "port_in_use", field=field, port=str(port), holder=holder
        ) from err
    except PortNotPermittedError as err:
        raise FormError("port_not_permitted", field=field, port=str(port)) from err
    except InvalidAddressError as err:
        raise FormError("invalid_bind_address", address=address) from err


async def _holder(hass: HomeAssistant, port: int) -> str:
    """Return who has the port, in the language of the installation."""
    texts = await async_get_translations(
        hass, hass.config.language, "selector", [DOMAIN]
    )
    holder = VOIP_DOMAIN if async_voip_has_port(hass, port) else "other"
    return texts[f"component.{DOMAIN}.selector.port_holder.options.{holder}"]
