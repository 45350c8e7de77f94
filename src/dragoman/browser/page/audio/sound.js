// The devices: a microphone or a tab as the source, the loudspeaker as the sink, through the two worklets.

import { DEFAULT_MS } from "./jitter.js";

/** Why there is no sound; `reason` names a text. */
export class NoSound extends Error {
  constructor(reason, cause) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** What the browser lacks for sound; null where it has all. */
export function lacking() {
  if (!globalThis.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.AudioWorkletNode) return "old-browser";
  return null;
}

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** The same of a tab: whoever closes the browser's dialog has refused, and no setting of the page's is to blame. */
const TAB_REASONS = { NotAllowedError: "tab-refused", NotFoundError: "no-tab-sound" };

export class Sound {
  /** @param {{reached: (name: string) => void, level: (db: number) => void, spoken: (audio: ArrayBuffer) => void,
   *   shown: (playing: boolean, db: number) => void, paused: (on: boolean) => void, sourceEnded: () => void}} told */
  constructor(told) {
    this.told = told;
    this.context = null;
    this.source = null; // the MediaStream
    this.muted = false;
    this.heard = []; // marks that the loudspeaker has not given out yet: {name, dueS}
  }

  /** Must be called from a tap or key, or the browser keeps quiet. */
  async start() {
    if (this.context) return;
    const context = new AudioContext({ latencyHint: "interactive" });
    this.context = context;
    await Promise.all(
      ["./capture-worklet.js", "./playback-worklet.js"].map((file) => context.audioWorklet.addModule(new URL(file, import.meta.url))),
    );
    this.capture = new AudioWorkletNode(context, "capture", { numberOfInputs: 1, numberOfOutputs: 0 });
    this.capture.port.onmessage = ({ data }) => {
      this.told.level(data.db);
      if (data.audio) this.told.spoken(data.audio);
    };
    this.player = new AudioWorkletNode(context, "playback", {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [2],
      processorOptions: { targetMs: DEFAULT_MS },
    });
    this.player.port.onmessage = ({ data }) => this.#fromPlayer(data);
    this.player.connect(context.destination);
    context.onstatechange = () => this.told.paused(context.state !== "running" && context.state !== "closed");
    await context.resume();
  }

  /** The microphone of this device ("" = the system's own choice) as the source. @throws {NoSound} */
  async useMicrophone(deviceId = "") {
    const wishes = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } };
    if (deviceId) wishes.deviceId = { exact: deviceId };
    await this.#use(() => navigator.mediaDevices.getUserMedia({ audio: wishes }), REASONS);
  }

  /** The sound of a tab, or of a screen where the system can share it. @throws {NoSound} */
  async useTab() {
    if (!navigator.mediaDevices.getDisplayMedia) throw new NoSound("no-tab-sound");
    const asItIs = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, suppressLocalAudioPlayback: false };
    const audio = { ...asItIs, restrictOwnAudio: true }; // of a whole screen's sound: not the interpreter's voice once more
    await this.#use(() => navigator.mediaDevices.getDisplayMedia({ video: true, audio, systemAudio: "include" }), TAB_REASONS);
  }

  async #use(ask, reasons) {
    let stream;
    try {
      stream = await ask();
    } catch (error) {
      throw new NoSound(reasons[error.name] ?? "failed", error);
    }
    const [track] = stream.getAudioTracks();
    if (!track) {
      for (const other of stream.getTracks()) other.stop();
      throw new NoSound("no-tab-sound");
    }
    this.#drop();
    this.source = stream;
    this.input = this.context.createMediaStreamSource(stream);
    this.input.connect(this.capture);
    track.onended = () => this.told.sourceEnded();
  }

  /** @returns {Promise<{id: string, name: string}[]>} microphones; names only after one was allowed */
  async microphones() {
    const all = await navigator.mediaDevices.enumerateDevices();
    return all
      .filter((device) => device.kind === "audioinput" && device.deviceId !== "communications")
      .map((device) => ({ id: device.deviceId, name: device.label }));
  }

  /** Whether a tab or a screen is the source, also after its sharing was stopped. */
  get isTab() {
    return (this.source?.getVideoTracks().length ?? 0) > 0;
  }

  get microphoneId() {
    return this.source?.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  mute(on) {
    this.muted = on;
    this.capture?.port.postMessage({ type: "mute", on });
  }

  play(audio) {
    this.player?.port.postMessage({ type: "audio", audio }, [audio]);
  }

  mark(name) {
    this.player?.port.postMessage({ type: "mark", name });
  }

  clear() {
    this.player?.port.postMessage({ type: "clear" });
  }

  /** What the jitter buffer counted since the last time. */
  statistics() {
    return new Promise((resolve) => {
      if (!this.player) return;
      this.resolveStatistics = resolve;
      this.player.port.postMessage({ type: "statistics" });
    });
  }

  resume() {
    return this.context?.resume();
  }

  async stop() {
    this.#drop();
    const context = this.context;
    this.context = null;
    this.capture = null;
    this.player = null;
    if (context && context.state !== "closed") await context.close();
  }

  #drop() {
    this.input?.disconnect();
    for (const track of this.source?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.source = null;
  }

  #fromPlayer(message) {
    if (message.type === "statistics") this.resolveStatistics?.(message);
    else if (message.type === "level") this.told.shown(message.playing, message.db);
    else this.#reached(message);
  }

  /**
   * The worklet has handed it on at `at`; the ear has it when the output's latency is over too. What was cleared is told at
   * once, but never before what was reached earlier: the server counts on their order.
   */
  #reached({ name, at, cleared }) {
    const context = this.context;
    if (!context) return;
    const latencyS = context.outputLatency || context.baseLatency || 0;
    this.heard.push({ name, dueS: cleared ? 0 : at + latencyS });
    if (this.heard.length === 1) this.#tellHeard();
  }

  #tellHeard() {
    while (this.heard.length > 0 && this.context) {
      const inS = this.heard[0].dueS - this.context.currentTime;
      if (inS > 0) {
        setTimeout(() => this.#tellHeard(), inS * 1000);
        return;
      }
      this.told.reached(this.heard.shift().name);
    }
  }
}
