// A ring for who waits for calls: two soft tones, again and again, made here.

const EVERY_MS = 3000;
const TONES = [[523.3, 0], [659.3, 0.22], [523.3, 0.6], [659.3, 0.82]]; // Hz, seconds
const LOUD = 0.12;

export class Ringer {
  /** From a tap or key, or the browser keeps quiet. */
  constructor() {
    this.context = new AudioContext();
    this.timer = null;
  }

  ring(on) {
    if (on === (this.timer !== null)) return;
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.#burst(), EVERY_MS) : null;
    if (on) this.#burst();
  }

  #burst() {
    for (const [hz, at] of TONES) {
      const begins = this.context.currentTime + at;
      const tone = new OscillatorNode(this.context, { frequency: hz });
      const level = new GainNode(this.context, { gain: 0 });
      level.gain.linearRampToValueAtTime(0, begins);
      level.gain.linearRampToValueAtTime(LOUD, begins + 0.02);
      level.gain.linearRampToValueAtTime(0, begins + 0.2);
      tone.connect(level).connect(this.context.destination);
      tone.start(begins);
      tone.stop(begins + 0.25);
    }
  }

  stop() {
    this.ring(false);
    if (this.context.state !== "closed") this.context.close();
  }
}
