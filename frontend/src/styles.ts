import { css } from "lit";

export const styles = css`
  :host {
    display: block;
  }
  ha-card {
    overflow: hidden;
    display: flex;
    flex-direction: column;
    height: 100%;
  }
  .picture {
    position: relative;
    background: #000;
    aspect-ratio: 4 / 3;
    max-height: 70vh;
    width: 100%;
    border: 0;
    padding: 0;
    display: block;
  }
  .picture video,
  .picture img {
    width: 100%;
    height: 100%;
    object-fit: contain;
    display: block;
  }
  .picture ha-icon {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    color: #777;
    --mdc-icon-size: 96px;
  }
  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 4px 12px;
    padding: 12px 16px 4px;
    color: var(--primary-text-color);
  }
  .who h2 {
    margin: 0;
    font-size: 1.25em;
    font-weight: 500;
  }
  .who .state {
    color: var(--secondary-text-color);
  }
  .who .time {
    margin-inline-start: auto;
    font-variant-numeric: tabular-nums;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding: 8px 16px;
  }
  .row:last-child {
    padding-bottom: 16px;
  }
  button.act {
    font: inherit;
    flex: 1 1 auto;
    min-height: 48px;
    min-width: 96px;
    padding: 8px 16px;
    border: 1px solid var(--divider-color, #ccc);
    border-radius: 12px;
    background: var(--secondary-background-color, #eee);
    color: var(--primary-text-color);
    cursor: pointer;
  }
  button.act.yes {
    background: #1b7f3b;
    border-color: #1b7f3b;
    color: #fff;
  }
  button.act.no {
    background: #b3261e;
    border-color: #b3261e;
    color: #fff;
  }
  button.act.on {
    outline: 3px solid var(--primary-color, #03a9f4);
  }
  button.act:disabled {
    opacity: 0.5;
    cursor: not-allowed;
  }
  button:focus-visible,
  input:focus-visible {
    outline: 3px solid var(--primary-color, #03a9f4);
    outline-offset: 2px;
  }
  .replies button.act {
    min-height: 40px;
    font-size: 0.9em;
  }
  label.volume {
    display: flex;
    flex: 1;
    align-items: center;
    gap: 12px;
    color: var(--secondary-text-color);
  }
  label.volume input {
    flex: 1;
    accent-color: var(--primary-color, #03a9f4);
  }
  .problem {
    padding: 4px 16px 8px;
    color: var(--error-color, #b3261e);
  }
  .above {
    position: fixed;
    inset: 0;
    z-index: 1000;
    display: grid;
    place-items: center;
    padding: 16px;
    background: rgba(0, 0, 0, 0.6);
  }
  .above > ha-card {
    width: min(560px, 100%);
    max-height: 100%;
    overflow: auto;
    height: auto;
  }
`;
