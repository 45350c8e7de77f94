// The first screen, and the forms that lead to a talk.

import { readLink, Refused } from "../api.js";
import { button, field, h, icon, select } from "../dom.js";
import { remembered } from "../kept.js";
import { best, primary } from "../texts.js";
import { alertLine } from "./message.js";

export function startScreen(app) {
  const choice = (name, image, then) =>
    h("button.choice", { type: "button", on: { click: then } },
      icon(image),
      h("span.choice-words", {},
        h("strong", { text: app.say(`start.${name}`) }),
        h("span", { text: app.say(`start.${name}-what`) })));
  const node = h("section.start", {},
    h("div.hero", {},
      h("h1", { tabindex: "-1", text: app.say("app.tagline") }),
      h("p", { text: app.say("app.what") })),
    h("h2", { text: app.say("start.how") }),
    h("div.choices", {},
      choice("device", "device", () => app.device()),
      choice("room", "room", () => app.room()),
      choice("join", "link", () => app.show(() => linkForm(app))),
      app.facts.agents && app.facts.login !== "guest" && choice("calls", "phone", () => app.duty())),
    h("p.small", { text: app.say("app.notice") }));
  return { node, title: app.say("app.tagline") };
}

/** A form: its fields, one button to go on, one to go back; what is refused is said beside them. */
function form(app, { title, what = null, note = null, fields, go = "form.continue", send, back = () => app.home() }) {
  const alert = alertLine();
  const next = h("button.main", { type: "submit" }, h("span", { text: app.say(go) }));
  const submit = async (event) => {
    event.preventDefault();
    alert.say("");
    next.disabled = true;
    try {
      const wrong = await send();
      if (wrong) alert.say(app.say(wrong));
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      if (refused.status === 401) app.facts.login = "none"; // the cookie is too old: ask at the next try
      alert.say(app.say(refused.key, refused.words));
    } finally {
      next.disabled = false;
    }
  };
  const node = h("section.card.narrow", {},
    h("h1", { tabindex: "-1", text: app.say(title) }),
    what && h("p", { text: what }),
    h("form", { on: { submit }, novalidate: true }, ...fields, note && h("p.small", { text: note }), alert,
      h("div.row", {}, next, button(app.say("form.back"), back))));
  return { node, title: app.say(title) };
}

function languageOptions(app, languages) {
  const named = languages.map(({ tag, name }) => {
    const here = app.texts.languageName(tag, name);
    return { value: tag, label: here.toLowerCase() === name.toLowerCase() ? name : `${name} (${here})` };
  });
  return named.sort((one, other) => one.label.localeCompare(other.label, app.texts.tag));
}

/** Of the languages offered, the one that this browser most likely speaks. */
function likely(app, languages, kept) {
  const tags = languages.map(({ tag }) => tag);
  if (tags.includes(kept)) return kept;
  return tags.find((tag) => primary(tag) === best(navigator.languages)) ?? tags[0] ?? "";
}

function languageField(app, languages, { text = "form.language", chosen, change }) {
  const control = select(languageOptions(app, languages), chosen, change);
  return { control, node: field(app.say(text), control) };
}

function nameField(app) {
  const control = h("input", { type: "text", maxlength: 40, autocomplete: "given-name", value: remembered("name", "") });
  return { control, node: field(app.say("form.name"), control) };
}

export function deviceForm(app) {
  const { languages } = app.facts;
  const mine = languageField(app, languages, { chosen: likely(app, languages, remembered("language", null)) });
  const second = remembered("other-language", null);
  const others = languages.map(({ tag }) => tag).filter((tag) => tag !== mine.control.value);
  const chosen = others.includes(second) ? second : (others.find((tag) => primary(tag) === "en") ?? others[0]);
  const other = languageField(app, languages, { text: "form.other", chosen });
  const source = select(
    [{ value: "microphone", label: app.say("form.microphone") }, { value: "tab", label: app.say("form.tab") }],
    "microphone",
  );
  const maySource = Boolean(navigator.mediaDevices.getDisplayMedia);
  return form(app, {
    title: "start.device",
    what: app.say("start.device-what"),
    fields: [mine.node, other.node, maySource && field(app.say("form.source"), source)],
    send: async () => {
      const pair = [mine.control.value, other.control.value];
      if (pair[0] === pair[1]) return "form.same";
      const paired = languages.find(({ tag }) => tag === pair[0])?.with;
      if (paired && !paired.includes(pair[1])) return "form.unpaired";
      remembered("language", null, pair[0]);
      remembered("other-language", null, pair[1]);
      await app.open({ languages: pair, oneDevice: true, source: source.value });
      return null;
    },
  });
}

function who(app, languages) {
  const name = nameField(app);
  const language = languageField(app, languages, { chosen: likely(app, languages, remembered("language", null)) });
  const read = () => {
    const said = { name: name.control.value.trim(), language: language.control.value };
    if (said.name) remembered("name", null, said.name);
    remembered("language", null, said.language);
    return said;
  };
  return { fields: [name.node, language.node], read };
}

export function roomForm(app) {
  const { fields, read } = who(app, app.facts.languages);
  return form(app, {
    title: "start.room",
    what: app.say("start.room-what"),
    fields,
    send: async () => {
      const said = read();
      if (!said.name) return "form.name-missing";
      await app.open(said);
      return null;
    },
  });
}

export function joinForm(app, { room, key, view }) {
  const offered = new Map(app.facts.languages.map((one) => [one.tag, one]));
  const languages = (view.languages ?? [])
    .map((one) => (typeof one === "string" ? (offered.get(one) ?? { tag: one, name: one }) : one));
  const { fields, read } = who(app, languages.length > 0 ? languages : app.facts.languages);
  const names = (view.parties ?? []).map((party) => party.name).filter(Boolean);
  return form(app, {
    title: "join.title",
    what: names.length > 0 ? app.say("join.people", { names: names.join(", ") }) : null,
    note: app.say("app.notice"), // who comes by a link has not seen the first screen
    fields,
    send: async () => {
      const said = read();
      if (!said.name) return "form.name-missing";
      await app.sit({ room, key, ...said, oneDevice: view.one_device === true });
      return null;
    },
  });
}

export function linkForm(app) {
  const control = h("input", { type: "url", inputmode: "url", autocomplete: "off" });
  return form(app, {
    title: "start.join",
    what: app.say("start.join-what"),
    fields: [field(app.say("start.link"), control)],
    send: async () => {
      const link = readLink(control.value);
      if (!link || !control.value.trim()) return "start.link-wrong";
      history.replaceState(null, "", `/r/${link.room}#${link.key}`);
      await app.join(link);
      return null;
    },
  });
}

export function loginForm(app, { then, wrong = false }) {
  const control = h("input", { type: "password", autocomplete: "current-password", required: true });
  const made = form(app, {
    title: "login.title",
    what: app.say("login.what"),
    fields: [field(app.say("login.token"), control)],
    go: "login.enter",
    send: async () => {
      try {
        await app.login(control.value.trim());
      } catch (refused) {
        if (refused.status === 401) return "login.wrong";
        throw refused;
      }
      then();
      return null;
    },
  });
  if (wrong) made.node.querySelector(".alert").say(app.say("login.wrong"));
  return made;
}
