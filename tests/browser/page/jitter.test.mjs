// The queue before the ear, in samples: no clock, no network.

import assert from "node:assert/strict";
import { test } from "node:test";

import { JitterBuffer } from "../../../src/dragoman/browser/page/audio/jitter.js";

const HZ = 24000;
const of = (ms, value = 0.5) => new Float32Array((ms * HZ) / 1000).fill(value);
const pull = (buffer, ms) => buffer.pull((ms * HZ) / 1000);
const heardMs = (samples) => (samples.filter((x) => x !== 0).length * 1000) / HZ;

/** Speech of `seconds` in chunks of 20 ms, each late by what `delayMs(i)` says (TCP: never before the one before). */
function play({ seconds, delayMs, chunkMs = 20, buffer = new JitterBuffer() }) {
  let last = 0;
  const arrivals = Array.from({ length: (seconds * 1000) / chunkMs }, (_, i) => {
    last = Math.max(last, i * chunkMs + delayMs(i));
    return last;
  });
  const samples = [];
  let next = 0;
  for (let ms = 0; ms < seconds * 1000 + 1500; ms += 2.5) {
    while (next < arrivals.length && arrivals[next] <= ms) {
      buffer.push(of(chunkMs));
      next += 1;
    }
    samples.push(...buffer.pull(60).samples);
  }
  return { samples, statistics: buffer.takeStatistics(), buffer };
}

/** Numbers that look like chance, the same each time. */
function chance(seed) {
  let x = seed;
  return () => {
    x = (x * 1103515245 + 12345) % 2147483648;
    return x / 2147483648;
  };
}

test("a talkspurt begins when the target is buffered, not before", () => {
  const buffer = new JitterBuffer();
  buffer.push(of(100));
  assert.equal(heardMs(pull(buffer, 20).samples), 0);
  buffer.push(of(20));
  assert.equal(heardMs(pull(buffer, 20).samples), 20);
});

test("a word shorter than the target does not wait for ever", () => {
  const buffer = new JitterBuffer();
  buffer.push(of(60));
  assert.equal(heardMs(pull(buffer, 120).samples), 0);
  assert.equal(heardMs(pull(buffer, 120).samples), 60);
});

test("speech that comes in time has no gap, no overlap, and loses no sample", () => {
  const { samples, statistics } = play({ seconds: 20, delayMs: () => 0 });
  assert.equal(heardMs(samples), 20000);
  assert.equal(statistics.underruns, 0);
  assert.equal(statistics.gapMs, 0);
  assert.equal(statistics.overlaps, 0);
  assert.ok(statistics.jitterMs < 3);
});

for (const jitterMs of [30, 100]) {
  test(`up to ${jitterMs} ms of jitter is played without a gap`, () => {
    const random = chance(jitterMs);
    const { samples, statistics } = play({ seconds: 60, delayMs: () => random() * jitterMs });
    assert.equal(heardMs(samples), 60000);
    assert.equal(statistics.underruns, 0);
    assert.equal(statistics.overlaps, 0);
  });
}

test("a stall makes one gap, is counted, loses nothing, and the target grows by it", () => {
  const { samples, statistics, buffer } = play({ seconds: 5, delayMs: (i) => (i === 100 ? 300 : 0) });
  assert.equal(heardMs(samples), 5000);
  assert.equal(statistics.underruns, 1);
  assert.equal(statistics.late, 1);
  assert.ok(statistics.gapMs > 150 && statistics.gapMs < 260, `${statistics.gapMs}`);
  assert.ok(buffer.targetMs > 250 && buffer.targetMs <= 400, `${buffer.targetMs}`);
});

test("after it was late once, the same lateness makes no gap in the next talkspurt", () => {
  const buffer = new JitterBuffer();
  play({ seconds: 3, delayMs: (i) => (i === 100 ? 250 : 0), buffer });
  const { statistics } = play({ seconds: 3, delayMs: (i) => (i === 100 ? 250 : 0), buffer });
  assert.equal(statistics.underruns, 0);
});

test("the target stays within its bounds, and shrinks while all is well", () => {
  const buffer = new JitterBuffer();
  for (let i = 0; i < 8; i += 1) play({ seconds: 2, delayMs: (n) => (n === 50 ? 350 : 0), buffer });
  assert.ok(buffer.targetMs <= 400);
  for (let i = 0; i < 90; i += 1) pull(buffer, 10000);
  assert.equal(buffer.targetMs, 60);
});

test("a pause between two sentences is no gap", () => {
  const buffer = new JitterBuffer();
  buffer.push(of(200));
  pull(buffer, 1500);
  buffer.push(of(200));
  pull(buffer, 1500);
  assert.deepEqual([buffer.takeStatistics().underruns, buffer.targetMs], [0, 120]);
});

test("much at once is early, and all of it is played", () => {
  const buffer = new JitterBuffer();
  buffer.push(of(200));
  pull(buffer, 20);
  buffer.push(of(1000));
  buffer.push(of(1000));
  assert.equal(buffer.takeStatistics().early, 1);
  assert.equal(heardMs(pull(buffer, 3000).samples), 2180);
});

test("a mark is reached when what came before it was played", () => {
  const buffer = new JitterBuffer();
  buffer.push(of(200));
  buffer.mark("one");
  buffer.push(of(200));
  buffer.mark("two");
  assert.deepEqual(pull(buffer, 100).reached, []);
  assert.deepEqual(pull(buffer, 150).reached, [{ name: "one", offset: 2400 }]);
  assert.deepEqual(pull(buffer, 149).reached, []);
  assert.deepEqual(pull(buffer, 20).reached, [{ name: "two", offset: 24 }]);
});

test("a mark with nothing before it is reached at once", () => {
  const buffer = new JitterBuffer();
  buffer.mark("nothing");
  assert.deepEqual(buffer.pull(60).reached, [{ name: "nothing", offset: 0 }]);
  buffer.push(of(20));
  assert.deepEqual(buffer.pull(60).reached, []);
});

test("clear drops what was not heard with a short fade, and gives all marks back", () => {
  const buffer = new JitterBuffer();
  buffer.push(of(500));
  buffer.mark("one");
  buffer.push(of(500));
  buffer.mark("two");
  pull(buffer, 100);
  assert.deepEqual(buffer.clear(), ["one", "two"]);
  const { samples } = pull(buffer, 100);
  assert.ok(heardMs(samples) <= 5);
  assert.ok(samples[0] < 0.5 && samples[119] === 0);
  assert.ok(samples.slice(0, 119).every((x, i) => x >= samples[i + 1]), "no step in the fade");
  assert.deepEqual(buffer.clear(), []);
});

test("what comes after a clear begins anew", () => {
  const buffer = new JitterBuffer();
  buffer.push(of(500));
  pull(buffer, 100);
  buffer.clear();
  buffer.push(of(200, 0.75));
  const { samples } = pull(buffer, 1000);
  assert.equal(samples.filter((x) => x === 0.75).length, (200 * HZ) / 1000);
  assert.equal(buffer.takeStatistics().underruns, 0);
});

test("statistics begin anew when they are taken", () => {
  const { buffer } = play({ seconds: 5, delayMs: (i) => (i === 100 ? 300 : 0) });
  const { late, early, underruns, gapMs, overlaps } = buffer.takeStatistics();
  assert.deepEqual([late, early, underruns, gapMs, overlaps], [0, 0, 0, 0, 0]);
});
