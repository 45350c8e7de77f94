// One device between two people: a half for each, and a switch for who speaks.

import { button, h, setAttribute, setText } from "../dom.js";
import { remembered } from "../kept.js";
import { sideOf, sides, wordsIn } from "../talk.js";
import { errorLine, muteButton, settings, statusLine, textSize } from "./bar.js";
import { captionColumn, spokenAloud } from "./captions.js";
import { askSure } from "./message.js";

const TAP_MS = 300; // a space bar let go sooner was a tap, and the switch stays where it is

const other = (side) => (side === "a" ? "b" : "a");

export function deviceScreen(app, talk) {
  const tagOf = (side) => sides(talk.state)[side === "a" ? 0 : 1];
  const column = (side) => captionColumn(app, {
    label: app.say("talk.captions"),
    shows: (caption) => {
      const words = wordsIn(caption, tagOf(side));
      return words && { lines: [{ kind: "first", ...words }], mine: sideOf(talk.state, caption) === side, side: sideOf(talk.state, caption) };
    },
  });
  const columns = { a: column("a"), b: column("b") };
  const aloud = spokenAloud((caption) => tagOf(other(sideOf(talk.state, caption))), () => talk.state.cameAtS);
  const halves = Object.fromEntries(["a", "b"].map((side) => [side, h("section.half", { "data-side": side }, columns[side].node)]));
  const speakers = speakerSwitch(app, talk);
  const status = statusLine(app, talk);
  const error = errorLine(app, talk);
  const mute = muteButton(app, talk);

  const node = h("section.talk.device", {},
    h("h1.unseen", { tabindex: "-1", text: app.say("start.device") }),
    halves.b,
    h("div.middle", {}, h("div.status-row", {}, status.node, textSize(app)), error.node, speakers.node),
    halves.a,
    h("div.tools", {},
      mute.node,
      button(app.say("talk.again"), () => talk.again(), { look: "tool", image: "again" }),
      turnButton(app, (on) => node.classList.toggle("turned", on)),
      button(app.say("talk.settings"), () => settings(app, talk, { original: false }), { look: "tool", image: "settings" }),
      button(app.say("talk.leave"), () => askSure(app, "talk.leave-sure", [{ label: "talk.leave", then: () => end(talk) }]), { look: "tool.danger", image: "leave" })));

  const update = (state) => {
    for (const one of [status, error, mute, speakers]) one.update(state);
    for (const side of ["a", "b"]) {
      setAttribute(halves[side], "aria-label", app.texts.languageName(tagOf(side), tagOf(side)));
      setAttribute(halves[side], "data-speaks", String((state.sideAsked ?? state.side) === side || state.spoke === side));
      columns[side].update(state.captions);
    }
    aloud(state.captions);
  };
  const unwatch = talk.watch(update);
  update(talk.state);
  return {
    node,
    title: app.say("start.device"),
    talk: true,
    leave: () => {
      unwatch();
      status.leave();
      speakers.leave();
    },
  };
}

/** The host of a shared device ends the room: nobody else is in it. */
function end(talk) {
  if (talk.state.host) talk.closeRoom();
  else talk.leave();
}

function turnButton(app, turn) {
  const node = button(app.say("device.turn"), () => {
    const on = node.getAttribute("aria-pressed") !== "true";
    setAttribute(node, "aria-pressed", String(on));
    remembered("turned", null, on);
    turn(on);
  }, { look: "tool.turn", image: "turn", title: app.say("device.turn-what"), "aria-pressed": "false" });
  if (remembered("turned", false)) queueMicrotask(() => node.click());
  return node;
}

/** Two large buttons, one for each language; a third, small one where the engine can tell by itself: then the large ones
    show whom it heard last. */
function speakerSwitch(app, talk) {
  const choose = (side) => () => talk.speaks(side);
  const buttons = Object.fromEntries(["a", "b"].map((side) => [
    side,
    button("", choose(side), { look: "speaker", image: "mic", "data-side": side, "aria-pressed": "false" }),
  ]));
  const automatic = button(app.say("device.auto"), choose("auto"), { look: "automatic", "aria-pressed": "false" });
  const node = h("div.switch", { role: "group", "aria-label": app.say("device.who") }, buttons.b, buttons.a, automatic);
  const hint = h("p.hint", { text: app.say("device.hint") });
  node.append(hint);

  const update = (state) => {
    const side = state.sideAsked ?? state.side;
    sides(state).forEach((tag, i) => {
      const one = buttons["ab"[i]];
      const found = state.languages.find((language) => language.tag === tag);
      const name = one.querySelector("span");
      setText(name, found?.name ?? app.texts.languageName(tag, tag));
      setAttribute(name, "lang", tag || null);
      setAttribute(one, "aria-pressed", String(side === "ab"[i]));
      setAttribute(one, "aria-current", state.spoke === "ab"[i] ? "true" : null);
    });
    automatic.hidden = !state.automatic;
    setAttribute(automatic, "aria-pressed", String(side === "auto"));
    setAttribute(node, "data-asked", String(state.sideAsked !== null));
  };

  let held = null; // {side, at}: the space bar is down
  const down = (event) => {
    if (event.code !== "Space" || event.repeat || typing(event.target) || held) {
      if (event.code === "Space" && held) event.preventDefault();
      return;
    }
    event.preventDefault();
    const before = talk.state.sideAsked ?? talk.state.side;
    held = { before, at: event.timeStamp };
    talk.speaks(before === "auto" ? "b" : other(before));
  };
  const up = (event) => {
    if (event.code !== "Space" || !held) return;
    event.preventDefault();
    if (event.timeStamp - held.at > TAP_MS) talk.speaks(held.before);
    held = null;
  };
  /** Another window has the keyboard: it will hear of the bar's end, and we shall not. */
  const away = () => {
    if (held) talk.speaks(held.before);
    held = null;
  };
  /** Fields and buttons other than the switch's own have the space bar for themselves. */
  const typing = (target) => target.closest?.("input, select, textarea, dialog, .tools button, .status button, .toast button, header");
  document.addEventListener("keydown", down);
  document.addEventListener("keyup", up);
  addEventListener("blur", away);
  const leave = () => {
    document.removeEventListener("keydown", down);
    document.removeEventListener("keyup", up);
    removeEventListener("blur", away);
  };
  return { node, update, leave };
}
