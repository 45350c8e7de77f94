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
  const heard = [], connect = AudioNode.prototype.connect;
  const tapOf = (context) => {
    try {
      const tap = new AudioWorkletNode(context, "capture", { numberOfInputs: 1, numberOfOutputs: 0 });
      tap.port.onmessage = ({ data }) => heard.push(data.audio);
      return tap;
    } catch {
      return null;
    }
  };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const tap = tapOf(this.context);
      if (tap) connect.call(this, tap);
    }
    return connect.call(this, to, ...rest);
  };
  globalThis.earOfATest = (from) => {
    let text = "";
    for (const one of heard.slice(from)) text += String.fromCharCode(...new Uint8Array(one));
    return { pieces: heard.length, audio: btoa(text) };
  };
})();"""
"""Keeps what is connected to the loudspeaker, by the page's own worklet for microphones: its policy allows no module of
ours. That gives frames of 20 ms at 24 kHz, from the audio thread: nothing is missed, however busy the page is. What has
no such worklet, as what rings, is not recorded.
"""
RATE_HZ: Final = 24_000
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


def heard(page: Page, start: int = 0) -> Samples:
    """What went to the loudspeaker from a place on: samples of `RATE_HZ`."""
    found = page.evaluate("(from) => earOfATest(from)", start)
    return np.frombuffer(base64.b64decode(found["audio"]), "<i2")


def heard_mulaw(page: Page, start: int = 0) -> bytes:
    """The same as a telephone carries it, for ears that know telephones."""
    return on_the_line(heard(page, start), RATE_HZ)
