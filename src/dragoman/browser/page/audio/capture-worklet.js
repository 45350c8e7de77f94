// The microphone's end: blocks of the device's rate in, 20 ms frames of PCM16 at 24 kHz out, and the level.

import { levelDb } from "./level.js";
import { encode, Framer, mono, RATE_HZ } from "./pcm.js";
import { Resampler } from "./resample.js";

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, RATE_HZ);
    this.framer = new Framer();
    this.muted = false;
    this.port.onmessage = ({ data }) => {
      if (data.type === "mute") this.muted = data.on;
    };
  }

  process([input]) {
    if (!input.length) return true; // nothing is connected just now
    for (const frame of this.framer.push(this.resampler.push(mono(input)))) {
      const db = levelDb(frame);
      if (this.muted) {
        this.port.postMessage({ db });
        continue;
      }
      const audio = encode(frame);
      this.port.postMessage({ audio, db }, [audio]);
    }
    return true;
  }
}

registerProcessor("capture", Capture);
