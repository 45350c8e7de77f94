// The server's HTTP routes that the page uses (docs/browser-protocol.md).

const MEANINGS = {
  "no-room": "error.gone",
  "room-over": "error.gone",
  "no-seat": "error.gone",
  "bad-seat": "error.gone",
  key: "error.gone",
  "room-full": "error.full",
  "spending-limit": "error.spent",
  stopping: "error.stopping",
};

/** The text that says what a code of the server's means to a person. */
export const meaning = (code) => MEANINGS[code] ?? "error.server";

/** The server said no, or could not be reached. `key` names a text for a person; `words` stand in it. */
export class Refused extends Error {
  constructor(status, said = {}, retryAfter = null) {
    super(said.error ?? `status ${status}`);
    this.status = status;
    this.code = said.code ?? "";
    this.seconds = Number(retryAfter) || 60;
  }

  get key() {
    if (this.status === 0) return "error.network";
    if (this.status === 429) return "error.busy";
    return meaning(this.code);
  }

  get words() {
    return { message: this.message, seconds: this.seconds };
  }
}

const PATIENCE_MS = 15000;

async function ask(method, path, { body = null, bearer = null, raw = false } = {}) {
  const headers = {};
  if (body !== null) headers["content-type"] = "application/json";
  if (bearer !== null) headers.authorization = `Bearer ${bearer}`;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === null ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new Refused(0);
  }
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    throw new Refused(response.status, said, response.headers.get("retry-after"));
  }
  return raw ? response.blob() : response.json();
}

/** @returns {Promise<{login: string, languages: {tag: string, name: string, english: string, with: string[]}[]}>} */
export const facts = () => ask("GET", "/api/browser");
export const login = (token) => ask("POST", "/api/login", { body: { token } });

/** @returns {Promise<{room: string, key: string, host: string, link: string}>} */
export const openRoom = (wanted) => ask("POST", "/api/rooms", { body: wanted });
export const viewRoom = (room, key) => ask("GET", `/api/rooms/${encodeURIComponent(room)}`, { bearer: key });

/** @returns {Promise<{seat: string, party: string}>} */
export const takeSeat = (room, wanted) => ask("POST", `/api/rooms/${encodeURIComponent(room)}/seats`, { body: wanted });

// ---- Phone calls ----------------------------------------------------------------------------------------------------

const callPath = (call, what) => `/api/agent/calls/${encodeURIComponent(call)}/${what}`;

/** @returns {Promise<{seat: string}>} */
export const acceptCall = (call, page) => ask("POST", callPath(call, "accept"), { body: { page } });
export const declineCall = (call, page) => ask("POST", callPath(call, "decline"), { body: { page } });

/**
 * The calls that wait for an agent; who listens is on duty.
 * @param {(duty: {page: string, calls: object[], gone: object[]}) => void} told all that waits, at each change
 * @param {(gone: boolean) => void} lost the line broke; `gone`: the server wants no more of us
 * @returns {{close: () => void}}
 */
export function agentCalls(told, lost) {
  const line = new EventSource("/api/agent/calls");
  line.addEventListener("calls", ({ data }) => told(JSON.parse(data)));
  line.addEventListener("error", () => lost(line.readyState === EventSource.CLOSED));
  return line;
}

/** @returns {Promise<Blob>} */
export const download = (path, seat) => ask("GET", path, { bearer: seat, raw: true });

/** The room and key in a link to a conversation; null for any other text. */
export function readLink(text, here = location.href) {
  let url;
  try {
    url = new URL(text.trim(), here);
  } catch {
    return null;
  }
  const room = /^\/r\/([\w-]+)\/?$/.exec(url.pathname)?.[1];
  const key = url.hash.slice(1);
  return room && key && url.origin === new URL(here).origin ? { room, key } : null;
}
