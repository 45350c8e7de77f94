// One talk: the socket, the sound and what is known of it, tied together. Screens read `state` and call what is below.

import { remembered } from "./kept.js";
import { Stream } from "./stream.js";
import { begin, LINK, myself, status, step } from "./talk.js";
import * as wire from "./wire.js";

const STATISTICS_MS = 5000;

export class Conversation {
  /**
   * @param {object} given
   * @param {"room"|"device"|"call"} given.kind
   * @param {string} given.seat the seat's token
   * @param {string} [given.link] for others to join with
   * @param {import("./audio/sound.js").Sound} given.sound started
   * @param {boolean} [given.takeOver]
   */
  constructor({ kind, seat, link = "", sound, takeOver = false }) {
    Object.assign(this, { kind, seat, link, sound });
    const fresh = begin(kind);
    this.wished = remembered("original", kind === "room" ? fresh.original : null); // in a call the operator's wish stands
    this.state = { ...fresh, original: this.wished ?? fresh.original };
    this.watchers = new Set();
    this.levels = new Set();
    this.stream = new Stream({
      seat,
      takeOver,
      told: (event) => this.#told(event),
      heard: (audio) => this.sound.play(audio),
    });
    sound.told = {
      reached: (name) => this.stream.say(wire.reached(name)),
      spoken: (audio) => this.stream.speak(audio),
      level: (db) => this.levels.forEach((watch) => watch(db)),
      shown: () => {},
      paused: (on) => this.#take({ type: "paused", on }),
      sourceEnded: () => this.sourceLost(sound.isTab ? "tab-ended" : "missing"),
    };
  }

  open() {
    this.stream.open();
    this.timer = setInterval(() => this.#report(), STATISTICS_MS);
    this.online = () => this.stream.again();
    addEventListener("online", this.online);
    this.#stayAwake();
  }

  /** @param {(state: object, before: object) => void} watch called at each change */
  watch(watch) {
    this.watchers.add(watch);
    return () => this.watchers.delete(watch);
  }

  get status() {
    return status(this.state);
  }

  mute(on) {
    this.sound.mute(on);
    this.stream.say(wire.mute(on));
    this.#take({ type: "muted", on });
  }

  /** One device: who speaks from now on. */
  speaks(side) {
    if (this.stream.say(wire.speaks(side))) this.#take({ type: "asked-side", side });
  }

  language(tag) {
    this.stream.say(wire.language(tag));
  }

  original(mode, db) {
    this.wished = { mode, db };
    this.#take({ type: "original", mode, db });
    this.stream.say(mode === "duck" ? wire.original(mode, db) : wire.original(mode));
  }

  again() {
    this.stream.say(wire.again());
  }

  /** @returns whether it went out */
  digit(key) {
    return this.stream.say(wire.digit(key));
  }

  /** A phone call: the interpreter, or each other's own voices. How it stands is told by the server. */
  interpreting(on) {
    this.stream.say(wire.interpreting(on));
  }

  recording(on) {
    this.stream.say(wire.recording(on));
  }

  leave() {
    if (!this.stream.say(wire.leave())) this.#take({ type: "ended", reason: "left" });
  }

  closeRoom() {
    this.stream.say(wire.close());
  }

  /** After a drop that was given up: once more. */
  retry() {
    this.stream.again();
  }

  /** Nothing comes from the microphone or the tab any more. @param {string} reason as NoSound names it */
  sourceLost(reason) {
    this.#take({ type: "error", code: "source-ended", message: reason, fatal: false });
  }

  errorRead() {
    this.#take({ type: "error-read" });
  }

  /** Let go of the socket and the devices. */
  async end() {
    clearInterval(this.timer);
    removeEventListener("online", this.online);
    document.removeEventListener("visibilitychange", this.visible);
    await this.lock?.release().catch(() => {});
    this.stream.end();
    await this.sound.stop();
  }

  #told(message) {
    switch (message.type) {
      case "mark":
        this.sound.mark(message.name);
        break;
      case "clear":
        this.sound.clear();
        break;
      case "joined": {
        const first = !this.state.joined;
        this.#take(message);
        this.#catchUp(first);
        break;
      }
      default:
        this.#take(message);
    }
  }

  /** What the server does not know after a join: it may be another server, or a new arrival in the old seat. */
  #catchUp(first) {
    const muted = myself(this.state)?.muted === true;
    if (first && muted) {
      this.sound.mute(true); // who muted, and loaded the page again, is muted still, and must see it
      this.#take({ type: "muted", on: true });
    } else if (muted !== this.state.muted) this.stream.say(wire.mute(this.state.muted));
    if (this.wished && this.kind !== "device") this.original(this.wished.mode, this.wished.db);
  }

  #take(event) {
    const before = this.state;
    this.state = step(before, event);
    if (this.state === before) return;
    for (const watch of this.watchers) watch(this.state, before);
  }

  async #report() {
    this.stream.say(wire.playback(await this.sound.statistics()));
  }

  /** A phone on the table between two people must not go dark. */
  #stayAwake() {
    const ask = async () => {
      if (document.visibilityState !== "visible" || this.state.link === LINK.DOWN) return;
      this.lock = await navigator.wakeLock?.request("screen").catch(() => null);
    };
    this.visible = ask;
    document.addEventListener("visibilitychange", ask);
    ask();
  }
}
