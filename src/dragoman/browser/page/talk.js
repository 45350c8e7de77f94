// What the page knows of a talk: one value, and how each event changes it. Pure: screens only show it.

/** How the socket stands. */
export const LINK = { OPENING: "opening", UP: "up", BROKEN: "broken", DOWN: "down" };

/** @param {"room"|"device"|"call"} kind */
export function begin(kind) {
  return {
    kind,
    link: LINK.OPENING,
    retryInS: 0,
    joined: false,
    resumed: false,
    me: "",
    room: "",
    host: false,
    cameAtS: 0, // of the room: what was said before is read here, and not told
    leftS: 0, // how long the room may last, at the join
    resumeS: 10,
    languages: [],
    parties: [],
    side: "a",
    sideAsked: null, // until the server says that it took effect
    automatic: false,
    spoke: "", // of a shared device where that is found out: the side that was heard last
    states: {}, // party: {state, trouble}
    captions: [], // in order of their beginning: {id, party, name, atS, source, targets}
    carried: { interpreting: true, recording: true }, // a phone call
    muted: false,
    paused: false, // the browser holds the sound back until somebody taps
    original: { mode: "duck", db: -16 },
    error: null, // {code, message, fatal}
    ended: null, // {reason, summary, downloads}
  };
}

/** @returns a new state where something changed, else the same */
export function step(state, event) {
  switch (event.type) {
    case "link":
      return { ...state, link: event.link, retryInS: event.retryInS ?? 0 };
    case "joined":
      return joined(state, event);
    case "caption":
      return { ...state, captions: captioned(state.captions, event), spoke: spokeLast(state, event) };
    case "state":
      return { ...state, states: { ...state.states, [event.party]: { state: event.state, trouble: event.trouble ?? "" } } };
    case "parties":
      return { ...state, parties: event.parties, states: statesOf(state, event.parties) };
    case "speaks":
      return { ...state, side: event.side, sideAsked: null, spoke: event.side === state.side ? state.spoke : "" };
    case "carried":
      return { ...state, carried: { interpreting: event.interpreting, recording: event.recording } };
    case "asked-side":
      return { ...state, sideAsked: event.side };
    case "muted":
      return { ...state, muted: event.on };
    case "paused":
      return state.paused === event.on ? state : { ...state, paused: event.on };
    case "original":
      return { ...state, original: { mode: event.mode, db: event.db } };
    case "error":
      return { ...state, error: event };
    case "error-read":
      return { ...state, error: null };
    case "ended":
      return { ...state, ended: { reason: event.reason, summary: event.summary ?? null, downloads: event.downloads ?? {} } };
    default:
      return state;
  }
}

/** Which side of a shared device was found to speak, by the caption of what it said; "" where nobody looks for it. */
function spokeLast({ side, spoke }, caption) {
  if (side !== "auto" || caption.side !== "source") return spoke;
  return caption.party === "a" || caption.party === "b" ? caption.party : spoke;
}

/** Without those who left in the midst of something. */
function statesOf({ states }, parties) {
  return Object.fromEntries(Object.entries(states).filter(([id]) => parties.some((party) => party.id === id)));
}

function joined(state, event) {
  return {
    ...state,
    link: LINK.UP,
    retryInS: 0,
    joined: true,
    resumed: event.resumed === true,
    me: event.party,
    room: event.room ?? "",
    host: event.host === true,
    cameAtS: state.joined ? state.cameAtS : event.at_s ?? 0,
    leftS: event.left_s ?? 0,
    resumeS: event.resume_s ?? 10,
    languages: event.languages,
    parties: event.parties,
    states: statesOf(state, event.parties),
    side: event.side ?? state.side,
    sideAsked: null,
    automatic: event.auto === true,
    error: state.error?.code === "source-ended" ? state.error : null, // nothing comes from the microphone still
  };
}

/** One side of one utterance, put in its place. */
function captioned(captions, event) {
  const words = { language: event.language, text: event.text, final: event.final };
  const at = captions.findIndex((caption) => caption.id === event.id);
  const old = at < 0 ? { id: event.id, atS: event.at_s, source: null, targets: {} } : captions[at];
  const caption = { ...old, party: event.party, name: event.name ?? old.name ?? "" };
  if (event.side === "source") caption.source = words;
  else caption.targets = { ...old.targets, [event.language]: words };
  if (at >= 0) return captions.with ? captions.with(at, caption) : captions.map((one, i) => (i === at ? caption : one));
  const later = captions.findIndex((one) => one.atS > caption.atS);
  return later < 0 ? [...captions, caption] : [...captions.slice(0, later), caption, ...captions.slice(later)];
}

const primary = (tag) => (tag ?? "").split("-")[0].toLowerCase();

/** Two tags of the same language: `pt` and `pt-BR`. */
export const sameLanguage = (a, b) => primary(a) === primary(b);

/** What a caption says in a language: its translation, or the original where that was spoken; null for neither. */
export function wordsIn(caption, tag) {
  if (caption.source && sameLanguage(caption.source.language, tag)) return caption.source;
  return Object.values(caption.targets).find((words) => sameLanguage(words.language, tag)) ?? null;
}

/** One's own row among the parties; null before the join. */
export const myself = (state) => state.parties.find((party) => party.id === state.me) ?? null;

/** The two languages of a shared device: side a's and side b's. */
export function sides(state) {
  const of = (id) => state.parties.find((party) => party.id === id)?.language ?? "";
  return [of("a"), of("b")];
}

/** Which side of a shared device said this. */
export function sideOf(state, caption) {
  if (caption.party === "a" || caption.party === "b") return caption.party;
  const [a] = sides(state);
  return caption.source && sameLanguage(caption.source.language, a) ? "a" : "b";
}

/**
 * The one thing that the status line says.
 * @returns {{key: string, kind: string, name?: string, seconds?: number}} key: of a text, with what stands in it; kind: for
 *   its looks: wait, listen, hear, work, speak, trouble, over
 */
export function status(state) {
  if (state.ended) return { key: "state.ended", kind: "over" };
  if (state.paused) return { key: "state.paused", kind: "trouble" };
  if (state.link === LINK.BROKEN) return { key: "state.broken", kind: "trouble" };
  if (state.link === LINK.DOWN) return { key: "state.down", kind: "trouble" };
  if (!state.joined || state.link === LINK.OPENING) return { key: "state.connecting", kind: "wait" };
  return trouble(state) ?? doing(state);
}

/** The party in a state, oneself first; null where nobody is. */
function whoIs(state, wanted) {
  const found = Object.keys(state.states).filter((party) => state.states[party].state === wanted);
  const party = found.includes(state.me) ? state.me : found[0];
  return party === undefined ? null : { party, ...state.states[party], name: nameOf(state, party) };
}

const nameOf = (state, id) => state.parties.find((party) => party.id === id)?.name ?? "";

const TROUBLES = { away: "state.away", "no-interpreter": "state.no-interpreter", unclear: "state.unclear" };

function trouble(state) {
  const who = whoIs(state, "trouble");
  if (!who || who.party === state.me && who.trouble === "away") return null;
  // Who was not understood says it again; the others need not know.
  if (who.trouble === "unclear" && who.party !== state.me && state.kind !== "device") return null;
  const key = TROUBLES[who.trouble] ?? "state.trouble";
  return { key, kind: "trouble", name: who.name };
}

function doing(state) {
  const others = state.parties.some((party) => party.here && party.id !== state.me);
  if (state.kind !== "device" && !others) return { key: "state.alone", kind: "wait" };
  const hearing = whoIs(state, "hearing");
  const own = state.kind === "device" || hearing?.party === state.me;
  if (hearing) return own ? { key: "state.hearing", kind: "hear" } : { key: "state.speaks", kind: "hear", name: hearing.name };
  if (whoIs(state, "translating")) return { key: "state.translating", kind: "work" };
  if (whoIs(state, "speaking")) return { key: "state.speaking", kind: "speak" };
  return state.muted ? { key: "state.muted", kind: "wait" } : { key: "state.listening", kind: "listen" };
}
