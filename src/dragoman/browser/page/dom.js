// Elements in one line each. Text is always set as text: nothing that others say is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag with classes: "button.large"
 * @param {object} [given] attributes; `on` holds listeners by event; true and false set and leave out; `text` is the content
 * @param {...(Node|string|null|false|undefined)} children
 */
export function h(tag, given = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(given)) {
    if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (key === "text") element.textContent = value;
    else if (key === "value") element.value = value;
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** One of icons.svg; for the eye only. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/assets/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A picture made of one path on white, as a QR code is. */
export function picture({ size, path }, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("class", "code");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** A button of words, or of an icon and words. */
export function button(label, click, { look = "", image = null, ...given } = {}) {
  const tag = look ? `button.${look}` : "button";
  return h(tag, { type: "button", on: { click }, ...given }, image && icon(image), h("span", { text: label }));
}

/** A labelled field. @param {HTMLElement} control */
export function field(label, control, note = null) {
  control.id ||= `field-${(field.count = (field.count ?? 0) + 1)}`;
  return h("div.field", {}, h("label", { for: control.id, text: label }), control, note);
}

/** A labelled box to tick. @param {(on: boolean) => void} change */
export function check(label, checked, change) {
  const box = h("input", { type: "checkbox", on: { change: () => change(box.checked) } });
  box.checked = checked;
  box.id = `check-${(check.count = (check.count ?? 0) + 1)}`;
  return h("div.check", {}, box, h("label", { for: box.id, text: label }));
}

/** @param {{value: string, label: string}[]} options */
export function select(options, chosen, change = () => {}) {
  const element = h("select", { on: { change: () => change(element.value) } });
  for (const { value, label, lang } of options) element.append(h("option", { value, lang, text: label, selected: value === chosen }));
  return element;
}

/** Set only what is different: screen readers and transitions see each change once. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  const wanted = value === false || value === null ? null : value === true ? "" : String(value);
  if (element.getAttribute(name) === wanted) return;
  if (wanted === null) element.removeAttribute(name);
  else element.setAttribute(name, wanted);
}
