/** What the card uses of Home Assistant's frontend. */

export interface EntityState {
  entity_id: string;
  state: string;
  last_changed: string;
  attributes: Record<string, unknown> & {
    friendly_name?: string;
    entity_picture?: string;
  };
}

export interface EntityEntry {
  entity_id: string;
  device_id?: string;
  platform?: string;
  translation_key?: string;
}

export interface Connection {
  subscribeMessage<T>(
    callback: (message: T) => void,
    message: Record<string, unknown>,
    options?: { resubscribe?: boolean },
  ): Promise<() => Promise<void>>;
}

export interface Hass {
  language: string;
  states: Record<string, EntityState | undefined>;
  entities: Record<string, EntityEntry>;
  devices: Record<string, { id: string; name?: string; name_by_user?: string }>;
  user?: { name: string };
  connection: Connection;
  callService(
    domain: string,
    service: string,
    data?: Record<string, unknown>,
  ): Promise<unknown>;
  callWS<T>(message: Record<string, unknown>): Promise<T>;
  hassUrl?(path: string): string;
}

export interface CardConfig {
  type: string;
  device?: string;
  title?: string;
  popup?: boolean;
  ring?: boolean;
  confirm?: boolean;
  replies?: string[];
  tts?: string;
}

export const PLATFORM = "sip_intercom";
