// PCM16 and frames; levels and the microphone's check.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DEAD_DB, FLOOR_DB, levelDb, meterShare, MicrophoneCheck } from "../../../src/dragoman/browser/page/audio/level.js";
import { decode, encode, Framer, FRAME_SAMPLES, mono } from "../../../src/dragoman/browser/page/audio/pcm.js";

test("samples survive the wire to the last bit, and full scale is clipped, not wrapped", () => {
  const written = encode(Float32Array.of(0, 1, -1, 2, -2, 0.5));
  assert.deepEqual([...new Int16Array(written)], [0, 32767, -32768, 32767, -32768, 16384]);
  const all = new Int16Array(65536).map((_, i) => i - 32768);
  const back = decode(encode(decode(all.buffer)));
  assert.ok(back.every((x, i) => Math.abs(x * 32768 - all[i]) <= 1));
});

test("it is little endian", () => {
  assert.deepEqual([...new Uint8Array(encode(Float32Array.of(256 / 32767)))], [0, 1]);
});

test("half a sample at the end is left out", () => {
  assert.equal(decode(new ArrayBuffer(5)).length, 2);
});

test("channels become one at the mean; nothing becomes nothing", () => {
  assert.deepEqual([...mono([Float32Array.of(1, 0), Float32Array.of(0, 1)])], [0.5, 0.5]);
  assert.deepEqual([...mono([Float32Array.of(0.25)])], [0.25]);
  assert.equal(mono([]).length, 0);
});

test("frames are 20 ms each, from any cut", () => {
  const framer = new Framer();
  const frames = [];
  const whole = Float32Array.from({ length: 5000 }, (_, i) => i / 5000);
  for (let at = 0; at < 5000; at += 64) frames.push(...framer.push(whole.subarray(at, Math.min(5000, at + 64))));
  assert.equal(frames.length, Math.floor(5000 / FRAME_SAMPLES));
  assert.ok(frames.every((frame) => frame.length === FRAME_SAMPLES));
  assert.deepEqual(frames.flatMap((frame) => [...frame]), [...whole.subarray(0, frames.length * FRAME_SAMPLES)]);
});

test("levels in dB of full scale", () => {
  assert.equal(levelDb(new Float32Array(480)), FLOOR_DB);
  assert.ok(Math.abs(levelDb(new Float32Array(480).fill(0.1)) + 20) < 0.001);
  assert.deepEqual([meterShare(-100), meterShare(-10), meterShare(0), meterShare(-35)], [0, 1, 1, 0.5]);
});

const after = (db, seconds) => {
  const check = new MicrophoneCheck();
  for (let s = 0; s < seconds; s += 0.02) check.hear(db, 0.02);
  return check.verdict;
};

test("a microphone that gives nothing but zeros is called dead, one with a room's noise quiet, one with a voice heard", () => {
  assert.equal(after(FLOOR_DB, 1), "waiting");
  assert.equal(after(FLOOR_DB, 3), "dead");
  assert.equal(after(DEAD_DB - 1, 3), "dead");
  assert.equal(after(-65, 3), "quiet");
  assert.equal(after(-30, 0.1), "heard");
});

test("one knock is no voice", () => {
  const check = new MicrophoneCheck();
  check.hear(-10, 0.02);
  for (let i = 0; i < 200; i += 1) check.hear(-70, 0.02);
  assert.equal(check.verdict, "quiet");
});
