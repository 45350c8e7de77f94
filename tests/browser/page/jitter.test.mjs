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

/**
 * Others' own voices, a stream without end: 4 s of voice and 2 s of a quiet room in turn, in frames of 20 ms.
 * @param {object} given @param {number} [given.ppm] how much faster than the sender's the loudspeaker's clock is
 * @param {number} [given.stallMs] after 60 s nothing comes for so long, and then all of it at once
 */
function listen({ seconds, ppm = 0, stallMs = 0 }) {
  const buffer = new JitterBuffer();
  const chunk = { true: of(20, 0.3), false: of(20, 0.0005) };
  let sent = 0;
  let voice = 0;
  let voiceHeard = 0;
  for (let at = 0; at < seconds; at += 0.0025 / (1 + ppm / 1e6)) {
    const stalled = at >= 60 && at < 60 + stallMs / 1000;
    for (; !stalled && sent * 0.02 <= at; sent += 1) {
      const voiced = (sent * 0.02) % 6 < 4;
      voice += voiced ? 480 : 0;
      buffer.push(chunk[voiced]);
    }
    for (const sample of buffer.pull(60).samples) voiceHeard += sample > 0.2 ? 1 : 0;
  }
  return { bufferedMs: buffer.bufferedMs, lostMs: ((voice - voiceHeard) * 1000) / HZ, ...buffer.takeStatistics() };
}

test("a stall of the network does not leave the ear behind for good", () => {
  const { bufferedMs, lostMs } = listen({ seconds: 90, stallMs: 1000 });
  assert.ok(bufferedMs < 200, `${bufferedMs} ms behind half a minute later`);
  assert.ok(lostMs < 150, `${lostMs} ms of voice not heard yet`);
});

test("half an hour with a loudspeaker whose clock is 0.1 % slow: no voice is lost, and the ear keeps up", () => {
  const { bufferedMs, lostMs, underruns } = listen({ seconds: 1800, ppm: -1000 });
  assert.ok(bufferedMs < 350, `${bufferedMs} ms behind`);
  assert.ok(Math.abs(lostMs) < 350, `${lostMs} ms of voice not heard yet`);
  assert.equal(underruns, 0);
});

test("half an hour with one that is 0.1 % fast: no gaps", () => {
  const { lostMs, underruns, gapMs } = listen({ seconds: 1800, ppm: 1000 });
  assert.equal(underruns, 0);
  assert.equal(gapMs, 0);
  assert.ok(Math.abs(lostMs) < 200);
});

test("voice without a pause is never left out, however long the queue", () => {
  const buffer = new JitterBuffer();
  for (let i = 0; i < 100; i += 1) buffer.push(of(20));
  assert.equal(heardMs(pull(buffer, 3000).samples), 2000);
});

test("marks are passed in their order where pauses are left out", () => {
  const buffer = new JitterBuffer();
  for (let i = 0; i < 50; i += 1) {
    buffer.push(of(20, i < 25 ? 0.5 : 0.0005));
    buffer.mark(`m${i}`);
  }
  const { reached } = pull(buffer, 1200);
  assert.deepEqual(reached.map(({ name }) => name), Array.from({ length: 50 }, (_, i) => `m${i}`));
});
