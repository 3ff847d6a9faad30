/** Registers the card, once, however often this file is loaded. */

import { CARD, SipIntercomCard } from "./card";
import { SipIntercomCardEditor } from "./editor";
import { Hass, PLATFORM } from "./hass";
import { textOf } from "./texts";

interface CardEntry {
  type: string;
  name: string;
  description: string;
  preview: boolean;
  documentationURL: string;
  getEntitySuggestion(hass: Hass, entityId: string): unknown;
}

declare global {
  interface Window {
    customCards?: CardEntry[];
  }
}

if (!customElements.get(CARD)) {
  customElements.define(CARD, SipIntercomCard);
  customElements.define(`${CARD}-editor`, SipIntercomCardEditor);
  window.customCards = window.customCards ?? [];
  window.customCards.push({
    type: CARD,
    name: "SIP Intercom",
    description: textOf(navigator.language, "description"),
    preview: true,
    documentationURL: "https://github.com/sip-intercom/sip-intercom/blob/main/docs/card.md",
    getEntitySuggestion(hass, entityId) {
      const entry = hass.entities[entityId];
      if (entry?.platform !== PLATFORM || !entry.device_id) return null;
      const config = { type: `custom:${CARD}`, device: entry.device_id, popup: true, ring: true };
      return { label: "SIP Intercom", config };
    },
  });
}
