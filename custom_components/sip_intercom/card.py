"""The dashboard card: served and loaded by the integration itself."""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.components.lovelace.const import LOVELACE_DATA, MODE_STORAGE
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.const import CONF_ID, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, LOGGER

FILE: Final = Path(__file__).parent / "frontend" / "sip-intercom-card.js"
URL: Final = f"/{DOMAIN}/sip-intercom-card.js"
LOADED: HassKey[bool] = HassKey(f"{DOMAIN}_card")


async def async_load_card(hass: HomeAssistant) -> None:
    """Have every dashboard load the card, once, and anew when it has changed."""
    if hass.data.get(LOADED) or "frontend" not in hass.config.components:
        return
    hass.data[LOADED] = True
    try:
        version = await hass.async_add_executor_job(_version)
    except OSError as err:
        LOGGER.warning("The card is missing: %s", err)
        return
    await hass.http.async_register_static_paths(
        [StaticPathConfig(URL, str(FILE), cache_headers=True)]
    )
    url = f"{URL}?v={version}"
    if resources := _resources(hass):
        await _async_put(resources, url)
    else:
        # Dashboards in YAML have resources of their own, which are not ours.
        add_extra_js_url(hass, url)


async def async_unload_card(hass: HomeAssistant) -> None:
    """Have no dashboard load the card any more, as the integration is removed."""
    if resources := _resources(hass):
        for item in await _async_ours(resources):
            await resources.async_delete_item(item[CONF_ID])


def _version() -> str:
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]


def _resources(hass: HomeAssistant) -> ResourceStorageCollection | None:
    """Return the resources of the dashboards, where they can be changed."""
    lovelace = hass.data.get(LOVELACE_DATA)
    if lovelace is None or lovelace.resource_mode != MODE_STORAGE:
        return None
    resources = lovelace.resources
    return resources if isinstance(resources, ResourceStorageCollection) else None


async def _async_ours(resources: ResourceStorageCollection) -> list[dict[str, str]]:
    """Return the resources that load the card."""
    await resources.async_get_info()
    return [
        item
        for item in resources.async_items()
        if str(item[CONF_URL]).partition("?")[0] == URL
    ]


async def _async_put(resources: ResourceStorageCollection, url: str) -> None:
    """Have the card loaded by exactly one resource."""
    resource = {"res_type": "module", CONF_URL: url}
    ours = await _async_ours(resources)
    for item in ours[1:]:
        await resources.async_delete_item(item[CONF_ID])
    if not ours:
        await resources.async_create_item(resource)
    elif ours[0][CONF_URL] != url:
        await resources.async_update_item(ours[0][CONF_ID], resource)
