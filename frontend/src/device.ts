/** The entities of one device, and what its call is doing. */

import { EntityEntry, EntityState, Hass, PLATFORM } from "./hass";

export type CallState = "idle" | "ringing" | "dialing" | "early_media" | "in_call";

export interface Door {
  entity: string;
  name: string;
}

export interface DeviceView {
  name: string;
  available: boolean;
  state: CallState;
  since: number;
  caller: string;
  button: string;
  answeredBy: string;
  camera?: string;
  canTalk: boolean;
  picture?: string;
  answer?: string;
  decline?: string;
  hangUp?: string;
  doors: Door[];
  speaker?: string;
  volume?: number;
}

const UNAVAILABLE = "unavailable";

function text(state: EntityState | undefined, name: string): string {
  const value = state?.attributes[name];
  return typeof value === "string" ? value : "";
}

/** Return the devices of the integration that have calls. */
export function deviceIds(hass: Hass): string[] {
  const ids = Object.values(hass.entities)
    .filter((entry) => entry.platform === PLATFORM)
    .filter((entry) => entry.translation_key === "call_state")
    .map((entry) => entry.device_id);
  return [...new Set(ids.filter((id): id is string => id !== undefined))];
}

function find(entries: EntityEntry[], domain: string, key: string): string[] {
  return entries
    .filter((entry) => entry.translation_key === key)
    .map((entry) => entry.entity_id)
    .filter((id) => id.startsWith(`${domain}.`));
}

/** Return what there is to show of a device, if it is one of ours. */
export function viewOf(hass: Hass, device: string): DeviceView | undefined {
  const entries = Object.values(hass.entities).filter(
    (entry) => entry.device_id === device,
  );
  const one = (domain: string, key: string) => find(entries, domain, key)[0];
  const callState = one("sensor", "call_state");
  const call = callState ? hass.states[callState] : undefined;
  if (!call) return undefined;
  const entry = hass.devices[device];
  const name = entry?.name_by_user || entry?.name || "";
  const camera = one("camera", "camera");
  const cameraState = camera ? hass.states[camera] : undefined;
  const visitor = one("image", "last_visitor");
  const speaker = one("media_player", "speaker");
  const volume = speaker ? hass.states[speaker]?.attributes["volume_level"] : undefined;
  const shown = visitor ? hass.states[visitor] : undefined;
  return {
    name,
    available: call.state !== UNAVAILABLE,
    state: call.state as CallState,
    since: Date.parse(call.last_changed),
    caller: text(call, "caller_name") || text(call, "caller"),
    button: text(call, "button"),
    answeredBy: text(call, "answered_by"),
    camera,
    canTalk: cameraState?.attributes["talk"] === true,
    picture: text(shown, "entity_picture") || text(cameraState, "entity_picture"),
    answer: one("button", "answer"),
    decline: one("button", "decline"),
    hangUp: one("button", "hang_up"),
    doors: find(entries, "button", "open_door").map((entity) => ({
      entity,
      name: doorName(hass.states[entity], name),
    })),
    speaker,
    volume: typeof volume === "number" ? volume : undefined,
  };
}

/** Return the name of a door without that of its device. */
function doorName(state: EntityState | undefined, device: string): string {
  const name = state?.attributes.friendly_name ?? "";
  return name.startsWith(device) ? name.slice(device.length).trim() : name;
}
