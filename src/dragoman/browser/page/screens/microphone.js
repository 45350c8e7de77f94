// Before a talk: the microphone is allowed, is the right one, and is not silent.

import { meterShare, MicrophoneCheck } from "../audio/level.js";
import { NoSound } from "../audio/sound.js";
import { button, field, h, select, setText } from "../dom.js";
import { remembered } from "../kept.js";

const FRAME_S = 0.02;

/** How to allow the microphone, in the browser at hand. */
function howKey() {
  const agent = navigator.userAgent;
  if (/Firefox|FxiOS/.test(agent)) return "mic.how-firefox";
  if (/Chrome|Chromium|CriOS|Edg/.test(agent)) return "mic.how-chrome";
  return /Safari/.test(agent) ? "mic.how-safari" : "mic.how-other";
}

/** A bar that moves with the level. */
export function meter(label) {
  const bar = h("div.meter-bar");
  const node = h("div.meter", { role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 }, bar);
  let shown = 0;
  let told = 0;
  const show = (db) => {
    const share = meterShare(db);
    shown = Math.max(share, shown * 0.9); // falls slowly, or nobody could see it
    bar.style.transform = `scaleX(${shown.toFixed(3)})`;
    if (Math.abs(shown - told) < 0.1) return;
    told = shown;
    node.setAttribute("aria-valuenow", Math.round(shown * 100));
  };
  return { node, show };
}

/** @param {{sound: import("../audio/sound.js").Sound, source: "microphone"|"tab", go: () => void}} given */
export function microphoneScreen(app, { sound, source, go }) {
  const tab = source === "tab";
  const title = app.say(tab ? "form.tab" : "mic.title");
  const body = h("div", {});
  const node = h("section.card.narrow", {}, h("h1", { tabindex: "-1", text: title }), body);
  let leaving = false;

  const ask = async (deviceId) => {
    body.setAttribute("aria-busy", "true");
    try {
      await sound.start();
      if (tab) await sound.useTab();
      else await chosenMicrophone(sound, deviceId);
    } catch (error) {
      if (!leaving) body.replaceChildren(...refusal(app, error, () => ask()));
      return;
    } finally {
      body.removeAttribute("aria-busy");
    }
    if (leaving) return;
    sound.told.sourceEnded = () => body.replaceChildren(...refusal(app, new NoSound(tab ? "tab-ended" : "missing"), () => ask()));
    const heard = await checking(app, sound, { tab, ask, go: () => { leaving = true; go(); } });
    body.replaceChildren(...heard);
  };

  body.replaceChildren(
    h("p", { text: app.say(tab ? "mic.tab-why" : "mic.why") }),
    h("div.row", {},
      button(app.say(tab ? "mic.share" : "mic.allow"), () => ask(), { look: "main", image: "mic" }),
      button(app.say("form.back"), () => app.home())));
  const leave = () => {
    if (!leaving) sound.stop();
    leaving = true;
  };
  return { node, title, leave };
}

/** The one chosen the last time, while it is there. */
export async function chosenMicrophone(sound, deviceId = remembered("microphone", "")) {
  try {
    await sound.useMicrophone(deviceId);
  } catch (error) {
    if (!deviceId || error.reason !== "missing") throw error;
    await sound.useMicrophone();
  }
}

async function checking(app, sound, { tab, ask, go }) {
  const check = new MicrophoneCheck();
  const level = meter(app.say(tab ? "form.tab" : "mic.level"));
  const verdict = h("p.verdict", { role: "status", text: app.say("mic.waiting") });
  const next = button(app.say("mic.start"), go, { look: "main" });
  const words = tab
    ? { waiting: "mic.waiting", dead: "mic.tab-quiet", quiet: "mic.tab-quiet", heard: "mic.tab-heard" }
    : { waiting: "mic.waiting", dead: "mic.dead", quiet: "mic.quiet", heard: "mic.heard" };
  sound.told.level = (db) => {
    level.show(db);
    const found = check.hear(db, FRAME_S);
    verdict.dataset.verdict = found;
    setText(verdict, app.say(words[found]));
    setText(next.querySelector("span"), app.say(found === "dead" ? "mic.anyway" : "mic.start"));
  };
  const nodes = [h("p", { text: app.say(tab ? "mic.tab-quiet" : "mic.speak") }), level.node, verdict];
  if (!tab) {
    nodes.push(await microphoneField(app, sound, ask));
  }
  return [...nodes, h("div.row", {}, next, button(app.say("form.back"), () => app.home()))];
}

/** Which microphone; a change is remembered. @param {(id: string) => void} use */
export async function microphoneField(app, sound, use) {
  const found = await sound.microphones();
  const options = found.map(({ id, name }) => ({ value: id, label: !name || id === "default" ? (name || app.say("mic.default")) : name }));
  const control = select(options, sound.microphoneId, (id) => {
    remembered("microphone", null, id);
    use(id);
  });
  return field(app.say("mic.device"), control);
}

function refusal(app, error, again) {
  const reason = error instanceof NoSound ? error.reason : "failed";
  const nodes = [h("p.alert", { role: "alert", text: app.say(`mic.${reason}`) })];
  if (reason === "denied") nodes.push(h("p", { text: app.say("mic.how") }), h("p.how", { text: app.say(howKey()) }));
  nodes.push(h("div.row", {},
    button(app.say("error.retry"), again, { look: "main" }),
    button(app.say("form.back"), () => app.home())));
  return nodes;
}
