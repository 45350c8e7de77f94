// What was said, as it grows: one element for each utterance, changed in place.

import { button, h, setAttribute, setText } from "../dom.js";
import { direction } from "../texts.js";
import { wordsIn } from "../talk.js";

const SHOWN = 400; // utterances on the screen; the transcript has them all

const words = (kind, { language, text, final }) =>
  h(`p.${kind}${final ? "" : ".growing"}`, { lang: language, dir: direction(language), text });

/**
 * A column of captions that follows the newest unless somebody has scrolled up.
 * @param {object} given
 * @param {(caption: object) => {lines: {kind: string, language: string, text: string, final: boolean}[], name?: string,
 *   mine?: boolean, side?: string} | null} given.shows what to show of one; null: not here
 */
export function captionColumn(app, { label, shows }) {
  const items = new Map(); // id: {element, caption}
  const empty = h("p.empty", { text: app.say("talk.empty") });
  const list = h("div.caption-list", { role: "log", "aria-live": "off", "aria-label": label, tabindex: "0" }, empty);
  const newest = button(app.say("talk.newest"), () => toEnd(), { look: "newest", image: "down" });
  newest.hidden = true;
  const node = h("div.captions", {}, list, newest);
  let following = true;

  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
    following = true;
    newest.hidden = true;
  };
  list.addEventListener("scroll", () => {
    following = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    if (following) newest.hidden = true;
  });
  new ResizeObserver(() => following && toEnd()).observe(list); // a keypad or a notice takes some of its room

  const draw = (element, { lines, name = "", mine = false, side = "" }) => {
    setAttribute(element, "data-mine", String(mine));
    setAttribute(element, "data-side", side || null);
    const wanted = lines.map((line) => `${line.kind}|${line.language}`).join();
    if (element.dataset.shape !== wanted) {
      element.dataset.shape = wanted;
      element.replaceChildren(h("p.name", { text: name }), ...lines.map((line) => words(line.kind, line)));
    }
    setText(element.firstChild, name);
    lines.forEach((line, i) => {
      setText(element.children[i + 1], line.text);
      element.children[i + 1].classList.toggle("growing", !line.final);
    });
  };

  const update = (captions) => {
    let changed = false;
    let before = null;
    for (const caption of captions.slice(-SHOWN)) {
      const old = items.get(caption.id);
      if (old?.caption === caption) {
        before = old.element;
        continue;
      }
      const shown = shows(caption);
      if (shown === null || shown.lines.length === 0) continue;
      const element = old?.element ?? h("div.caption");
      draw(element, shown);
      if (!old) {
        if (before) before.after(element);
        else list.prepend(element);
      }
      items.set(caption.id, { element, caption });
      before = element;
      changed = true;
    }
    while (items.size > SHOWN) {
      const [id, { element }] = items.entries().next().value;
      element.remove();
      items.delete(id);
    }
    empty.hidden = items.size > 0;
    if (changed && following) toEnd();
    else if (changed) newest.hidden = false;
  };

  return { node, update, toEnd };
}

/** Both languages of an utterance, one's own first and large. @param {string} own tag */
export function bothLanguages(caption, own) {
  const first = wordsIn(caption, own) ?? caption.source;
  if (!first) return Object.values(caption.targets).map((one) => ({ kind: "first", ...one }));
  const rest = [caption.source, ...Object.values(caption.targets)].filter((one) => one && one !== first);
  const others = first === caption.source ? rest : rest.filter((one) => one === caption.source);
  return [{ kind: "first", ...first }, ...others.map((one) => ({ kind: "second", ...one }))];
}

/**
 * Reads to a screen reader what others said, once each, when it is final, in the hearer's own language.
 * @param {(caption: object) => string|null} wanted the language; null: not this one
 * @param {() => number} since seconds of the room: what was said before one came is there to be read
 */
export function spokenAloud(wanted, since) {
  const told = new Set();
  const region = document.getElementById("spoken");
  let first = true;
  return (captions) => {
    for (const caption of captions) {
      if (told.has(caption.id)) continue;
      const tag = wanted(caption);
      const found = tag === null ? null : wordsIn(caption, tag);
      if (!found?.final) continue;
      told.add(caption.id);
      if (first || caption.atS < since()) continue; // the screen is new, or one came later
      const line = `${caption.name ? `${caption.name}: ` : ""}${found.text}`;
      region.append(h("p", { lang: found.language, text: line }));
      while (region.children.length > 3) region.firstChild.remove();
    }
    first = false;
  };
}
