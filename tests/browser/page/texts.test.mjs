// Each shipped language has each sentence, with the same words put in; the rest of texts.js; slider, links, retries.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { readLink } from "../../../src/dragoman/browser/page/api.js";
import { GIVE_UP_S, mayReturn, waitS } from "../../../src/dragoman/browser/page/retry.js";
import { best, direction, SHIPPED, Texts } from "../../../src/dragoman/browser/page/texts.js";

const PAGE = new URL("../../../src/dragoman/browser/page/", import.meta.url);
const read = (name) => readFileSync(new URL(name, PAGE), "utf8");
const english = JSON.parse(read("texts/en.json"));
const words = (sentence) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const files = readdirSync(new URL("texts/", PAGE)).sort();
const SAME_IN_MANY = new Set(["ended.json"]);

test("the shipped languages are those of languages.toml", () => {
  const toml = readFileSync(new URL("../../languages.toml", PAGE), "utf8");
  const shipped = [...toml.matchAll(/^(\w+) = \{ name = "([^"]+)"/gm)].map((match) => [match[1], match[2]]);
  assert.deepEqual(Object.entries(SHIPPED).sort(), shipped.sort());
  assert.deepEqual(files, Object.keys(SHIPPED).map((tag) => `${tag}.json`).sort());
});

for (const file of files) {
  test(`${file} has every sentence, and no other`, () => {
    const own = JSON.parse(read(`texts/${file}`));
    assert.deepEqual(Object.keys(own), Object.keys(english));
    for (const [name, sentence] of Object.entries(own)) {
      assert.ok(sentence.trim() === sentence && sentence !== "", name);
      assert.deepEqual(words(sentence), words(english[name]), name);
    }
    if (file === "en.json") return;
    const long = Object.keys(english).filter((name) => english[name].length > 16 && !SAME_IN_MANY.has(name));
    assert.deepEqual(long.filter((name) => own[name] === english[name]), [], "left in English");
  });
}

test("the page uses every sentence, and none that there is not", () => {
  const sources = readdirSync(PAGE, { recursive: true }).filter((name) => name.endsWith(".js")).map(read).join("\n");
  const missing = [...sources.matchAll(/(?:\.say\(|label: |title: |what: |key: )"([\w-]+\.[\w.-]+)"/g)].map((match) => match[1]).filter((name) => !(name in english));
  assert.deepEqual(missing, []);
  const built = /^(start|mic|ended|talk|insecure|old-browser)\./; // some of these names are put together
  const unused = Object.keys(english).filter((name) => !sources.includes(`"${name}"`) && !built.test(name));
  assert.deepEqual(unused, []);
});

test("words are put in, and what is not known is left to be seen", () => {
  const texts = new Texts("de", { a: "Hallo {name}" }, { a: "Hello {name}", b: "only {x}" });
  assert.equal(texts.say("a", { name: "{b} <i>" }), "Hallo {b} <i>");
  assert.equal(texts.say("b"), "only {x}");
  assert.equal(texts.say("c"), "c");
});

test("the browser's wishes decide, English otherwise", () => {
  assert.equal(best(["nl", "pt-BR", "en"]), "pt");
  assert.equal(best(["nl"]), "en");
  assert.equal(best(["constructor"]), "en");
});

test("times, money, names of languages, directions", () => {
  const texts = new Texts("de", {}, {});
  assert.deepEqual([0, 59.6, 754, 3723].map((s) => texts.duration(s)), ["0:00", "1:00", "12:34", "1:02:03"]);
  assert.equal(texts.money(1.5).replace(/\s/g, " "), "1,50 $");
  assert.equal(texts.languageName("es"), "Spanisch");
  assert.equal(texts.languageName("not a tag!", "its name"), "its name");
  assert.deepEqual(["ar", "he-IL", "es"].map(direction), ["rtl", "rtl", "ltr"]);
});

test("links to conversations, and what is none", () => {
  const here = "https://d.example/";
  assert.deepEqual(readLink("https://d.example/r/ab-_1#key", here), { room: "ab-_1", key: "key" });
  assert.deepEqual(readLink("  /r/ab#key ", here), { room: "ab", key: "key" });
  for (const wrong of ["", "https://evil.example/r/ab#key", "https://d.example/r/ab", "https://d.example/x#key", "javascript:alert(1)", "http://["]) {
    assert.equal(readLink(wrong, here), null, wrong);
  }
});

test("at least five tries fall within the ten seconds that a seat is kept; they slow down; it ends", () => {
  for (const spread of [0, 1]) {
    let sum = 0;
    for (let attempt = 0; attempt < 5; attempt += 1) sum += waitS(attempt, spread);
    assert.ok(sum < 10, `${sum}`);
    assert.ok(waitS(40, spread) <= 10);
  }
  assert.ok(GIVE_UP_S > 10);
  assert.deepEqual([1000, 1001, 1005, 1006, 1008, 1012].map(mayReturn), [false, true, true, true, false, true]);
});
