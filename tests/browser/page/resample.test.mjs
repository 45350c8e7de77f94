// The resampler by what it does to tones: kept in the pass band, gone where they would fold back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler } from "../../../src/dragoman/browser/page/audio/resample.js";

const tone = (hz, rate, count) => Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));

/** The level of one frequency in dB of full scale, by a Hann window and one bin of a Fourier transform. */
function toneDb(samples, hz, rate) {
  let re = 0;
  let im = 0;
  let weight = 0;
  samples.forEach((sample, i) => {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
    re += sample * window * Math.cos((2 * Math.PI * hz * i) / rate);
    im += sample * window * Math.sin((2 * Math.PI * hz * i) / rate);
    weight += window;
  });
  return 20 * Math.log10((2 * Math.hypot(re, im)) / weight + 1e-12);
}

const levelDb = (samples) => 20 * Math.log10(Math.sqrt((2 * samples.reduce((sum, x) => sum + x * x, 0)) / samples.length) + 1e-12);
const steady = (samples) => samples.subarray(400, samples.length - 400);

const PAIRS = [[48000, 24000], [44100, 24000], [16000, 24000], [96000, 24000], [24000, 48000], [24000, 44100], [24000, 192000]];

for (const [from, to] of PAIRS) {
  test(`${from} to ${to}: tones of the pass band come through at their level`, () => {
    const lower = Math.min(from, to);
    for (const share of [0.01, 0.1, 0.25, 0.4]) {
      const hz = Math.round(share * lower);
      const made = steady(new Resampler(from, to).push(tone(hz, from, from / 2)));
      assert.ok(Math.abs(toneDb(made, hz, to)) < 0.1, `${hz} Hz: ${toneDb(made, hz, to)} dB`);
    }
  });

  test(`${from} to ${to}: what else there is beside a tone is below -70 dB`, () => {
    const hz = Math.round(0.3 * Math.min(from, to));
    const made = steady(new Resampler(from, to).push(tone(hz, from, from / 2)));
    // Take the tone itself away by its own projection; what is left are images, aliases and noise.
    let [a, b, cc, ss, cs] = [0, 0, 0, 0, 0];
    made.forEach((x, i) => {
      const c = Math.cos((2 * Math.PI * hz * i) / to);
      const s = Math.sin((2 * Math.PI * hz * i) / to);
      a += x * c;
      b += x * s;
      cc += c * c;
      ss += s * s;
      cs += c * s;
    });
    const det = cc * ss - cs * cs;
    const [p, q] = [(a * ss - b * cs) / det, (b * cc - a * cs) / det];
    const rest = made.map((x, i) => x - p * Math.cos((2 * Math.PI * hz * i) / to) - q * Math.sin((2 * Math.PI * hz * i) / to));
    assert.ok(levelDb(rest) < -70, `${levelDb(rest)} dB`);
  });
}

for (const from of [48000, 44100, 96000]) {
  test(`${from} to 24000: what would fold back is 75 dB down`, () => {
    for (const hz of [12100, 13000, 15000, 17000, 20000, 21900]) {
      const made = steady(new Resampler(from, 24000).push(tone(hz, from, from / 2)));
      assert.ok(levelDb(made) < -75, `${hz} Hz: ${levelDb(made)} dB`);
    }
  });
}

test("any cut of the same samples gives the same result", () => {
  const whole = tone(1000, 44100, 9000);
  const once = new Resampler(44100, 24000).push(whole);
  const cut = new Resampler(44100, 24000);
  const parts = [];
  for (let at = 0, size = 1; at < whole.length; at += size, size = (size * 7 + 3) % 311) {
    size ||= 1;
    parts.push(...cut.push(whole.subarray(at, at + size)));
  }
  assert.deepEqual(Float32Array.from(parts), once);
});

test("`needed` is exact: so many in, the wanted number out", () => {
  for (const [from, to] of PAIRS) {
    const resampler = new Resampler(from, to);
    for (let block = 0; block < 300; block += 1) {
      const count = resampler.needed(128);
      assert.equal(resampler.push(new Float32Array(count), 128).length, 128, `${from} to ${to}, block ${block}`);
    }
  }
});

test("taken block by block, as a loudspeaker takes it, it is the same sound as in one piece", () => {
  for (const [from, to] of PAIRS) {
    const whole = tone(700, from, from);
    const once = new Resampler(from, to).push(whole);
    const piecewise = new Resampler(from, to);
    const parts = [];
    for (let at = 0; parts.length < 12800; ) {
      const count = piecewise.needed(128);
      parts.push(...piecewise.push(whole.subarray(at, at + count), 128));
      at += count;
    }
    assert.deepEqual(Float32Array.from(parts), once.subarray(0, 12800), `${from} to ${to}`);
  }
});

test("the same rate passes through, and rates that are none are refused", () => {
  const samples = tone(440, 24000, 100);
  assert.equal(new Resampler(24000, 24000).push(samples), samples);
  for (const wrong of [0, -1, 44100.5, NaN]) assert.throws(() => new Resampler(wrong, 24000), RangeError);
});

test("an odd rate is rounded to the nearest phase, and still clean", () => {
  const made = steady(new Resampler(47999, 24000).push(tone(1000, 47999, 24000)));
  assert.ok(Math.abs(toneDb(made, 1000, 24000)) < 0.1);
});
