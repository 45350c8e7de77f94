// The QR encoder against codes that another program made, module by module.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { penalty, qr, qrPath } from "../../../src/dragoman/browser/page/qr.js";

const { vectors } = JSON.parse(readFileSync(new URL("./qr-vectors.json", import.meta.url)));
const digest = (rows) => createHash("sha256").update(rows.map((row) => Array.from(row).join("")).join("\n")).digest("hex");

test("every module is where another encoder has it, for each mask and version", () => {
  for (const { text, mask, version, sha256 } of vectors) {
    const rows = qr(text, mask);
    assert.equal(rows.length, 17 + 4 * version);
    assert.equal(digest(rows), sha256, `version ${version}, mask ${mask}`);
  }
  assert.ok(new Set(vectors.map(({ version }) => version)).size >= 10);
});

test("without a mask the one with the least penalty is taken", () => {
  const text = "https://dragoman.example.org/r/abc#def";
  const least = Math.min(...[0, 1, 2, 3, 4, 5, 6, 7].map((mask) => penalty(qr(text, mask))));
  assert.equal(penalty(qr(text)), least);
});

test("the picture has the code's dark modules, and its margin", () => {
  const { size, path } = qrPath("hello");
  const rows = qr("hello");
  assert.equal(size, rows.length + 8);
  const drawn = Array.from({ length: size }, () => new Uint8Array(size));
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) drawn[y].fill(1, Number(x), Number(x) + Number(width));
  assert.deepEqual(drawn.slice(4, -4).map((row) => [...row.slice(4, -4)]), rows.map((row) => [...row]));
  assert.ok(drawn.slice(0, 4).every((row) => row.every((one) => one === 0)));
});

test("what does not fit is refused", () => {
  assert.equal(qr("x".repeat(331)).length, 69);
  assert.throws(() => qr("x".repeat(332)), RangeError);
});
