"""What a page gives to its loudspeaker, recorded, and a microphone that says what a test wants.

The page knows of neither: a script that comes before its own wraps what the browser offers.
"""

from __future__ import annotations

import base64
from typing import Final

import numpy as np
from playwright.sync_api import Page

from dragoman.audio.g711 import Samples
from dragoman.cli.demo.turns import on_the_line

EAR: Final = """(() => {
  const heard = [], connect = AudioNode.prototype.connect, size = 16384;
  let rate = 48000, lost = 0, next = null;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) listen(this);
    return connect.call(this, to, ...rest);
  };
  const listen = (node) => {
    // Old, but needs no module of its own: the page's policy allows none.
    const tap = node.context.createScriptProcessor(size, 1, 1);
    rate = node.context.sampleRate;
    next = null;
    tap.onaudioprocess = ({ inputBuffer, playbackTime }) => {
      if (next !== null && playbackTime > next + 0.01) lost += 1;
      next = playbackTime + size / rate;
      const sound = inputBuffer.getChannelData(0);
      heard.push(Int16Array.from(sound, (one) => Math.max(-32768, Math.min(32767, one * 32768))));
    };
    connect.call(node, tap);
    connect.call(tap, node.context.destination);
  };
  globalThis.earOfATest = (from) => {
    let text = "";
    for (const one of heard.slice(from)) {
      const bytes = new Uint8Array(one.buffer);
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    }
    return { rate, lost, pieces: heard.length, audio: btoa(text) };
  };
})();"""
"""Keeps what is connected to the loudspeaker, and counts the pieces that a busy page let slip (`lost`)."""
MOUTH: Final = """(() => {
  let context = null, to = null;
  navigator.mediaDevices.getUserMedia = async () => {
    context ??= new AudioContext();
    to = context.createMediaStreamDestination();
    return to.stream;
  };
  globalThis.mouthOfATest = (text) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const samples = Float32Array.from(new Int16Array(bytes.buffer), (one) => one / 32768);
    const sound = context.createBuffer(1, samples.length, 24000);
    sound.copyToChannel(samples, 0);
    const source = context.createBufferSource();
    source.buffer = sound;
    source.connect(to);
    source.start();
  };
})();"""


def with_ear(page: Page) -> None:
    """Record, from the next page on, whatever is connected to the loudspeaker."""
    page.context.add_init_script(EAR)


def with_mouth(page: Page) -> None:
    """Give it a microphone that is silent until `say`; and record its loudspeaker."""
    with_ear(page)
    page.context.add_init_script(MOUTH)


def say(page: Page, pcm: bytes) -> None:
    """Say this (PCM16 at 24 kHz) into the microphone of `with_mouth`, and do not wait until it is said."""
    page.evaluate("(audio) => mouthOfATest(audio)", base64.b64encode(pcm).decode())


def pieces(page: Page) -> int:
    """How much was recorded so far: a place from which `heard` may read."""
    return int(page.evaluate("earOfATest(Infinity).pieces"))


def lost(page: Page) -> int:
    """How many pieces of a third of a second were not recorded, because the page was too busy."""
    return int(page.evaluate("earOfATest(Infinity).lost"))


def heard(page: Page, start: int = 0) -> tuple[Samples, int]:
    """What went to the loudspeaker from a place on: samples and their rate in Hz."""
    found = page.evaluate("(from) => earOfATest(from)", start)
    return np.frombuffer(base64.b64decode(found["audio"]), "<i2"), int(found["rate"])


def heard_mulaw(page: Page, start: int = 0) -> bytes:
    """The same as a telephone carries it, for ears that know telephones."""
    return on_the_line(*heard(page, start))
