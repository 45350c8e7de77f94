// The page: decides which screen is first, and leads from one to the next.

import * as api from "./api.js";
import { lacking, Sound } from "./audio/sound.js";
import { Conversation } from "./conversation.js";
import { h, icon, select } from "./dom.js";
import { callScreen } from "./screens/call.js";
import { deviceScreen } from "./screens/device.js";
import { endedScreen } from "./screens/ended.js";
import { deviceForm, joinForm, loginForm, roomForm, startScreen } from "./screens/start.js";
import { dutyScreen } from "./screens/duty.js";
import { chosenMicrophone, microphoneScreen } from "./screens/microphone.js";
import { messageScreen } from "./screens/message.js";
import { roomScreen } from "./screens/room.js";
import { remembered, seatKept } from "./kept.js";
import { best, direction, loadTexts, SHIPPED } from "./texts.js";

class App {
  constructor() {
    this.texts = null;
    this.facts = null; // what GET /api/browser said
    this.screen = null; // {node, title, leave?}
    this.make = null; // makes the screen anew, in another language
    this.talk = null;
  }

  async begin() {
    await this.speak(remembered("page-language", best(navigator.languages)));
    const why = lacking();
    if (why) {
      this.show(() => messageScreen(this, { title: `${why}.title`, what: `${why}.what`, image: "warn" }));
      return;
    }
    await this.arrive();
  }

  /** What the address and this tab's memory ask for. */
  async arrive() {
    try {
      this.facts ??= await api.facts();
    } catch (refused) {
      this.show(() => messageScreen(this, { ...problem(refused), go: { label: "error.retry", then: () => this.arrive() } }));
      return;
    }
    const kept = seatKept();
    const wanted = api.readLink(location.href);
    const hash = new URLSearchParams(location.hash.slice(1));
    if (hash.get("call")) this.prepare({ kind: "call", seat: hash.get("call") });
    else if (hash.get("invite")) await this.enter(hash.get("invite"));
    else if (kept && (!wanted || wanted.room === kept.room)) this.offerReturn(kept);
    else if (wanted) await this.join(wanted);
    else this.start();
  }

  start() {
    this.show(() => startScreen(this));
  }

  /** Change the page's own language, and show the same screen in it. */
  async speak(tag) {
    this.texts = await loadTexts(tag);
    document.documentElement.lang = this.texts.tag;
    document.documentElement.dir = direction(this.texts.tag);
    this.#drawTop();
    if (this.make) this.show(this.make, { focus: false });
  }

  say = (name, words) => this.texts.say(name, words);

  /** @param {() => {node: Node, title: string, leave?: () => void, talk?: boolean}} make */
  show(make, { focus = true } = {}) {
    this.screen?.leave?.();
    this.make = make;
    this.screen = make();
    const main = document.getElementById("main");
    main.replaceChildren(this.screen.node);
    document.body.classList.toggle("talking", this.screen.talk === true);
    document.title = `${this.screen.title} – Dragoman`;
    if (focus) (main.querySelector("[autofocus]") ?? main.querySelector("h1") ?? main).focus();
    scrollTo(0, 0);
  }

  // ---- Towards a talk ---------------------------------------------------------------------------------------------------

  device() {
    this.withLogin(() => this.show(() => deviceForm(this)));
  }

  room() {
    this.withLogin(() => this.show(() => roomForm(this)));
  }

  /** Phone calls: the microphone is tried once, then calls ring. */
  duty() {
    this.withLogin(() => {
      if (this.facts.login === "operator") this.prepare({ kind: "duty" });
      else {
        const go = { label: "ended.new", then: () => this.home() };
        this.show(() => messageScreen(this, { title: "duty.title", what: "duty.guest", go }));
      }
    });
  }

  onDuty() {
    this.show(() => dutyScreen(this, {
      answer: (call, page) => this.answer(call, page),
      unknown: (screen) => this.backOnDuty(screen),
    }));
  }

  /** The server ended our duty: it stops, or does not know us any more. */
  async backOnDuty(screen) {
    this.facts = await api.facts().catch(() => this.facts);
    const still = () => this.screen?.node === screen;
    if (!still()) return;
    if (this.facts.login !== "operator") this.duty();
    else setTimeout(() => still() && this.onDuty(), RETRY_MS);
  }

  /** Accept a call, once there is a microphone. @throws {NoSound|api.Refused} */
  async answer(call, page) {
    const sound = new Sound({ ...NOBODY });
    try {
      await sound.start();
      await chosenMicrophone(sound);
      const { seat } = await api.acceptCall(call, page);
      this.converse({ kind: "call", seat }, sound);
    } catch (error) {
      await sound.stop();
      throw error;
    }
  }

  withLogin(then) {
    if (this.facts.login === "none") this.show(() => loginForm(this, { then }));
    else then();
  }

  /** An invitation or an access code. @throws {api.Refused} where it is wrong */
  async login(token) {
    this.facts.login = (await api.login(token)).login;
  }

  async enter(invite) {
    history.replaceState(null, "", location.pathname);
    try {
      await this.login(invite);
      this.start();
    } catch {
      this.show(() => loginForm(this, { then: () => this.start(), wrong: true }));
    }
  }

  async join(link) {
    try {
      const view = await api.viewRoom(link.room, link.key);
      if (view.over) throw new api.Refused(404, { code: "room-over" });
      this.show(() => joinForm(this, { ...link, view }));
    } catch (refused) {
      const go = { label: "error.retry", then: () => this.join(link) };
      const other = { label: "ended.new", then: () => this.home() };
      this.show(() => messageScreen(this, { ...problem(refused), go, other }));
    }
  }

  /** Open a room and take the host's seat in it. */
  async open({ languages = null, oneDevice = false, name, language, source }) {
    const opened = await api.openRoom(oneDevice ? { languages, one_device: true } : {});
    const seat = await api.takeSeat(opened.room, {
      key: opened.key,
      host: opened.host,
      name: name || "–",
      ...(oneDevice ? {} : { language }),
    });
    const link = new URL(opened.link ?? `/r/${opened.room}#${opened.key}`, location.href).href;
    this.prepare({ kind: oneDevice ? "device" : "room", seat: seat.seat, room: opened.room, link, source });
  }

  async sit({ room, key, name, language, oneDevice = false }) {
    const seat = await api.takeSeat(room, { key, name, language });
    const link = new URL(`/r/${room}#${key}`, location.href).href;
    this.prepare({ kind: oneDevice ? "device" : "room", seat: seat.seat, room, link });
  }

  offerReturn(kept) {
    this.show(() =>
      messageScreen(this, {
        title: "resume.title",
        what: "mic.why",
        go: { label: "resume.go", then: () => this.prepare(kept) },
        other: { label: "ended.new", then: () => this.home() },
      }),
    );
  }

  /** The microphone check, then the talk. */
  prepare(wanted) {
    const sound = new Sound({ ...NOBODY });
    const go = () => {
      if (wanted.kind !== "duty") this.converse(wanted, sound);
      else sound.stop().then(() => this.onDuty());
    };
    this.show(() => microphoneScreen(this, { sound, source: wanted.source ?? "microphone", go }));
  }

  // ---- The talk, and after ----------------------------------------------------------------------------------------------

  converse(wanted, sound, takeOver = false) {
    const talk = new Conversation({ ...wanted, sound, takeOver });
    this.talk = talk;
    seatKept(wanted);
    const screens = { device: deviceScreen, room: roomScreen, call: callScreen };
    talk.watch((state) => {
      if (state.ended) this.finish(talk);
      else if (state.error?.fatal) this.refuse(talk, wanted, state.error);
    });
    this.show(() => screens[wanted.kind](this, talk));
    talk.open();
  }

  async finish(talk) {
    if (this.talk !== talk) return;
    this.talk = null;
    seatKept(null);
    const { ended } = talk.state;
    await talk.end();
    if (ended.reason === "taken-over") {
      const other = { label: "ended.new", then: () => this.home() };
      this.show(() => messageScreen(this, { title: "tabs.title", what: "tabs.moved", other }));
      return;
    }
    const back = { label: "duty.back", then: () => this.onDuty() };
    const again = talk.kind === "call" && this.facts.agents ? back : undefined;
    this.show(() => endedScreen(this, { ended, seat: talk.seat, call: talk.kind === "call", again }));
  }

  async refuse(talk, wanted, error) {
    if (this.talk !== talk) return;
    this.talk = null;
    if (error.code === "seat-taken") {
      this.show(() =>
        messageScreen(this, {
          title: "tabs.title",
          what: "tabs.what",
          go: { label: "tabs.here", then: () => this.converse(wanted, talk.sound, true) },
          other: { label: "ended.new", then: () => this.home(talk) },
        }),
      );
      return;
    }
    seatKept(null);
    await talk.end();
    this.show(() => messageScreen(this, { title: "error.title", ...explain(error), go: { label: "ended.new", then: () => this.home() } }));
  }

  async home(talk = null) {
    await talk?.end();
    seatKept(null);
    if (location.pathname !== "/" || location.hash) history.replaceState(null, "", "/");
    this.start();
  }

  #drawTop() {
    const top = document.getElementById("top");
    const options = Object.entries(SHIPPED).map(([value, label]) => ({ value, label, lang: value }));
    const chosen = select(options, this.texts.tag, (tag) => {
      remembered("page-language", null, tag);
      this.speak(tag);
    });
    chosen.setAttribute("aria-label", this.say("page.language"));
    top.replaceChildren(
      h("a.brand", { href: "/" }, h("img", { src: "/assets/mark.svg", alt: "", width: 28, height: 28 }), h("span", { text: "Dragoman" })),
      h("span.languages", {}, chosen, icon("down")),
    );
  }
}

const RETRY_MS = 3000;

/** Hears of a sound while there is no talk. */
const NOBODY = { reached() {}, level() {}, spoken() {}, shown() {}, paused() {}, sourceEnded() {} };

/** What a message of the socket's means to a person. */
function explain(error) {
  return { what: api.meaning(error.code), words: { message: error.message } };
}

/** What a refused request means to a person. */
function problem(refused) {
  if (!(refused instanceof api.Refused)) throw refused;
  return { title: "error.title", what: refused.key, words: refused.words };
}

new App().begin();
