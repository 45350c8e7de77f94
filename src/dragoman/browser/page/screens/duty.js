// An agent on duty: phone calls ring here, the first who accepts has them. No microphone is open meanwhile.

import { agentCalls, declineCall, Refused } from "../api.js";
import { Ringer } from "../audio/ringer.js";
import { NoSound } from "../audio/sound.js";
import { button, h, icon, setText } from "../dom.js";
import { remembered } from "../kept.js";
import { alertLine } from "./message.js";

/**
 * @param {{answer: (call: string, page: string) => Promise<void>, unknown: (node: Node) => void}} given `unknown`: the
 *   server wants no more of us
 */
export function dutyScreen(app, { answer, unknown }) {
  const status = h("p.duty", { role: "status", text: app.say("state.connecting") });
  const alert = alertLine();
  const list = h("ul.rings", {});
  const aloud = h("input", { type: "checkbox", id: "aloud", checked: remembered("ring", true) });
  const ringer = new Ringer();
  const rings = new Map(); // call: its element
  let page = "";
  let answering = "";

  const sounds = () => ringer.ring(aloud.checked && rings.size > 0 && !answering);
  aloud.addEventListener("change", () => {
    remembered("ring", null, aloud.checked);
    sounds();
  });

  const accept = async (call) => {
    if (answering) return;
    answering = call;
    alert.say("");
    sounds();
    try {
      await answer(call, page);
    } catch (error) {
      alert.say(app.say(...meaning(error)));
      if (error.status === 401) unknown(node);
    } finally {
      answering = "";
      sounds();
    }
  };
  const decline = async (call) => {
    drop(call);
    sounds();
    await declineCall(call, page).catch((error) => alert.say(app.say(...meaning(error))));
  };

  const drop = (call) => {
    rings.get(call)?.remove();
    rings.delete(call);
  };
  const ring = ({ call, language, caller }) =>
    h("li.ring", {},
      icon("phone"),
      h("div.ring-words", {},
        h("strong", { text: app.say("duty.language", { language: app.texts.languageName(language.tag, language.name) }) }),
        caller && h("span", { text: app.say("duty.caller", { caller }) })),
      h("div.row", {},
        button(app.say("duty.accept"), () => accept(call), { look: "main" }),
        button(app.say("duty.decline"), () => decline(call), { look: "danger" })));

  const told = (duty) => {
    page = duty.page;
    const waiting = new Set(duty.calls.map(({ call }) => call));
    for (const { call, why } of duty.gone) {
      if (!rings.has(call) || call === answering) continue;
      alert.say(app.say(why === "taken" ? "duty.taken" : "duty.over"));
    }
    for (const call of [...rings.keys()]) if (!waiting.has(call)) drop(call);
    for (const one of duty.calls) {
      if (rings.has(one.call)) continue;
      alert.say("");
      rings.set(one.call, ring(one));
      list.append(rings.get(one.call));
    }
    setText(status, app.say(rings.size > 0 ? "duty.rings" : "duty.waiting"));
    sounds();
  };
  const line = agentCalls(told, (gone) => {
    for (const call of [...rings.keys()]) drop(call);
    sounds();
    setText(status, app.say(gone ? "state.down" : "state.broken"));
    if (gone) unknown(node);
  });

  const node = h("section.card.narrow", {},
    h("h1", { tabindex: "-1", text: app.say("duty.title") }),
    status,
    alert,
    list,
    h("div.check", {}, aloud, h("label", { for: "aloud", text: app.say("duty.ring") })),
    h("div.row", {}, button(app.say("duty.end"), () => app.home())));
  const leave = () => {
    line.close();
    ringer.stop();
  };
  return { node, title: app.say("duty.title"), leave };
}

/** What went wrong, as a text and its words. */
function meaning(error) {
  if (error instanceof NoSound) return [`mic.${error.reason}`];
  if (!(error instanceof Refused)) throw error;
  if (error.code === "seat-taken") return ["duty.taken"];
  return error.status === 404 ? ["duty.over"] : [error.key, error.words];
}
