"""Configures the integration as a user would: forms, one device, one automation."""

from typing import Any

from .api import Api, ApiError, Socket

DOMAIN = "sip_intercom"
FLOWS = "/api/config/config_entries/flow"
SUBENTRY_FLOWS = "/api/config/config_entries/subentries/flow"
DEVICE_NAME = "Demo doorbell"
AUTOMATION_ID = "demo_doorbell_rang"


async def prepare(api: Api, sip_port: int) -> None:
    """Configure user agent, doorbell and automation, unless they are there."""
    async with await api.websocket() as socket:
        entry_id = await _find_entry(socket)
        if entry_id is None:
            entry_id = await _add_user_agent(api, sip_port)
        subentries = await socket.call(
            "config_entries/subentries/list", entry_id=entry_id
        )
        if not subentries:
            await _add_doorbell(api, entry_id)
        entity_id = await _wait_for_doorbell(socket)
    await _add_automation(api, entity_id)


async def _find_entry(socket: Socket) -> str | None:
    entries = await socket.call("config_entries/get", domain=DOMAIN)
    return str(entries[0]["entry_id"]) if entries else None


async def _add_user_agent(api: Api, sip_port: int) -> str:
    flow = await api.post(FLOWS, {"handler": DOMAIN})
    values = {"port": sip_port, "username": "homeassistant"}
    result = await _submit(api, f"{FLOWS}/{flow['flow_id']}", values)
    return str(result["result"]["entry_id"])


async def _add_doorbell(api: Api, entry_id: str) -> None:
    flow = await api.post(SUBENTRY_FLOWS, {"handler": [entry_id, "device"]})
    values = {
        "name": DEVICE_NAME,
        "kind": "doorbell",
        "address": "127.0.0.1",
        "account": "direct",
    }
    await _submit(api, f"{SUBENTRY_FLOWS}/{flow['flow_id']}", values)


async def _submit(api: Api, path: str, values: dict[str, Any]) -> Any:
    result = await api.post(path, values)
    if result["type"] != "create_entry":
        reason = result.get("errors") or result.get("reason")
        raise ApiError(f"The form was not accepted: {reason}")
    return result


async def _wait_for_doorbell(socket: Socket) -> str:
    """Return the doorbell's entity once it is available: its agent is up."""
    await socket.call("subscribe_events", event_type="state_changed")
    while (entity_id := await _find_doorbell(socket)) is None:
        await socket.next_event()
    return entity_id


async def _find_doorbell(socket: Socket) -> str | None:
    for state in await socket.call("get_states"):
        if state["state"] == "unavailable":
            continue
        if state["attributes"].get("device_class") == "doorbell":
            return str(state["entity_id"])
    return None


async def _add_automation(api: Api, entity_id: str) -> None:
    automation = {
        "alias": "Demo: somebody rang",
        "triggers": [{"trigger": "doorbell.rang", "target": {"entity_id": entity_id}}],
        "actions": [
            {
                "action": "persistent_notification.create",
                "data": {
                    "title": DEVICE_NAME,
                    "message": "Somebody rang at {{ now().strftime('%H:%M:%S') }}.",
                },
            }
        ],
        "mode": "queued",
    }
    await api.post(f"/api/config/automation/config/{AUTOMATION_ID}", automation)
