"""Try the ports that the user agent is to listen on."""

from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..lib.sipagent.client.ports import try_bind
from ..lib.sipagent.protocol.errors import InvalidAddressError, PortInUseError
from ..voip import VOIP_DOMAIN, async_voip_has_port
from .forms import FormError


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
    except InvalidAddressError as err:
        raise FormError("invalid_bind_address", address=address) from err


async def _holder(hass: HomeAssistant, port: int) -> str:
    """Return who has the port, in the language of the installation."""
    texts = await async_get_translations(
        hass, hass.config.language, "selector", [DOMAIN]
    )
    holder = VOIP_DOMAIN if async_voip_has_port(hass, port) else "other"
    return texts[f"component.{DOMAIN}.selector.port_holder.options.{holder}"]
