// The socket to the server: joins, comes back after a drop, hands messages on. Words of the protocol are in wire.js.

import * as wire from "./wire.js";
import { GIVE_UP_S, mayReturn, waitS } from "./retry.js";
import { LINK } from "./talk.js";

const OPEN_S = 8; // for the socket to open and the server to answer `join`
const HELD_BYTES = 2 * 48000; // 2 s of the microphone are kept while the socket is down
const BEHIND_BYTES = 4 * 48000; // more than that unsent: the line is too slow, and newer speech matters more

export class Stream {
  /**
   * @param {object} wishes
   * @param {string} wishes.seat the seat's token
   * @param {boolean} [wishes.takeOver]
   * @param {(event: object) => void} wishes.told messages of the server's, and {type: "link", link, retryInS}
   * @param {(audio: ArrayBuffer) => void} wishes.heard audio of the server's
   * @param {string} [wishes.url] of the socket
   */
  constructor({ seat, takeOver = false, told, heard, url = socketUrl() }) {
    Object.assign(this, { seat, takeOver, told, heard, url });
    this.socket = null;
    this.joined = false;
    this.over = false;
    this.attempt = 0;
    this.lostAt = null;
    this.satUntil = null; // when the seat was last ours
    this.resumeS = 0; // for so long after that it is kept
    this.held = [];
    this.heldBytes = 0;
    this.timer = null;
  }

  open() {
    clearTimeout(this.timer);
    this.joined = false;
    const socket = new WebSocket(this.url, wire.SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.timer = setTimeout(() => this.#lost(socket, 0), OPEN_S * 1000);
    // The server may not have noticed yet that the old connection is dead: then it is for us to say that we are the same page.
    const back = this.satUntil !== null && performance.now() - this.satUntil < this.resumeS * 1000;
    socket.onopen = () => socket.send(wire.join(this.seat, this.takeOver || back));
    socket.onmessage = ({ data }) => this.#take(socket, data);
    socket.onclose = ({ code }) => this.#lost(socket, code);
  }

  /** A text message; false where the socket is not up. */
  say(message) {
    if (!this.joined || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(message);
    return true;
  }

  /** Audio from the microphone. While the socket is down the newest two seconds wait. */
  speak(audio) {
    if (this.over) return;
    if (this.joined && this.socket.readyState === WebSocket.OPEN) {
      if (this.socket.bufferedAmount < BEHIND_BYTES) this.socket.send(audio);
      return;
    }
    this.held.push(audio);
    this.heldBytes += audio.byteLength;
    while (this.heldBytes > HELD_BYTES) this.heldBytes -= this.held.shift().byteLength;
  }

  /** For good: nothing comes or goes after this. */
  end() {
    this.over = true;
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  /** Try at once: somebody asked, or the network is back. */
  again() {
    if (this.over || this.joined || this.socket?.readyState === WebSocket.CONNECTING) return;
    if (this.lostAt !== null) this.lostAt = performance.now();
    this.open();
  }

  #take(socket, received) {
    if (socket !== this.socket || this.over) return;
    if (received instanceof ArrayBuffer) {
      this.heard(received);
      return;
    }
    const message = wire.read(received);
    if (message === null) return;
    if (message.type === "joined") this.#arrived(message);
    if (message.type === "ended" || (message.type === "error" && message.fatal)) this.over = true;
    this.told(message);
  }

  #arrived({ resume_s: resumeS = 10 }) {
    clearTimeout(this.timer);
    this.resumeS = resumeS;
    this.joined = true;
    this.takeOver = false;
    this.attempt = 0;
    this.lostAt = null;
    for (const audio of this.held) this.socket.send(audio);
    this.held = [];
    this.heldBytes = 0;
  }

  #lost(socket, code) {
    if (socket !== this.socket || this.over) return;
    clearTimeout(this.timer);
    const now = performance.now();
    if (this.joined) this.satUntil = now;
    this.joined = false;
    socket.onclose = null;
    if (code === 0) socket.close();
    this.lostAt ??= now;
    if (!mayReturn(code) || now - this.lostAt > GIVE_UP_S * 1000) {
      this.told({ type: "link", link: LINK.DOWN });
      return;
    }
    const inS = waitS(this.attempt, Math.random());
    this.attempt += 1;
    this.told({ type: "link", link: LINK.BROKEN, retryInS: inS });
    this.timer = setTimeout(() => this.open(), inS * 1000);
  }
}

function socketUrl() {
  const url = new URL("/browser/stream", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
