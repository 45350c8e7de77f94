// The slider of the original voices: each place is one thing that the server is told, and back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { originalOf, placeOf } from "../../../src/dragoman/browser/page/screens/bar.js";

test("off at one end, full at the other, decibels between", () => {
  assert.deepEqual(originalOf(0), { mode: "off", db: null });
  assert.deepEqual(originalOf(1), { mode: "duck", db: -36 });
  assert.deepEqual(originalOf(9), { mode: "duck", db: -4 });
  assert.deepEqual(originalOf(10), { mode: "full", db: null });
});

test("each place is found again", () => {
  for (let place = 0; place <= 10; place += 1) assert.equal(placeOf(originalOf(place)), place);
});
