// One thing to say, and what can be done about it.

import { button, h, icon } from "../dom.js";

/**
 * @param {object} given `title` and `what` name texts; `words` stand in them; `go`, `other`: {label, then}
 */
export function messageScreen(app, { title, what, words = {}, image = null, go = null, other = null }) {
  const node = h(
    "section.card.narrow",
    {},
    image && icon(image),
    h("h1", { tabindex: "-1", text: app.say(title, words) }),
    h("p", { text: app.say(what, words) }),
    h("div.row", {},
      go && button(app.say(go.label), go.then, { look: "main" }),
      other && button(app.say(other.label), other.then)),
  );
  return { node, title: app.say(title, words) };
}

/** A dialog over the screen; the browser keeps the focus in it and gives it back. */
export function dialog(app, title, ...content) {
  const element = h("dialog", { "aria-labelledby": "dialog-title" },
    h("div.dialog-top", {},
      h("h2", { id: "dialog-title", text: title }),
      button(app.say("error.close"), () => element.close(), { look: "quiet.only-icon", image: "close" })),
    ...content);
  element.addEventListener("close", () => element.remove());
  element.addEventListener("click", ({ target }) => target === element && element.close());
  document.getElementById("main").append(element);
  element.showModal();
  return element;
}

/** Ask before what cannot be undone. @param {{label: string, then: () => void}[]} answers */
export function askSure(app, question, answers) {
  const box = dialog(app, app.say(question),
    h("div.row", {},
      ...answers.map(({ label, then, look = "danger" }) => button(app.say(label), () => { box.close(); then(); }, { look })),
      button(app.say("talk.stay"), () => box.close())));
}

/** What went wrong with a form, beside it; announced at once. */
export function alertLine() {
  const line = h("p.alert", { role: "alert" });
  line.say = (text) => { line.textContent = text; };
  return line;
}
