// The protocol with the server (docs/browser-protocol.md): messages are written and read here, and nowhere else. Pure.

export const SUBPROTOCOL = "dragoman.1";
export const AUDIO_MAX_BYTES = 64 * 1024;

// ---- What the page says ---------------------------------------------------------------------------------------------

const say = (type, fields = {}) => JSON.stringify({ type, ...fields });

export const join = (seat, takeOver = false) =>
  say("join", { seat, rate: 24000, channels: 1, ...(takeOver ? { take_over: true } : {}) });
export const reached = (name) => say("reached", { name });
export const mute = (on) => say("mute", { on });
export const speaks = (side) => say("speaks", { side });
export const language = (tag) => say("language", { tag });
export const original = (mode, db = null) => say("original", db === null ? { mode } : { mode, db });
export const again = () => say("again");
export const digit = (key) => say("digit", { digit: key });
export const interpreting = (on) => say("interpreting", { on });
export const recording = (on) => say("recording", { on });
export const leave = () => say("leave");
export const close = () => say("close");

/** @param {object} statistics what the jitter buffer's `takeStatistics` gave */
export function playback(statistics) {
  const whole = (value) => Math.max(0, Math.round(value));
  const ms = (value) => Math.max(0, Math.round(value * 10) / 10);
  return say("playback", {
    late: whole(statistics.late),
    early: whole(statistics.early),
    underruns: whole(statistics.underruns),
    overlaps: whole(statistics.overlaps),
    gap_ms: ms(statistics.gapMs),
    jitter_ms: ms(statistics.jitterMs),
    buffered_ms: ms(statistics.bufferedMs),
  });
}

// ---- What the server says -------------------------------------------------------------------------------------------

const text = (value) => typeof value === "string";
const number = (value) => typeof value === "number" && Number.isFinite(value);
const flag = (value) => typeof value === "boolean";
const list = (value) => Array.isArray(value);

/** What each message must have for the page to use it; more fields are welcome, other types are passed over. */
const NEEDED = {
  joined: { party: text, languages: list, parties: list },
  mark: { name: text },
  clear: {},
  caption: { id: text, party: text, side: text, language: text, text, final: flag, at_s: number },
  state: { state: text, party: text },
  parties: { parties: list },
  speaks: { side: text },
  carried: { interpreting: flag, recording: flag },
  ended: { reason: text },
  error: { code: text, message: text, fatal: flag },
};

/**
 * One text message of the server's.
 * @param {string} written
 * @returns {object|null} null for what is no message, or not one that the page knows
 */
export function read(written) {
  let message;
  try {
    message = JSON.parse(written);
  } catch {
    return null;
  }
  if (message === null || typeof message !== "object" || !Object.hasOwn(NEEDED, message.type)) return null;
  const wrong = Object.entries(NEEDED[message.type]).some(([name, is]) => !is(message[name]));
  return wrong ? null : message;
}
