// A streaming resampler: windowed sinc, polyphase, mono Float32. Pure; used inside the worklets and under node.
//
// The filter is a Kaiser window (beta 8: about 80 dB down in the stop band) of 32 zero crossings on each side, at the lower
// of the two rates, so that nothing above half of either rate comes through: pass band to 0.42 of the lower rate, stop band
// from 0.5 of it. Its delay is 32 samples of the lower rate (1.3 ms at 24 kHz).

const CROSSINGS = 32;
const KAISER_BETA = 8;
const CUTOFF = 0.46; // of the lower rate: the middle of the transition, whose end is at 0.5
const MOST_PHASES = 640; // 44100 to 24000 needs 80; odd rates are rounded to the nearest of these

/** Greatest common divisor of two positive integers. */
function divisor(a, b) {
  while (b) [a, b] = [b, a % b];
  return a;
}

/** The modified Bessel function of the first kind, order 0. */
function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 50 && term > 1e-12 * sum; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** `phases` rows of `taps` coefficients; row p answers for a point p/phases of a sample after the middle. */
function table(phases, taps, cutoff) {
  const rows = [];
  const half = taps / 2;
  for (let phase = 0; phase <= phases; phase += 1) {
    const row = new Float32Array(taps);
    let sum = 0;
    for (let i = 0; i < taps; i += 1) {
      const t = i - half + 1 - phase / phases;
      const angle = 2 * Math.PI * cutoff * t;
      const sinc = Math.abs(t) < 1e-9 ? 1 : Math.sin(angle) / angle;
      const edge = 1 - (t / half) ** 2;
      row[i] = edge <= 0 ? 0 : sinc * bessel(KAISER_BETA * Math.sqrt(edge));
      sum += row[i];
    }
    for (let i = 0; i < taps; i += 1) row[i] /= sum; // gain 1 at 0 Hz in each phase
    rows.push(row);
  }
  return rows;
}

/** Samples of one rate in, samples of the other out; keeps what it needs between calls. */
export class Resampler {
  /** @param {number} fromHz whole number @param {number} toHz whole number */
  constructor(fromHz, toHz) {
    if (!(Number.isInteger(fromHz) && Number.isInteger(toHz) && fromHz > 0 && toHz > 0)) {
      throw new RangeError(`rates must be whole numbers above 0: ${fromHz}, ${toHz}`);
    }
    const common = divisor(fromHz, toHz);
    this.up = toHz / common;
    this.down = fromHz / common;
    this.same = fromHz === toHz;
    const lower = Math.min(fromHz, toHz);
    this.taps = 2 * Math.ceil((CROSSINGS * fromHz) / lower);
    this.phases = Math.min(this.up, MOST_PHASES);
    this.rows = this.same ? [] : table(this.phases, this.taps, (CUTOFF * lower) / fromHz);
    this.kept = new Float32Array(this.same ? 0 : this.taps - 1); // silence before the first sample
    this.place = 0; // of the next output, in 1/up of an input sample, after the first kept window
  }

  /** How many input samples `push` must be given so that it can return `count`. */
  needed(count) {
    if (this.same) return count;
    if (count <= 0) return 0;
    const last = this.place + (count - 1) * this.down;
    return Math.max(0, Math.floor(last / this.up) + this.taps - this.kept.length);
  }

  /**
   * @param {Float32Array} samples any number
   * @param {number} [most] to return now; what more could be made comes with the next
   * @returns {Float32Array} as many as can be made
   */
  push(samples, most = Infinity) {
    if (this.same) return samples;
    const all = new Float32Array(this.kept.length + samples.length);
    all.set(this.kept);
    all.set(samples, this.kept.length);
    const reach = (all.length - this.taps + 1) * this.up; // places below this have a whole window
    const count = Math.min(most, Math.max(0, Math.ceil((reach - this.place) / this.down)));
    const out = new Float32Array(count);
    for (let i = 0; i < count; i += 1) {
      const first = Math.floor(this.place / this.up);
      const phase = this.place - first * this.up;
      const row = this.rows[this.phases === this.up ? phase : Math.round((phase * this.phases) / this.up)];
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap += 1) sum += all[first + tap] * row[tap];
      out[i] = sum;
      this.place += this.down;
    }
    const used = Math.min(Math.floor(this.place / this.up), all.length);
    this.place -= used * this.up;
    this.kept = all.slice(used);
    return out;
  }
}
