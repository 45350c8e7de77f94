// The queue between the network and the ear, counted in samples of 24 kHz: its clock is what was pulled. Pure.
//
// The socket is TCP: nothing is lost or comes in another order, it only comes late. Speech comes in talkspurts. Each begins
// when `target` is buffered, or when so much time has passed since its first sample (a short word must not wait for ever).
// When the queue runs dry and more of the same talkspurt comes within CONTINUES_MS, that was an underrun: the gap is counted,
// and the target grows by it. It shrinks slowly while nothing comes late. No voice is ever dropped except by `clear`: how
// far behind the ear may fall is the server's to decide, it sees our marks. But a stream of others' own voices has no end, and
// a stall of the network or a loudspeaker whose clock runs slow would leave it behind for good; one that runs fast would run dry
// every minute. So pauses take up the slack: quiet chunks are left out while the queue is too long, and wait when it is short.

import { levelDb, VOICE_DB } from "./level.js";
import { RATE_HZ } from "./pcm.js";

export const DEFAULT_MS = 120;
export const LEAST_MS = 60;
export const MOST_MS = 400;

const CONTINUES_MS = 400; // a longer pause is a new talkspurt, not a gap in one
const CALM_MS = 10000; // without a late chunk for so long, the target shrinks by one step
const STEP_MS = 10;
const EARLY_MS = 250; // more than this above the target is called early
const CAUGHT_UP_MS = 60; // above the target: once pauses are left out, they are down to here
const SHORT_MS = 30; // a continuous stream with less than this is about to run dry
const FLOWS_MS = 50; // a stream is continuous when its chunks are no further apart than this
const FADE_SAMPLES = 120; // 5 ms, so that a cut does not click

const samplesOf = (ms) => Math.round((ms * RATE_HZ) / 1000);
const msOf = (samples) => (samples * 1000) / RATE_HZ;

/** What was measured since the last `takeStatistics`, but for the target and the jitter, which go on. */
function nothingYet() {
  return { late: 0, early: 0, underruns: 0, gapMs: 0, overlaps: 0 };
}

export class JitterBuffer {
  constructor({ targetMs = DEFAULT_MS, leastMs = LEAST_MS, mostMs = MOST_MS } = {}) {
    this.leastMs = leastMs;
    this.mostMs = mostMs;
    this.targetMs = Math.max(leastMs, Math.min(mostMs, targetMs));
    this.queue = []; // {samples, at} or {mark}
    this.buffered = 0; // samples
    this.now = 0; // samples pulled since the start: our clock
    this.playing = false;
    this.firstAt = null; // when the talkspurt that waits to begin had its first sample
    this.dryAt = null; // when the queue ran dry in a talkspurt
    this.gapFrom = null; // the same, once more of that talkspurt has come
    this.waitMs = this.targetMs; // what the next beginning waits for
    this.calmSince = 0;
    this.playedTo = 0; // where on our clock the last sample of audio ended
    this.jitterMs = 0;
    this.lastArrival = null; // {at, samples} of the chunk before
    this.flows = false; // chunk follows on chunk, as of a microphone
    this.behind = false; // pauses are left out until the ear has caught up
    this.hold = 0; // samples of silence that a pause is made longer by
    this.statistics = nothingYet();
  }

  /** Audio from the network. @param {Float32Array} samples */
  push(samples) {
    if (samples.length === 0) return;
    this.#measure(samples.length);
    if (this.dryAt !== null) this.#resume();
    if (!this.playing && this.firstAt === null) this.firstAt = this.now;
    if (this.playing && msOf(this.buffered) > this.targetMs + EARLY_MS) this.statistics.early += 1;
    this.queue.push({ samples, read: 0 });
    this.buffered += samples.length;
  }

  /** A label after all that was pushed. */
  mark(name) {
    this.queue.push({ mark: name });
  }

  /** Drop what was not played, with a short fade. @returns {string[]} the marks that lay in it */
  clear() {
    const marks = this.queue.filter((item) => item.mark !== undefined).map((item) => item.mark);
    const tail = this.playing ? this.#fade() : null;
    this.queue = tail ? [{ samples: tail, read: 0 }] : [];
    this.buffered = tail ? tail.length : 0;
    this.playing = tail !== null;
    this.firstAt = null;
    this.dryAt = null;
    this.gapFrom = null;
    this.behind = false;
    this.hold = 0;
    this.waitMs = this.targetMs;
    this.lastArrival = null;
    return marks;
  }

  /**
   * The next samples for the ear; silence where there are none.
   * @param {number} count
   * @returns {{samples: Float32Array, reached: {name: string, offset: number}[]}} offset: samples from the first of these
   */
  pull(count) {
    const out = new Float32Array(count);
    const reached = [];
    if (!this.playing) this.#begin();
    let at = 0;
    while (this.queue.length > 0) {
      const item = this.queue[0];
      if (item.mark !== undefined) {
        reached.push({ name: item.mark, offset: at });
        this.queue.shift();
        continue;
      }
      if (!this.playing || at >= count) break;
      if (item.read === 0 && this.#leftOut(item)) continue;
      if (this.hold > 0) {
        const held = Math.min(this.hold, count - at);
        this.hold -= held;
        at += held;
        continue;
      }
      at += this.#copy(item, out, at);
    }
    if (this.playing && this.buffered === 0 && at < count) {
      this.playing = false;
      this.dryAt = this.now + at;
    }
    this.now += count;
    this.#settle();
    return { samples: out, reached };
  }

  get bufferedMs() {
    return msOf(this.buffered);
  }

  /** @returns what a `playback` message carries; the counters begin anew */
  takeStatistics() {
    const taken = { ...this.statistics, jitterMs: this.jitterMs, bufferedMs: this.bufferedMs, targetMs: this.targetMs };
    this.statistics = nothingYet();
    return taken;
  }

  #begin() {
    if (this.buffered === 0) return;
    const waited = this.now - (this.firstAt ?? this.now);
    const target = samplesOf(this.waitMs);
    if (this.buffered < target && waited < target) return;
    this.playing = true;
    this.firstAt = null;
    this.waitMs = this.targetMs;
  }

  /** More of a talkspurt that ran dry, or a new one. */
  #resume() {
    const from = this.dryAt;
    const gapMs = msOf(this.now - from);
    this.dryAt = null;
    if (gapMs > CONTINUES_MS) {
      this.lastArrival = null;
      return;
    }
    this.statistics.late += 1;
    this.statistics.underruns += 1;
    this.gapFrom = from;
    this.calmSince = this.now;
    this.targetMs = Math.min(this.mostMs, this.targetMs + Math.max(STEP_MS, gapMs));
    this.waitMs = this.leastMs; // the ear has waited for the gap already; what was held up mostly comes at once
  }

  /** Whether a chunk that is next is a pause, and one too many; where one is too few it is made to wait. */
  #leftOut(item) {
    const ms = this.bufferedMs;
    if (ms > this.targetMs + EARLY_MS) this.behind = true;
    else if (ms <= this.targetMs + CAUGHT_UP_MS) this.behind = false;
    const short = ms < SHORT_MS && this.flows && this.hold === 0 && !item.waited;
    if (!(this.behind || short) || levelDb(item.samples) > VOICE_DB) return false;
    if (short) {
      item.waited = true;
      this.hold = samplesOf(this.leastMs) - this.buffered;
      return false;
    }
    this.queue.shift();
    this.buffered -= item.samples.length;
    return true;
  }

  #copy(item, out, at) {
    if (this.gapFrom !== null) {
      this.statistics.gapMs += msOf(this.now + at - this.gapFrom);
      this.gapFrom = null;
    }
    const place = this.now + at;
    if (place < this.playedTo) this.statistics.overlaps += 1;
    const count = Math.min(out.length - at, item.samples.length - item.read);
    out.set(item.samples.subarray(item.read, item.read + count), at);
    item.read += count;
    this.buffered -= count;
    this.playedTo = place + count;
    if (item.read === item.samples.length) this.queue.shift();
    return count;
  }

  /** The first 5 ms of what is queued, fading out; null where there is none. */
  #fade() {
    const tail = new Float32Array(Math.min(FADE_SAMPLES, this.buffered));
    let at = 0;
    for (const item of this.queue) {
      if (item.mark !== undefined || at >= tail.length) continue;
      const part = item.samples.subarray(item.read, item.read + tail.length - at);
      tail.set(part, at);
      at += part.length;
    }
    for (let i = 0; i < tail.length; i += 1) tail[i] *= 1 - (i + 1) / tail.length;
    return tail.length > 0 ? tail : null;
  }

  /** Jitter as RFC 3550 has it: how far arrivals differ from the audio that they carry, smoothed over 16. */
  #measure(count) {
    const before = this.lastArrival;
    this.lastArrival = { at: this.now, samples: count };
    this.flows = false;
    if (before === null) return;
    const apart = msOf(this.now - before.at);
    this.flows = apart <= FLOWS_MS && msOf(count) <= FLOWS_MS;
    if (apart > CONTINUES_MS) return;
    this.jitterMs += (Math.abs(apart - msOf(before.samples)) - this.jitterMs) / 16;
  }

  #settle() {
    if (this.dryAt !== null && msOf(this.now - this.dryAt) > CONTINUES_MS) this.dryAt = null;
    if (msOf(this.now - this.calmSince) < CALM_MS) return;
    this.calmSince = this.now;
    this.targetMs = Math.max(this.leastMs, this.targetMs - STEP_MS);
    if (this.firstAt === null) this.waitMs = this.targetMs;
  }
}
