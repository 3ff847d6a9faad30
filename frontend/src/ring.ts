/** The sound of an incoming call, made by the browser itself. */

export class Ring {
  private context?: AudioContext;
  private timer?: number;

  start(): void {
    if (this.timer !== undefined) return;
    this.context = new AudioContext();
    this.chime();
    this.timer = window.setInterval(() => this.chime(), 3000);
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.timer = undefined;
    void this.context?.close();
    this.context = undefined;
  }

  private chime(): void {
    this.note(659, 0);
    this.note(523, 0.6);
  }

  private note(frequency: number, delay: number): void {
    const context = this.context;
    // Until somebody has touched the page, browsers keep it silent.
    if (!context || context.state !== "running") return;
    const start = context.currentTime + delay;
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.frequency.value = frequency;
    volume.gain.setValueAtTime(0.3, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 1);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + 1);
  }
}
