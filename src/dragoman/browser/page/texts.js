// The page's own sentences, in the languages that Dragoman ships (texts/<tag>.json; English is complete).

export const SHIPPED = {
  en: "English", es: "Español", fr: "Français", zh: "中文", hi: "हिन्दी", pt: "Português", de: "Deutsch", ja: "日本語", ko: "한국어",
  it: "Italiano", ru: "Русский", id: "Bahasa Indonesia", vi: "Tiếng Việt",
};

const RIGHT_TO_LEFT = new Set(["ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);

/** "rtl" or "ltr", for what is written in a language. */
export const direction = (tag) => (RIGHT_TO_LEFT.has(primary(tag)) ? "rtl" : "ltr");

export const primary = (tag) => (tag ?? "").split("-")[0].toLowerCase();

/** The first of the wished languages that there is; English otherwise. @param {Iterable<string>} wished tags, best first */
export function best(wished) {
  for (const tag of wished) if (Object.hasOwn(SHIPPED, primary(tag))) return primary(tag);
  return "en";
}

/** Sentences of one language over those of another. */
export class Texts {
  /** @param {string} tag @param {object} own @param {object} english for what `own` lacks */
  constructor(tag, own, english) {
    this.tag = tag;
    this.sentences = { ...english, ...own };
  }

  /** The sentence of a name, with {words} put in. A name that there is not is a mistake in the page, and is seen. */
  say(name, words = {}) {
    const sentence = this.sentences[name] ?? name;
    return sentence.replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
  }

  has(name) {
    return Object.hasOwn(this.sentences, name);
  }

  /** How a language is called in this one; its own name where the browser does not know it. */
  languageName(tag, otherwise = tag) {
    try {
      const name = new Intl.DisplayNames([this.tag], { type: "language" }).of(tag);
      return name && name !== tag ? name.charAt(0).toLocaleUpperCase(this.tag) + name.slice(1) : otherwise;
    } catch {
      return otherwise;
    }
  }

  /** Seconds as a length of time: 1:02:03, 12:05. */
  duration(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const shown = parts[0] > 0 ? parts : parts.slice(1);
    return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
  }

  money(usd) {
    const digits = usd < 1 ? 3 : 2;
    return new Intl.NumberFormat(this.tag, { style: "currency", currency: "USD", maximumFractionDigits: digits }).format(usd);
  }
}

/** @param {string} tag one of SHIPPED */
export async function loadTexts(tag) {
  const [english, own] = await Promise.all([sentences("en"), tag === "en" ? {} : sentences(tag).catch(() => ({}))]);
  return new Texts(tag, own, english);
}

async function sentences(tag) {
  const response = await fetch(new URL(`./texts/${tag}.json`, import.meta.url));
  if (!response.ok) throw new Error(`texts/${tag}.json: ${response.status}`);
  return response.json();
}
