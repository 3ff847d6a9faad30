/** The visual editor of the card. */

import { LitElement, html, TemplateResult } from "lit";
import { CardConfig, Hass, PLATFORM } from "./hass";
import { textOf, TextKey } from "./texts";

const LABELS: Record<string, TextKey> = {
  device: "device",
  title: "title",
  popup: "popup",
  ring: "ring",
  confirm: "confirm_open",
  replies: "replies",
  tts: "tts",
};

const SCHEMA = [
  {
    name: "device",
    required: true,
    selector: { device: { filter: [{ integration: PLATFORM }] } },
  },
  { name: "title", selector: { text: {} } },
  { name: "popup", selector: { boolean: {} } },
  { name: "ring", selector: { boolean: {} } },
  { name: "confirm", selector: { boolean: {} } },
  { name: "replies", selector: { text: { multiple: true } } },
  { name: "tts", selector: { entity: { filter: [{ domain: "tts" }] } } },
];

export class SipIntercomCardEditor extends LitElement {
  static properties = { hass: { attribute: false }, config: { state: true } };

  hass?: Hass;
  private config?: CardConfig;

  setConfig(config: CardConfig): void {
    this.config = config;
  }

  protected render(): TemplateResult {
    return html`<ha-form
      .hass=${this.hass}
      .data=${this.config}
      .schema=${SCHEMA}
      .computeLabel=${({ name }: { name: string }) =>
        textOf(this.hass?.language ?? "en", LABELS[name] ?? "title")}
      @value-changed=${(event: CustomEvent<{ value: CardConfig }>) => {
        event.stopPropagation();
        this.dispatchEvent(
          new CustomEvent("config-changed", {
            detail: { config: event.detail.value },
            bubbles: true,
            composed: true,
          }),
        );
      }}
    ></ha-form>`;
  }
}
