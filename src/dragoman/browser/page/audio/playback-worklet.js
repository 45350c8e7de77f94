// The ear's end: PCM16 at 24 kHz from the socket into the jitter buffer, out at the device's rate; marks as they are passed.

import { JitterBuffer } from "./jitter.js";
import { levelDb } from "./level.js";
import { decode, RATE_HZ } from "./pcm.js";
import { Resampler } from "./resample.js";

const LEVEL_EVERY_S = 0.1;

class Playback extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.buffer = new JitterBuffer(processorOptions ?? {});
    this.resampler = new Resampler(RATE_HZ, sampleRate);
    this.levelAt = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take(message) {
    switch (message.type) {
      case "audio":
        this.buffer.push(decode(message.audio));
        break;
      case "mark":
        this.buffer.mark(message.name);
        break;
      case "clear":
        for (const name of this.buffer.clear()) {
          this.port.postMessage({ type: "reached", name, at: currentTime, cleared: true });
        }
        break;
      case "statistics":
        this.port.postMessage({ type: "statistics", ...this.buffer.takeStatistics() });
        break;
    }
  }

  process(inputs, [[first, ...others]]) {
    const { samples, reached } = this.buffer.pull(this.resampler.needed(first.length));
    first.set(this.resampler.push(samples, first.length));
    for (const other of others) other.set(first);
    for (const { name, offset } of reached) {
      this.port.postMessage({ type: "reached", name, at: currentTime + offset / RATE_HZ });
    }
    if (currentTime >= this.levelAt) {
      this.levelAt = currentTime + LEVEL_EVERY_S;
      this.port.postMessage({ type: "level", db: levelDb(first), playing: this.buffer.playing });
    }
    return true;
  }
}

registerProcessor("playback", Playback);
