// A phone call, answered in the page: captions, hang-up, mute, keypad, original voices.

import { button, check, h, setAttribute, setText } from "../dom.js";
import { LINK, myself } from "../talk.js";
import { errorLine, muteButton, settings, statusLine, textSize } from "./bar.js";
import { bothLanguages, captionColumn, spokenAloud } from "./captions.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const SHOWN = 16; // of the keys that were pressed

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
  const carried = h("p.carried", { role: "status" });
  const choose = async () => {
    const switches = carriedSwitches(app, talk);
    const box = await settings(app, talk, { languages: talk.state.languages, mine: own(), more: switches.nodes });
    box.addEventListener("close", switches.leave);
  };
  const pad = keypad(app, talk);
  const opener = button(app.say("call.keys"), () => {
    pad.show(pad.node.hidden);
    setAttribute(opener, "aria-expanded", String(!pad.node.hidden));
  }, { look: "tool", image: "keys", "aria-controls": "pad", "aria-expanded": "false" });

  const node = h("section.talk.call", {},
    h("h1.unseen", { tabindex: "-1", text: app.say("call.title") }),
    h("div.status-row", {}, status.node, textSize(app)),
    h("div.notes", {}, error.node, carried),
    column.node,
    pad.node,
    h("div.tools", {},
      mute.node,
      button(app.say("talk.again"), () => talk.again(), { look: "tool", image: "again" }),
      opener,
      button(app.say("talk.settings"), choose, { look: "tool", image: "settings" }),
      button(app.say("call.hangup"), () => talk.leave(), { look: "tool.danger", image: "phone" })));
  const update = (state) => {
    for (const one of [status, error, mute]) one.update(state);
    const { interpreting, recording } = state.carried;
    const off = [!interpreting && app.say("call.not-interpreting"), !recording && app.say("call.not-recording")];
    setText(carried, off.filter(Boolean).join(" "));
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
      pad.leave();
    },
  };
}

/** How the call is carried, as it is: whoever changed it, and whatever was asked for. Without a line they are no use. */
function carriedSwitches(app, talk) {
  const nodes = [
    check(app.say("call.interpreting"), false, (on) => talk.interpreting(on)),
    check(app.say("call.recording"), false, (on) => talk.recording(on)),
  ];
  const boxes = nodes.map((node) => node.querySelector("input"));
  const update = ({ carried, link }) => {
    [carried.interpreting, carried.recording].forEach((on, i) => {
      boxes[i].checked = on;
      boxes[i].disabled = link !== LINK.UP;
    });
  };
  update(talk.state);
  return { nodes, leave: talk.watch(update) };
}

/** Keys for the other side's line, and which were pressed since it was opened. */
function keypad(app, talk) {
  const pressed = h("output.pressed", { "aria-label": app.say("call.keys-pressed"), "aria-live": "off", dir: "ltr" });
  const press = (key) => {
    if (talk.digit(key)) setText(pressed, (pressed.textContent + key).slice(-SHOWN));
  };
  const node = h("div.pad", { id: "pad", role: "group", "aria-label": app.say("call.keys"), "aria-describedby": "pad-hint", hidden: true },
    h("p.pad-hint", { id: "pad-hint", text: app.say("call.keys-hint") }),
    pressed,
    ...KEYS.map((key) => button(key, () => press(key), { look: "key" })));
  const typed = (event) => {
    const elsewhere = node.hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, dialog");
    if (!elsewhere && KEYS.includes(event.key)) press(event.key);
  };
  document.addEventListener("keydown", typed);
  const held = (event) => event.repeat && event.key === "Enter" && event.preventDefault(); // one press of a button, too
  node.addEventListener("keydown", held);
  const show = (on) => {
    node.hidden = !on;
    if (on) setText(pressed, "");
  };
  return { node, show, leave: () => document.removeEventListener("keydown", typed) };
}
