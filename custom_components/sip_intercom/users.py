"""Who of the household asks for something."""

from homeassistant.core import Context, HomeAssistant


async def async_user_name(hass: HomeAssistant, context: Context | None) -> str:
    """Return the name of who asks; nothing for an automation."""
    if context is None or context.user_id is None:
        return ""
    user = await hass.auth.async_get_user(context.user_id)
    return (user.name or "") if user else ""
