// How loud a microphone is, and whether it is there at all. Pure.

export const FLOOR_DB = -100;

/** Below this for the whole of a check nothing but zeros comes: a switched-off or wrong microphone (a room has -80..-50). */
export const DEAD_DB = -85;

/** Louder than this once, and somebody was heard. */
export const VOICE_DB = -45;

/** @param {Float32Array} samples @returns {number} root mean square in dB of full scale, FLOOR_DB for silence */
export function levelDb(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  return rms > 0 ? Math.max(FLOOR_DB, 20 * Math.log10(rms)) : FLOOR_DB;
}

/** A level as a share of a meter: -60 dB is 0, -10 dB is 1. */
export function meterShare(db) {
  return Math.max(0, Math.min(1, (db + 60) / 50));
}

/** Watches the levels of a microphone before the start and says what it is: `waiting`, `dead`, `quiet`, `heard`. */
export class MicrophoneCheck {
  /** @param {number} patienceS how long zeros may come before the microphone is called dead */
  constructor(patienceS = 2.5) {
    this.patienceS = patienceS;
    this.elapsedS = 0;
    this.loudestDb = FLOOR_DB;
    this.voiced = 0;
  }

  /** @param {number} db of one stretch @param {number} lengthS of it @returns {"waiting"|"dead"|"quiet"|"heard"} */
  hear(db, lengthS) {
    this.elapsedS += lengthS;
    this.loudestDb = Math.max(this.loudestDb, db);
    if (db > VOICE_DB) this.voiced += 1;
    return this.verdict;
  }

  get verdict() {
    if (this.voiced >= 3) return "heard"; // one alone is a knock on the table
    if (this.elapsedS < this.patienceS) return "waiting";
    return this.loudestDb < DEAD_DB ? "dead" : "quiet";
  }
}
