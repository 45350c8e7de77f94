// After a talk: what it came to, and its transcript to take away.

import { download, Refused } from "../api.js";
import { button, h } from "../dom.js";
import { alertLine } from "./message.js";

export function endedScreen(app, { ended, seat, call = false, again = { label: "ended.new", then: () => app.home() } }) {
  const { summary, downloads, reason } = ended;
  const why = `ended.what-${reason}${call && reason === "left" ? "-call" : ""}`;
  const alert = alertLine();
  const save = (form, path) => async () => {
    alert.say("");
    try {
      const url = URL.createObjectURL(await download(path, seat));
      h("a", { href: url, download: `dragoman.${form}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      alert.say(app.say(refused.key, refused.words));
    }
  };
  const forms = ["txt", "json", "srt", "vtt"].filter((form) => downloads[form]);
  const node = h("section.card.narrow", {},
    h("h1", { tabindex: "-1", text: app.say("state.ended") }),
    app.texts.has(why) && h("p", { text: app.say(why) }),
    summary && facts(app, summary),
    forms.length > 0 && h("h2", { text: app.say("ended.download") }),
    forms.length > 0 && h("div.row", {},
      ...forms.map((form) => button(app.say(`ended.${form}`), save(form, downloads[form]), { image: "load" }))),
    alert,
    h("div.row", {}, button(app.say(again.label), again.then, { look: "main" })));
  return { node, title: app.say("state.ended") };
}

function facts(app, summary) {
  const rows = [
    ["duration", app.texts.duration(summary.duration_s)],
    ["turns", summary.turns],
    ["people", summary.parties],
    ["languages", summary.languages.map((tag) => app.texts.languageName(tag)).join(", ")],
  ];
  if (typeof summary.usd === "number") {
    const cost = app.texts.money(summary.usd);
    rows.push(["cost", summary.usd_is_estimate ? app.say("ended.estimate", { cost }) : cost]);
  }
  return h("dl.facts", {}, ...rows.map(([name, value]) =>
    h("div", {}, h("dt", { text: app.say(`ended.${name}`) }), h("dd", { text: String(value) }))));
}
