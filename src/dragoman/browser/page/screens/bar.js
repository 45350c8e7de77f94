// What every talk has: the status line with the microphone's level, text size, volume of the original voices, errors.

import { meterShare } from "../audio/level.js";
import { NoSound } from "../audio/sound.js";
import { button, field, h, icon, select, setAttribute, setText } from "../dom.js";
import { remembered } from "../kept.js";
import { LINK, myself } from "../talk.js";
import { chosenMicrophone, microphoneField } from "./microphone.js";
import { dialog } from "./message.js";

const CALM_MS = 700; // a state must last so long before a screen reader is told

/** The status: seen at once, spoken when it lasts. */
export function statusLine(app, talk) {
  const text = h("span.status-text");
  const dot = h("span.dot", { "aria-hidden": "true" }, h("span.dot-level"));
  const spoken = h("span.unseen", { role: "status" });
  const act = button(app.say("state.resume"), () => {}, { look: "main.small-button" });
  const node = h("div.status", {}, dot, text, spoken, act);
  let timer = null;
  const level = (db) => {
    dot.firstChild.style.transform = `scale(${(0.4 + 0.6 * (talk.state.muted ? 0 : meterShare(db))).toFixed(2)})`;
  };
  talk.levels.add(level);
  const update = (state) => {
    const { key, kind, ...rest } = talk.status;
    if (rest.name === "" && talk.kind === "call") rest.name = app.say("call.caller");
    const sentence = app.say(key, rest);
    setAttribute(node, "data-kind", kind);
    if (text.textContent !== sentence) {
      setText(text, sentence);
      clearTimeout(timer);
      timer = setTimeout(() => setText(spoken, sentence), CALM_MS);
    }
    const retry = state.link === LINK.DOWN;
    act.hidden = !(state.paused || retry);
    setText(act.querySelector("span"), app.say(retry ? "error.retry" : "state.resume"));
    act.onclick = () => (retry ? talk.retry() : talk.sound.resume());
  };
  const leave = () => {
    clearTimeout(timer);
    talk.levels.delete(level);
  };
  return { node, update, leave };
}

/** The microphone, or the tab, once more: it was pulled out, or is not shared any more. */
async function sourceAgain(talk) {
  try {
    if (talk.sound.isTab) await talk.sound.useTab();
    else await chosenMicrophone(talk.sound);
    talk.errorRead();
  } catch (error) {
    if (!(error instanceof NoSound)) throw error;
    talk.sourceLost(error.reason);
  }
}

/** A mistake that is not the end: shown until it is read. */
export function errorLine(app, talk) {
  const text = h("span");
  const again = button("", () => sourceAgain(talk), { look: "small-button" });
  const node = h("div.toast", { role: "alert", hidden: true }, icon("warn"), text, again,
    button(app.say("error.close"), () => talk.errorRead(), { look: "quiet.only-icon", image: "close" }));
  const update = ({ error }) => {
    node.hidden = !error || error.fatal;
    if (!error) return;
    const source = error.code === "source-ended";
    setText(text, source ? app.say(`mic.${error.message}`) : app.say("error.server", { message: error.message }));
    again.hidden = !source;
    setText(again.querySelector("span"), app.say(talk.sound.isTab ? "mic.share" : "error.retry"));
  };
  return { node, update };
}

/** Mute, and how it stands. */
export function muteButton(app, talk) {
  const node = button(app.say("talk.mute"), () => talk.mute(!talk.state.muted), { look: "tool", image: "mic" });
  const update = ({ muted }) => {
    setAttribute(node, "aria-pressed", muted ? "true" : "false");
    setText(node.querySelector("span"), app.say(muted ? "talk.unmute" : "talk.mute"));
    node.querySelector("use").setAttribute("href", `/assets/icons.svg#${muted ? "mic-off" : "mic"}`);
  };
  return { node, update };
}

const SIZES = [1, 1.25, 1.6, 2, 2.6, 3.4];

/** Larger and smaller captions; kept for the next time. */
export function textSize(app) {
  let at = remembered("text-size", 1);
  const apply = () => {
    document.documentElement.style.setProperty("--caption-size", SIZES[at]);
    remembered("text-size", null, at);
    smaller.disabled = at === 0;
    larger.disabled = at === SIZES.length - 1;
  };
  const by = (step) => () => {
    at = Math.max(0, Math.min(SIZES.length - 1, at + step));
    apply();
  };
  const smaller = button("A", by(-1), { look: "size-small", "aria-label": app.say("talk.smaller") });
  const larger = button("A", by(1), { look: "size-large", "aria-label": app.say("talk.larger") });
  apply();
  return h("div.sizes", { role: "group", "aria-label": app.say("talk.size") }, smaller, larger);
}

const STEPS = 10; // 0: off; 1 to 9: -36 to -4 dB under the interpreter; 10: full

/** A place of the slider as what the server is told. */
export function originalOf(place) {
  if (place <= 0) return { mode: "off", db: null };
  return place >= STEPS ? { mode: "full", db: null } : { mode: "duck", db: -40 + 4 * place };
}

export function placeOf({ mode, db }) {
  if (mode === "off") return 0;
  return mode === "full" ? STEPS : Math.max(1, Math.min(STEPS - 1, Math.round((db + 40) / 4)));
}

function originalSlider(app, talk) {
  const slider = h("input", { type: "range", min: 0, max: STEPS, step: 1, value: placeOf(talk.state.original) });
  const shown = h("output");
  const say = () => {
    const { mode, db } = originalOf(Number(slider.value));
    const sentence = mode === "duck" ? `${String(db).replace("-", "−")} dB` : app.say(`talk.original-${mode}`);
    slider.setAttribute("aria-valuetext", sentence);
    setText(shown, sentence);
  };
  slider.addEventListener("input", say);
  slider.addEventListener("change", () => {
    const { mode, db } = originalOf(Number(slider.value));
    remembered("original", null, { mode, db });
    talk.original(mode, db);
  });
  say();
  return field(app.say("talk.original"), slider, shown);
}

/** Text size, original voices, one's language, what a screen has `more`, the microphone; the dialog. */
export async function settings(app, talk, { languages = [], mine = "", original = true, more = [] } = {}) {
  const own = languages.length > 1
    ? field(app.say("form.language"), select(
      languages.map(({ tag, name }) => ({ value: tag, label: name })), mine, (tag) => talk.language(tag)))
    : null;
  const use = (id) => talk.sound.useMicrophone(id).catch(() => {});
  const error = errorLine(app, talk); // the screen's own is out of reach under the dialog
  const unwatch = talk.watch((state) => {
    error.update(state);
    if (own && state.error) own.querySelector("select").value = myself(state)?.language ?? mine;
  });
  const box = dialog(app, app.say("talk.settings"),
    error.node,
    h("div.field", {}, h("span.label", { text: app.say("talk.size") }), textSize(app)),
    original ? originalSlider(app, talk) : null,
    own,
    ...more,
    talk.sound.isTab ? null : await microphoneField(app, talk.sound, use));
  box.addEventListener("close", unwatch);
  return box;
}
