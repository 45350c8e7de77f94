// A phone call, answered in the page: captions, hang-up, mute, keypad, original voices.

import { button, h, setAttribute } from "../dom.js";
import { myself } from "../talk.js";
import { errorLine, muteButton, settings, statusLine, textSize } from "./bar.js";
import { bothLanguages, captionColumn, spokenAloud } from "./captions.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export function callScreen(app, talk) {
  const own = () => myself(talk.state)?.language ?? "";
  const column = captionColumn(app, {
    label: app.say("talk.captions"),
    shows: (caption) => ({
      lines: bothLanguages(caption, own()),
      name: caption.party === "caller" ? caption.name || app.say("call.caller") : "",
      mine: caption.party === talk.state.me,
    }),
  });
  const aloud = spokenAloud((caption) => (caption.party === talk.state.me ? null : own()), () => talk.state.cameAtS);
  const status = statusLine(app, talk);
  const error = errorLine(app, talk);
  const mute = muteButton(app, talk);
  const pad = h("div.pad", { id: "pad", role: "group", "aria-label": app.say("call.keys"), hidden: true },
    ...KEYS.map((key) => button(key, () => talk.digit(key), { look: "key" })));
  const opener = button(app.say("call.keys"), () => {
    pad.hidden = !pad.hidden;
    setAttribute(opener, "aria-expanded", String(!pad.hidden));
  }, { look: "tool", image: "keys", "aria-controls": "pad", "aria-expanded": "false" });
  const typed = (event) => {
    if (pad.hidden || event.target.closest("input, select, dialog") || !KEYS.includes(event.key)) return;
    talk.digit(event.key);
  };
  document.addEventListener("keydown", typed);

  const node = h("section.talk.call", {},
    h("h1.unseen", { tabindex: "-1", text: app.say("call.title") }),
    h("div.status-row", {}, status.node, textSize(app)),
    error.node,
    column.node,
    pad,
    h("div.tools", {},
      mute.node,
      button(app.say("talk.again"), () => talk.again(), { look: "tool", image: "again" }),
      opener,
      button(app.say("talk.settings"), () => settings(app, talk, { languages: talk.state.languages, mine: own() }), { look: "tool", image: "settings" }),
      button(app.say("call.hangup"), () => talk.leave(), { look: "tool.danger", image: "phone" })));
  const update = (state) => {
    for (const one of [status, error, mute]) one.update(state);
    column.update(state.captions);
    aloud(state.captions);
  };
  const unwatch = talk.watch(update);
  update(talk.state);
  return {
    node,
    title: app.say("call.title"),
    talk: true,
    leave: () => {
      unwatch();
      status.leave();
      document.removeEventListener("keydown", typed);
    },
  };
}
