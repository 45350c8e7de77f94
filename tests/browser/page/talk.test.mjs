// What the page knows of a talk, event by event.

import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, LINK, sameLanguage, sideOf, sides, status, step, wordsIn } from "../../../src/dragoman/browser/page/talk.js";

const joined = (parties, more = {}) => ({
  type: "joined", room: "r", party: "p1", host: true, resumed: false, resume_s: 10, left_s: 60, languages: [], parties, one_device: false, side: null, auto: false, ...more,
});
const person = (id, more = {}) => ({ id, name: id.toUpperCase(), language: "en", here: true, muted: false, speaking: false, host: false, ...more });
const caption = (id, side, language, text, more = {}) => ({ type: "caption", id, party: "p1", name: "A", side, language, text, final: false, at_s: 1, ...more });
const after = (kind, ...events) => events.reduce(step, begin(kind));
const key = (...events) => status(after("room", ...events)).key;
const room = joined([person("p1"), person("p2")]);
const doing = (party, state, trouble = "") => ({ type: "state", party, state, trouble });

test("a caption grows in its place, and has each language once", () => {
  const { captions } = after("room", caption("u1", "source", "es", "Buenos"), caption("u2", "source", "en", "Hello", { at_s: 3 }),
    caption("u1", "target", "en", "Good", { at_s: 1 }), caption("u1", "source", "es", "Buenos días", { final: true }), caption("u1", "target", "de", "Guten"));
  assert.deepEqual(captions.map((one) => one.id), ["u1", "u2"]);
  assert.deepEqual(captions[0].source, { language: "es", text: "Buenos días", final: true });
  assert.deepEqual(Object.keys(captions[0].targets), ["en", "de"]);
});

test("a caption that comes late stands where it was said", () => {
  const { captions } = after("room", caption("u2", "source", "es", "b", { at_s: 5 }), caption("u1", "source", "es", "a", { at_s: 2 }));
  assert.deepEqual(captions.map((one) => one.id), ["u1", "u2"]);
});

test("captions that are sent again after a drop are not there twice", () => {
  const one = caption("u1", "source", "es", "Hola", { final: true });
  assert.equal(after("room", one, room, one).captions.length, 1);
});

test("an unchanged caption stays the same value, so that it is not drawn again", () => {
  const before = after("room", caption("u1", "source", "es", "Hola"), caption("u2", "source", "es", "a", { at_s: 4 }));
  const now = step(before, caption("u2", "source", "es", "ab", { at_s: 4 }));
  assert.equal(now.captions[0], before.captions[0]);
  assert.notEqual(now.captions[1], before.captions[1]);
});

test("words in one's own language: spoken in it, or translated", () => {
  const [one] = after("room", caption("u1", "source", "pt-BR", "Oi"), caption("u1", "target", "en", "Hi")).captions;
  assert.equal(wordsIn(one, "pt").text, "Oi");
  assert.equal(wordsIn(one, "en-GB").text, "Hi");
  assert.equal(wordsIn(one, "de"), null);
  assert.ok(sameLanguage("zh", "zh-Hant") && !sameLanguage("es", "en"));
});

test("where it is found out who speaks, the side that was heard last is known, until a tap", () => {
  const shared = joined([person("a", { language: "es" }), person("b")], { party: "a", one_device: true, side: "auto", auto: true });
  const said = (party, side = "source") => caption(`u-${party}`, side, "en", "...", { party });
  assert.equal(after("device", shared).spoke, "");
  assert.equal(after("device", shared, said("b")).spoke, "b");
  assert.equal(after("device", shared, said("b"), said("b", "target"), said("a")).spoke, "a");
  assert.equal(after("device", shared, said("b"), { type: "speaks", side: "a" }).spoke, "");
  assert.equal(after("device", shared, said("b"), { type: "speaks", side: "a" }, said("b")).spoke, "", "by hand it is who was tapped");
  assert.equal(after("device", shared, said("b"), { type: "speaks", side: "auto" }).spoke, "b");
  assert.equal(after("room", room, said("p1")).spoke, "");
});

test("how a phone call is carried", () => {
  assert.deepEqual(begin("call").carried, { interpreting: true, recording: true });
  const { carried } = after("call", { type: "carried", interpreting: false, recording: true });
  assert.deepEqual(carried, { interpreting: false, recording: true });
});

test("the status says the most urgent thing", () => {
  assert.equal(status(begin("room")).key, "state.connecting");
  assert.equal(key(joined([person("p1"), person("p2", { here: false })])), "state.alone");
  assert.equal(key(room), "state.listening");
  assert.equal(key(room, doing("p1", "hearing")), "state.hearing");
  assert.deepEqual(status(after("room", room, doing("p2", "hearing"))), { key: "state.speaks", kind: "hear", name: "P2" });
  assert.equal(key(room, doing("p2", "hearing"), doing("p1", "hearing")), "state.hearing");
  assert.equal(key(room, doing("p2", "translating")), "state.translating");
  assert.equal(key(room, doing("p2", "speaking")), "state.speaking");
  assert.equal(key(room, doing("p2", "trouble", "interpreter"), doing("p1", "hearing")), "state.trouble");
  assert.equal(key(room, doing("p2", "trouble", "no-interpreter")), "state.no-interpreter");
  assert.equal(key(room, doing("p1", "trouble", "unclear")), "state.unclear");
  assert.notEqual(key(room, doing("p2", "trouble", "unclear")), "state.unclear", "the others need not know");
  assert.deepEqual(status(after("room", room, doing("p2", "trouble", "away"))), { key: "state.away", kind: "trouble", name: "P2" });
  assert.equal(key(room, { type: "muted", on: true }), "state.muted");
  assert.equal(key(room, { type: "link", link: LINK.BROKEN, retryInS: 1 }), "state.broken");
  assert.equal(key(room, { type: "link", link: LINK.DOWN }), "state.down");
  assert.equal(key(room, { type: "link", link: LINK.BROKEN }, room), "state.listening");
  assert.equal(key(room, { type: "paused", on: true }), "state.paused");
  assert.equal(key(room, { type: "ended", reason: "closed" }), "state.ended");
});

test("a shared device: whoever speaks is heard here", () => {
  const shared = joined([person("a", { language: "es" }), person("b")], { party: "a", one_device: true, side: "a", auto: true });
  const state = after("device", shared, doing("b", "hearing"));
  assert.equal(status(state).key, "state.hearing");
  assert.deepEqual([sides(state), state.automatic, state.side], [["es", "en"], true, "a"]);
  assert.equal(sideOf(state, { party: "b" }), "b");
});

test("the switch shows what was asked for until the server confirms it", () => {
  const asked = after("device", { type: "asked-side", side: "b" });
  assert.deepEqual([asked.side, asked.sideAsked], ["a", "b"]);
  const confirmed = step(asked, { type: "speaks", side: "b" });
  assert.deepEqual([confirmed.side, confirmed.sideAsked], ["b", null]);
});

test("a microphone that is gone is gone after a reconnect too; other mistakes are of the old line", () => {
  const wrong = (code) => after("device", room, { type: "error", code, message: "m", fatal: false }, { type: "link", link: LINK.BROKEN }, room).error;
  assert.equal(wrong("source-ended").message, "m");
  assert.equal(wrong("language"), null);
});

test("an event of another kind changes nothing", () => {
  const state = begin("room");
  assert.equal(step(state, { type: "news" }), state);
});

test("who left in the midst of speaking speaks no more", () => {
  assert.equal(key(room, doing("p2", "hearing"), { type: "parties", parties: [person("p1"), person("p3")] }), "state.listening");
  assert.equal(key(room, doing("p2", "trouble", "away"), joined([person("p1"), person("p3")])), "state.listening");
});

test("when one came is known from the first join on", () => {
  const came = after("room", joined([person("p1")], { at_s: 90 }), joined([person("p1")], { at_s: 120 }));
  assert.equal(came.cameAtS, 90);
});
