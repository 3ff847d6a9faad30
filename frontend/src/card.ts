/** The card: who is there, talk, open. */

import { LitElement, html, nothing, TemplateResult } from "lit";
import { DeviceView, deviceIds, Door, viewOf } from "./device";
import { CardConfig, Hass } from "./hass";
import { Ring } from "./ring";
import { microphoneAllowed, Session } from "./session";
import { styles } from "./styles";
import { textOf, TextKey } from "./texts";

export const CARD = "sip-intercom-card";
const CONFIRM_TIME = 4000; // milliseconds
const TALKING = ["in_call", "dialing", "early_media"];

export class SipIntercomCard extends LitElement {
  static styles = styles;
  static properties = {
    hass: { attribute: false },
    config: { state: true },
    session: { state: true },
    stream: { state: true },
    muted: { state: true },
    problem: { state: true },
    asked: { state: true },
    broken: { state: true },
    dismissed: { state: true },
    now: { state: true },
  };

  hass?: Hass;
  private config?: CardConfig;
  private view?: DeviceView;
  private session?: Session;
  private stream?: MediaStream;
  private muted = false;
  private problem = "";
  private asked?: string;
  private broken?: string;
  private dismissed = false;
  private now = Date.now();
  private lastState = "";
  private focusAbove = false;
  private readonly ring = new Ring();
  private timer?: number;

  static getConfigElement(): HTMLElement {
    return document.createElement(`${CARD}-editor`);
  }

  static getStubConfig(hass: Hass): Partial<CardConfig> {
    return { device: deviceIds(hass)[0], popup: true, ring: true };
  }

  setConfig(config: CardConfig): void {
    this.config = config;
  }

  getCardSize(): number {
    return 6;
  }

  getGridOptions(): Record<string, number> {
    return { columns: 12, min_columns: 6, min_rows: 4 };
  }

  connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => this.tick(), 1000);
    window.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearInterval(this.timer);
    window.removeEventListener("keydown", this.onKey);
    this.ring.stop();
    this.stop();
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.dismissed = true;
  };

  /** Show the next second of a call; nothing else goes by the clock. */
  private tick(): void {
    if (this.view?.state === "in_call") this.now = Date.now();
  }

  protected willUpdate(): void {
    const device = this.config?.device;
    const view = this.hass && device ? viewOf(this.hass, device) : undefined;
    this.view = view;
    const state = view?.state ?? "";
    if (state !== this.lastState) this.follow(view, this.lastState);
    this.lastState = state;
  }

  protected updated(): void {
    const video = this.renderRoot.querySelector("video");
    if (video && video.srcObject !== (this.stream ?? null)) {
      video.srcObject = this.stream ?? null;
      void video.play().catch(() => undefined);
    }
    const above = this.renderRoot.querySelector<HTMLElement>(".above button.yes");
    if (above && !above.matches(":focus-within") && this.focusAbove) {
      this.focusAbove = false;
      above.focus();
    }
  }

  protected render(): TemplateResult {
    const view = this.view;
    if (!view) return html`<ha-card><p class="problem">${this.text("no_device")}</p></ha-card>`;
    const above = this.config?.popup && view.state === "ringing" && !this.dismissed;
    if (!above) return html`<ha-card>${this.content(view)}</ha-card>`;
    return html`<ha-card></ha-card>
      <div
        class="above"
        role="alertdialog"
        aria-modal="true"
        aria-label=${this.stateText(view)}
      >
        <ha-card>${this.content(view)}</ha-card>
      </div>`;
  }

  private content(view: DeviceView): TemplateResult {
    return html`${this.picture(view)}
      <div class="who">
        <h2>${this.config?.title || view.name}</h2>
        <span class="state" role="status" aria-live="polite">${this.stateText(view)}</span>
        ${view.state === "in_call"
          ? html`<span class="time" aria-hidden="true">${this.duration(view)}</span>`
          : nothing}
      </div>
      ${this.problem ? html`<div class="problem" role="alert">${this.problem}</div>` : nothing}
      <div class="row">${this.callButtons(view)} ${view.doors.map((door) => this.door(door))}</div>
      ${view.state === "in_call" ? this.voice(view) : nothing}`;
  }

  private picture(view: DeviceView): TemplateResult {
    const still = view.picture ? (this.hass?.hassUrl?.(view.picture) ?? view.picture) : "";
    return html`<div class="picture">
      ${this.session && this.stream
        ? html`<video autoplay playsinline poster=${still} aria-label=${view.name}></video>`
        : still && still !== this.broken
          ? html`<img src=${still} alt=${view.name} @error=${() => (this.broken = still)} />`
          : html`<ha-icon icon="mdi:doorbell-video"></ha-icon>`}
    </div>`;
  }

  private callButtons(view: DeviceView): unknown {
    if (!view.available) return nothing;
    if (view.state === "ringing") {
      return [
        this.button("answer", () => this.answer(view), "yes"),
        this.button("decline", () => this.press(view.decline), "no"),
      ];
    }
    if (TALKING.includes(view.state)) {
      return [
        this.session?.talks
          ? this.button(this.muted ? "unmute" : "mute", () => this.toggle(), this.muted ? "on" : "")
          : view.state === "in_call" && this.talk(view),
        this.button("hang_up", () => this.hangUp(view), "no"),
      ];
    }
    return [
      this.talk(view),
      view.camera && view.canTalk
        ? this.session
          ? this.button("stop", () => this.stop())
          : this.button("listen", () => this.open(view, false))
        : nothing,
    ];
  }

  private talk(view: DeviceView): unknown {
    if (!view.camera || !view.canTalk) return nothing;
    return this.button("talk", () => this.answer(view), "yes");
  }

  private door(door: Door): TemplateResult {
    const asks = this.asked === door.entity;
    return html`<button
      class="act ${asks ? "on" : ""}"
      @click=${() => this.openDoor(door)}
    >
      ${asks ? this.text("confirm") : door.name}
    </button>`;
  }

  private voice(view: DeviceView): TemplateResult {
    const replies = this.config?.tts ? (this.config.replies ?? []) : [];
    return html`${replies.length
        ? html`<div class="row replies">
            ${replies.map(
              (reply) =>
                html`<button class="act" @click=${() => this.say(view, reply)}>${reply}</button>`,
            )}
          </div>`
        : nothing}
      ${view.speaker && view.volume !== undefined
        ? html`<div class="row">
            <label class="volume"
              >${this.text("volume")}
              <input
                type="range"
                min="0"
                max="1"
                step="0.05"
                .value=${String(view.volume)}
                @change=${(event: Event) =>
                  this.call("media_player", "volume_set", {
                    entity_id: view.speaker,
                    volume_level: Number((event.target as HTMLInputElement).value),
                  })}
            /></label>
          </div>`
        : nothing}`;
  }

  private button(key: TextKey, action: () => void, kind = ""): TemplateResult {
    return html`<button class="act ${kind}" @click=${action}>${this.text(key)}</button>`;
  }

  private stateText(view: DeviceView): string {
    if (!view.available) return this.text("unavailable");
    if (view.state === "ringing") {
      const caller = view.button || view.caller;
      return caller ? this.text("ringing_by", { caller }) : this.text("ringing");
    }
    const mine = this.session?.talks || view.answeredBy === this.hass?.user?.name;
    if (view.state === "in_call" && view.answeredBy && !mine) {
      return this.text("answered_by", { name: view.answeredBy });
    }
    return this.text(view.state);
  }

  private duration(view: DeviceView): string {
    const seconds = Math.max(0, Math.floor((this.now - view.since) / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  /** Follow the call: look when it rings, let go when it has ended. */
  private follow(view: DeviceView | undefined, before: string): void {
    const state = view?.state;
    if (state === "ringing" && view) {
      this.dismissed = false;
      this.focusAbove = true;
      this.problem = "";
      if (this.config?.ring) this.ring.start();
      if (view.camera && view.canTalk && !this.session) this.open(view, false);
      return;
    }
    this.ring.stop();
    const ended = state === "idle" && before !== "" && before !== "idle";
    if (ended) this.stop();
  }

  private answer(view: DeviceView): void {
    if (view.camera && view.canTalk && microphoneAllowed()) {
      this.open(view, true);
    } else {
      this.problem = view.canTalk ? this.text("insecure") : "";
      if (view.state === "ringing") this.press(view.answer);
    }
  }

  private open(view: DeviceView, talks: boolean): void {
    if (!this.hass || !view.camera) return;
    this.session?.close();
    this.problem = "";
    this.muted = false;
    const session = new Session(this.hass, view.camera, talks, {
      stream: (stream) => {
        if (this.session === session) this.stream = stream;
        this.requestUpdate();
      },
      connected: () => this.requestUpdate(),
      ended: (message) => {
        if (this.session !== session) return;
        this.stop();
        this.problem = message || this.text("lost");
      },
    });
    this.session = session;
    session.open().catch((error: { name?: string; message?: string }) => {
      if (this.session !== session) return;
      this.stop();
      const refused = error.name === "NotAllowedError" || error.name === "NotFoundError";
      this.problem = refused
        ? this.text("microphone")
        : this.text("failed", { error: error.message ?? "" });
    });
  }

  private stop(): void {
    this.session?.close();
    this.session = undefined;
    this.stream = undefined;
    this.muted = false;
  }

  private toggle(): void {
    this.muted = !this.muted;
    this.session?.mute(this.muted);
  }

  private hangUp(view: DeviceView): void {
    this.press(view.hangUp);
    this.stop();
  }

  private openDoor(door: Door): void {
    if (this.config?.confirm && this.asked !== door.entity) {
      this.asked = door.entity;
      window.setTimeout(() => (this.asked = undefined), CONFIRM_TIME);
      return;
    }
    this.asked = undefined;
    this.press(door.entity);
  }

  private say(view: DeviceView, message: string): void {
    this.call("tts", "speak", {
      entity_id: this.config?.tts,
      media_player_entity_id: view.speaker,
      message,
    });
  }

  private press(entity: string | undefined): void {
    if (entity) this.call("button", "press", { entity_id: entity });
  }

  private call(domain: string, service: string, data: Record<string, unknown>): void {
    this.hass?.callService(domain, service, data).catch((error: { message?: string }) => {
      this.problem = this.text("failed", { error: error.message ?? "" });
    });
  }

  private text(key: TextKey, values: Record<string, string> = {}): string {
    return textOf(this.hass?.language ?? "en", key, values);
  }
}
