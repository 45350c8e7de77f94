// The page's side of the protocol. That the server reads the same is tested by tests/browser/page/test_page_modules.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as wire from "../../../src/dragoman/browser/page/wire.js";

const said = (message) => JSON.parse(message);

test("what the page says", () => {
  assert.deepEqual(said(wire.join("token")), { type: "join", seat: "token", rate: 24000, channels: 1 });
  assert.deepEqual(said(wire.join("token", true)).take_over, true);
  assert.deepEqual(said(wire.original("duck", -20)), { type: "original", mode: "duck", db: -20 });
  assert.deepEqual(said(wire.original("off")), { type: "original", mode: "off" });
  assert.deepEqual(said(wire.interpreting(false)), { type: "interpreting", on: false });
  assert.deepEqual(said(wire.recording(true)), { type: "recording", on: true });
  assert.deepEqual(said(wire.speaks("auto")), { type: "speaks", side: "auto" });
});

test("statistics are whole counts and tenths of milliseconds, never below zero", () => {
  const statistics = { late: 2, early: 0, underruns: 1, overlaps: 0, gapMs: 12.345, jitterMs: 0.04, bufferedMs: -1, targetMs: 120 };
  assert.deepEqual(said(wire.playback(statistics)), {
    type: "playback", late: 2, early: 0, underruns: 1, overlaps: 0, gap_ms: 12.3, jitter_ms: 0, buffered_ms: 0,
  });
});

test("what the server says is read, with fields that are new", () => {
  assert.deepEqual(wire.read('{"type": "mark", "name": "m1", "new": 1}'), { type: "mark", name: "m1", new: 1 });
  assert.equal(wire.read('{"type": "clear"}').type, "clear");
});

test("what is broken, unknown or lacks something is passed over", () => {
  for (const written of ["", "{", "null", "[]", "1", '"x"', "{}", '{"type": "news"}', '{"type": "mark"}', '{"type": "mark", "name": 1}',
    '{"type": "toString"}', '{"type": "__proto__"}', '{"type": "caption", "id": "u", "party": "a", "side": "source", "language": "es", "text": null}',
    '{"type": "joined", "party": "p", "languages": {}, "parties": []}']) {
    assert.equal(wire.read(written), null, written);
  }
});
