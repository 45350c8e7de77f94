// Between what Web Audio has (Float32 in -1..1) and what the socket carries (PCM16, little endian, mono, 24 kHz). Pure.

export const RATE_HZ = 24000;
export const FRAME_SAMPLES = 480; // 20 ms

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** @param {Float32Array} samples @returns {ArrayBuffer} PCM16LE; what is beyond full scale is clipped */
export function encode(samples) {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (let i = 0; i < samples.length; i += 1) {
    const bounded = Math.max(-1, Math.min(1, samples[i]));
    view.setInt16(i * 2, Math.round(bounded < 0 ? bounded * 32768 : bounded * 32767), true);
  }
  return view.buffer;
}

/** @param {ArrayBuffer} bytes PCM16LE; an odd last byte is left out @returns {Float32Array} */
export function decode(bytes) {
  const count = bytes.byteLength >> 1;
  const out = new Float32Array(count);
  if (LITTLE) {
    const whole = new Int16Array(bytes, 0, count);
    for (let i = 0; i < count; i += 1) out[i] = whole[i] / 32768;
    return out;
  }
  const view = new DataView(bytes);
  for (let i = 0; i < count; i += 1) out[i] = view.getInt16(i * 2, true) / 32768;
  return out;
}

/** All channels of one block as one. @param {Float32Array[]} channels of the same length @returns {Float32Array} a copy */
export function mono(channels) {
  const out = Float32Array.from(channels[0] ?? []);
  for (const channel of channels.slice(1)) for (let i = 0; i < out.length; i += 1) out[i] += channel[i];
  if (channels.length > 1) for (let i = 0; i < out.length; i += 1) out[i] /= channels.length;
  return out;
}

/** Samples of any number in, frames of FRAME_SAMPLES out; the rest waits. */
export class Framer {
  constructor() {
    this.rest = new Float32Array(0);
  }

  /** @param {Float32Array} samples @returns {Float32Array[]} */
  push(samples) {
    const all = new Float32Array(this.rest.length + samples.length);
    all.set(this.rest);
    all.set(samples, this.rest.length);
    const frames = [];
    let at = 0;
    for (; at + FRAME_SAMPLES <= all.length; at += FRAME_SAMPLES) frames.push(all.slice(at, at + FRAME_SAMPLES));
    this.rest = all.slice(at);
    return frames;
  }
}
