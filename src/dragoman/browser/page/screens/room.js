// Several devices: captions of everybody, who is there, and how others come in.

import { button, field, h, picture, setAttribute, setText } from "../dom.js";
import { qrPath } from "../qr.js";
import { myself } from "../talk.js";
import { errorLine, muteButton, settings, statusLine, textSize } from "./bar.js";
import { bothLanguages, captionColumn, spokenAloud } from "./captions.js";
import { askSure } from "./message.js";

export function roomScreen(app, talk) {
  const own = () => myself(talk.state)?.language ?? "";
  const column = captionColumn(app, {
    label: app.say("talk.captions"),
    shows: (caption) => ({
      lines: bothLanguages(caption, own()),
      name: caption.name,
      mine: caption.party === talk.state.me,
    }),
  });
  const aloud = spokenAloud((caption) => (caption.party === talk.state.me ? null : own()), () => talk.state.cameAtS);
  const status = statusLine(app, talk);
  const error = errorLine(app, talk);
  const mute = muteButton(app, talk);
  const people = peopleList(app, talk);
  const side = h("aside.side", { id: "people", "aria-label": app.say("talk.people") }, people.node, talk.link ? invitation(app, talk.link) : null);
  const opener = button(app.say("talk.people"), () => open(side.dataset.open !== "true"), { look: "tool.opener", image: "people", "aria-controls": "people", "aria-expanded": "false" });
  const open = (on) => {
    side.dataset.open = String(on);
    setAttribute(opener, "aria-expanded", String(on));
  };

  const node = h("section.talk.room", {},
    h("h1.unseen", { tabindex: "-1", text: app.say("start.room") }),
    h("div.status-row", {}, status.node, textSize(app)),
    error.node,
    column.node,
    side,
    h("div.tools", {},
      mute.node,
      button(app.say("talk.again"), () => talk.again(), { look: "tool", image: "again" }),
      opener,
      button(app.say("talk.settings"), () => settings(app, talk, { languages: talk.state.languages, mine: own() }), { look: "tool", image: "settings" }),
      button(app.say("talk.leave"), () => askSure(app, "talk.leave-sure", leaving(talk)), { look: "tool.danger", image: "leave" })));

  let alone = null;
  const update = (state) => {
    for (const one of [status, error, mute, people]) one.update(state);
    column.update(state.captions);
    aloud(state.captions);
    const now = state.parties.filter((party) => party.here).length < 2;
    if (state.joined && alone !== now) open(now); // who waits alone needs the link; who talks needs the captions
    if (state.joined) alone = now;
  };
  const unwatch = talk.watch(update);
  open(false);
  update(talk.state);
  return {
    node,
    title: app.say("start.room"),
    talk: true,
    leave: () => {
      unwatch();
      status.leave();
    },
  };
}

function leaving(talk) {
  const answers = [{ label: "talk.leave", then: () => talk.leave(), look: talk.state.host ? "" : "danger" }];
  return talk.state.host ? [{ label: "talk.close", then: () => talk.closeRoom() }, ...answers] : answers;
}

function peopleList(app, talk) {
  const list = h("ul.people");
  const node = h("div", {}, h("h2", { text: app.say("talk.people") }), list);
  const update = ({ parties, me, languages }) => {
    const wanted = JSON.stringify([parties, me]);
    if (list.dataset.shown === wanted) return;
    list.dataset.shown = wanted;
    list.replaceChildren(...parties.map((party) => {
      const language = languages.find(({ tag }) => tag === party.language)?.name ?? app.texts.languageName(party.language);
      const notes = [
        party.id === me && app.say("talk.you"),
        !party.here && app.say("talk.away"),
        party.muted && app.say("talk.muted"),
        party.speaking && app.say("talk.speaking"),
      ].filter(Boolean);
      return h("li", { "data-here": String(party.here), "data-speaking": String(party.speaking) },
        h("span.avatar", { "aria-hidden": "true", text: [...party.name][0]?.toUpperCase() ?? "?" }),
        h("span.person", {},
          h("strong", { text: party.name }),
          h("span.small", { text: [language, ...notes].join(" · ") })));
    }));
  };
  return { node, update };
}

/** Whether an address means the device that it is opened on. */
export function onlyHere(link) {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])\.?$/.test(new URL(link).hostname);
}

function invitation(app, link) {
  const shown = h("input", { type: "text", readonly: true, value: link, on: { focus: () => shown.select() } });
  const copied = h("span.unseen", { role: "status" });
  const copy = button(app.say("room.copy"), async () => {
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      shown.select(); // not allowed: at least it is marked for the person's own copying
      return;
    }
    setText(copied, app.say("room.copied"));
    setText(copy.querySelector("span"), app.say("room.copied"));
    setTimeout(() => setText(copy.querySelector("span"), app.say("room.copy")), 2000);
  }, { look: "main", image: "copy" });
  const send = navigator.share && !onlyHere(link)
    ? button(app.say("room.send"), () => navigator.share({ title: "Dragoman", url: link }).catch(() => {}), { image: "send" })
    : null;
  return h("div.invite", {},
    h("h2", { text: app.say("room.share") }),
    ...(onlyHere(link)
      ? [h("p", { text: app.say("room.only-here", { host: new URL(link).host }) })]
      : [h("p.small", { text: app.say("room.share-what") }), picture(qrPath(link), app.say("room.code"))]),
    field(app.say("room.link"), shown),
    h("div.row", {}, copy, send, copied));
}
