"""The integration as its user has it: forms, entities, actions."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from demo.api import Api, ApiError

from .observer import Change, Observer

DOMAIN = "sip_intercom"
FLOWS = "/api/config/config_entries/flow"
OPTIONS = "/api/config/config_entries/options/flow"
SUBENTRY_FLOWS = "/api/config/config_entries/subentries/flow"
_numbers = count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subentry:
    """An account or device and its entities by their key, e.g. `event.doorbell`."""

    id: str
    entities: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Station(Subentry):
    """A device that registers with Home Assistant."""

    password: str


class Automation:
    """An automation that a test watches."""

    def __init__(self, entity_id: str, observer: Observer) -> None:
        """Watch from now on."""
        self._entity_id = entity_id
        self._observer = observer
        self._seen: set[str] = set()

    async def fires(self) -> None:
        """Wait until it fires once more."""
        await self._observer.next(self._is_new)

    def count(self) -> int:
        """Return how often it has fired."""
        for change in self._observer.changes:
            self._is_new(change)
        return len(self._seen)

    def _is_new(self, change: Change) -> bool:
        if change.entity_id != self._entity_id:
            return False
        triggered = str(change.attributes.get("last_triggered"))
        known = triggered in self._seen or triggered == "None"
        if not known:
            self._seen.add(triggered)
        return not known


class SipIntercom:
    """One logged-in user."""

    def __init__(self, api: Api, observer: Observer) -> None:
        """Use an API that is logged in."""
        self.api = api
        self.observer = observer

    async def entry_id(self) -> str | None:
        """Return the id of the user agent's entry, if there is one."""
        entries = await self._call("config_entries/get", domain=DOMAIN)
        return str(entries[0]["entry_id"]) if entries else None

    async def add_user_agent(self, port: int) -> str:
        """Add the user agent."""
        flow = await self.api.post(FLOWS, {"handler": DOMAIN})
        values = {"port": port, "username": "homeassistant"}
        result = await _submit(self.api, f"{FLOWS}/{flow['flow_id']}", values)
        return str(result["result"]["entry_id"])

    async def port(self) -> int:
        """Return the port on which the user agent listens."""
        path = f"/api/diagnostics/config_entry/{await self.entry_id()}"
        # Home Assistant loads the diagnostics of a new integration after its entry,
        # and tells nobody when it has.
        async with asyncio.timeout(10):
            while True:
                try:
                    diagnostics = await self.api.get(path)
                except ApiError:
                    await asyncio.sleep(0.1)
                else:
                    return int(diagnostics["data"]["config"]["data"]["port"])

    async def device_id(self, entity_id: str) -> str:
        """Return the id of the device that an entity belongs to."""
        entity = await self._call("config/entity_registry/get", entity_id=entity_id)
        return str(entity["device_id"])

    @asynccontextmanager
    async def automation(self, trigger: dict[str, Any]) -> AsyncIterator[Automation]:
        """Add an automation that does nothing but fire, for a while."""
        path = f"/api/config/automation/config/test_{next(_numbers)}"
        body = {
            "alias": path.rpartition("/")[2],
            "triggers": [trigger],
            "actions": [],
            "mode": "queued",
        }
        await self.api.post(path, body)
        entity_id = f"automation.{body['alias']}"
        await self.observer.next(
            lambda change: change.entity_id == entity_id and change.new == "on"
        )
        yield Automation(entity_id, self.observer)

    async def set_options(self, **values: Any) -> None:
        """Change options; the others keep their values."""
        flow = await self.api.post(OPTIONS, {"handler": await self.entry_id()})
        fields = {
            field["name"]: field["description"]["suggested_value"]
            for field in flow["data_schema"]
            if "suggested_value" in (field.get("description") or {})
        }
        path = f"{OPTIONS}/{flow['flow_id']}"
        await _submit(self.api, path, {**fields, **values})

    async def add(self, subentry_type: str, **values: Any) -> Subentry:
        """Add an account or a device, and wait for its entities."""
        entry_id = await self.entry_id()
        flow = await self.api.post(
            SUBENTRY_FLOWS, {"handler": [entry_id, subentry_type]}
        )
        await _submit(self.api, f"{SUBENTRY_FLOWS}/{flow['flow_id']}", values)
        return await self._added(values["name"])

    async def add_device(
        self, address: str, *, name: str, kind: str = "doorbell", **values: Any
    ) -> Subentry:
        """Add a device that calls directly from an address, or is called there."""
        return await self.add(
            "device", name=name, kind=kind, address=address, account="direct", **values
        )

    async def add_station(self, name: str, kind: str, username: str) -> Station:
        """Add a device that registers, with the password that the form shows."""
        flow = await self.api.post(
            SUBENTRY_FLOWS, {"handler": [await self.entry_id(), "device"]}
        )
        path = f"{SUBENTRY_FLOWS}/{flow['flow_id']}"
        form = await self.api.post(
            path, {"name": name, "kind": kind, "account": "registrar"}
        )
        assert form["step_id"] == "registration", form
        shown = {
            field["name"]: field["description"]["suggested_value"]
            for field in form["data_schema"]
        }
        await _submit(self.api, path, {**shown, "username": username})
        device = await self._added(name)
        return Station(
            id=device.id, entities=device.entities, password=shown["password"]
        )

    async def _added(self, name: str) -> Subentry:
        """Return the subentry of a name, once its entities are there."""
        entry_id = await self.entry_id()
        found = await self._call("config_entries/subentries/list", entry_id=entry_id)
        (subentry_id,) = [
            item["subentry_id"] for item in found if item["title"] == name
        ]
        return await self.subentry(subentry_id)

    async def subentry(self, subentry_id: str) -> Subentry:
        """Return a subentry with its entities, once they are there."""
        while True:
            entities = await self._entities(subentry_id)
            if entities:
                return Subentry(id=subentry_id, entities=entities)
            await self.observer.next(lambda _: True)

    async def remove(self, subentry: Subentry) -> None:
        """Remove an account or a device."""
        await self._call(
            "config_entries/subentries/delete",
            entry_id=await self.entry_id(),
            subentry_id=subentry.id,
        )

    async def state(self, entity_id: str) -> str:
        """Return an entity's state."""
        return str((await self.api.get(f"/api/states/{entity_id}"))["state"])

    async def becomes(self, entity_id: str, *states: str, seconds: float = 15) -> None:
        """Wait until an entity has one of the states; it may have it already."""
        await self.until(entity_id, lambda state: state in states, seconds)

    async def until(
        self, entity_id: str, is_right: Callable[[str], bool], seconds: float = 15
    ) -> None:
        """Wait until an entity's state is right; it may be so already."""
        position = len(self.observer.changes)
        if is_right(await self.state(entity_id)):
            return
        await self.observer.after(
            position,
            lambda change: change.entity_id == entity_id and is_right(str(change.new)),
            seconds,
        )

    async def changes(self, entity_id: str, *states: str, seconds: float = 15) -> None:
        """Wait until one of the states is written."""
        await self.observer.next(
            lambda change: change.entity_id == entity_id and change.new in states,
            seconds,
        )

    async def event(
        self,
        entity_id: str,
        event_type: str,
        *,
        skip: Collection[str] = ("incoming",),
        seconds: float = 15,
    ) -> Change:
        """Return the next event of an entity; only some may come before it."""
        while True:
            change = await self.observer.next(
                lambda change: change.entity_id == entity_id and change.rang,
                seconds,
            )
            happened = change.attributes["event_type"]
            if happened == event_type:
                return change
            assert happened in skip, change

    async def act(self, action: str, **data: Any) -> None:
        """Perform an action of the integration or another `domain.action`."""
        domain, _, name = action.rpartition(".")
        await self.api.post(f"/api/services/{domain or DOMAIN}/{name}", data)

    async def entity(self, domain: str, key: str) -> str:
        """Return an entity of the user agent itself by its key."""
        unique_id = f"{await self.entry_id()}_{key}"
        for item in await self._call("config/entity_registry/list"):
            if item["platform"] == DOMAIN and item["unique_id"] == unique_id:
                return str(item["entity_id"])
        raise AssertionError(f"no {domain} with the unique id {unique_id}")

    async def flows(self) -> list[dict[str, Any]]:
        """Return the flows of the integration that wait for the user."""
        flows = await self._call("config_entries/flow/progress")
        return [flow for flow in flows if flow["handler"] == DOMAIN]

    async def reauth_flow(self, known: Collection[str]) -> dict[str, Any]:
        """Return the flow that asks for a password, once there is a new one."""
        async with await self.api.websocket() as socket:
            await socket.call("config_entries/flow/subscribe")
            while True:
                for flow in await self.flows():
                    is_new = flow["flow_id"] not in known
                    if is_new and flow["context"]["source"] == "reauth":
                        return flow
                await socket.next_event()

    async def give_password(self, flow_id: str, password: str) -> None:
        """Answer a flow that asks for a password."""
        result = await self.api.post(f"{FLOWS}/{flow_id}", {"password": password})
        assert result["reason"] == "reauth_successful", result

    async def _call(self, command: str, **fields: Any) -> Any:
        # Home Assistant closes a WebSocket that is not read for a minute.
        async with await self.api.websocket() as socket:
            return await socket.call(command, **fields)

    async def _entities(self, subentry_id: str) -> dict[str, str]:
        entities = {}
        for item in await self._call("config/entity_registry/list"):
            if item.get("config_subentry_id") != subentry_id:
                continue
            details = await self._call(
                "config/entity_registry/get", entity_id=item["entity_id"]
            )
            domain = item["entity_id"].partition(".")[0]
            key = details["unique_id"].removeprefix(f"{subentry_id}_")
            entities[f"{domain}.{key}"] = item["entity_id"]
        return entities


async def _submit(api: Api, path: str, values: Mapping[str, Any]) -> Any:
    result = await api.post(path, dict(values))
    if result["type"] not in ("create_entry", "abort"):
        raise ApiError(f"the form was not accepted: {result.get('errors')}")
    return result
