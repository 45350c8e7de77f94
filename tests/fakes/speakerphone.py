"""A phone in a room: what is played to a party comes back into the microphone, late, quieter, coloured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.audio import g711, wav
from dragoman.audio.level import FULL_SCALE, SPEECH_DBFS, amplitude, voiced
from dragoman.domain.call import Role
from dragoman.relay.echo_gate import EchoGate

Sound = npt.NDArray[np.float64]
"""Samples of 8 kHz, not yet rounded."""

RECORDINGS = Path(__file__).parents[2] / "src" / "dragoman" / "cli" / "demo" / "recordings"
BAND_HZ = (300.0, 3200.0)
FRAME = 160
ARRIVES_S = 0.04
"""A frame reaches us this long after its sound did."""


def speech(role: Role, level_dbfs: float, samples: int = 18 * 8000) -> Sound:
    """The demo's recordings of one party in a row; the rms of what is louder than room noise is the level."""
    files = sorted(RECORDINGS.glob(f"*-{role.value}.wav"))
    whole = np.concatenate([wav.read(file.read_bytes()).samples for file in files]).astype(np.float64)
    return set_to(whole[:samples], level_dbfs)


def set_to(sound: Sound, level_dbfs: float) -> Sound:
    """The same sound, so loud."""
    power = np.square(sound[: sound.size // FRAME * FRAME].reshape(-1, FRAME)).mean(axis=1)
    active = power[power > amplitude(SPEECH_DBFS) ** 2].mean()
    return sound * (amplitude(level_dbfs) / math.sqrt(float(active)))


def noise(level_dbfs: float, samples: int, seed: int = 11) -> Sound:
    return np.random.default_rng(seed).standard_normal(samples) * amplitude(level_dbfs)


@dataclass(frozen=True)
class Room:
    """How a sound comes back: after `delay_ms`, `loss_db` quieter, with reverberation, overdrive, a jittery delay."""

    delay_ms: int
    loss_db: float
    reverb_s: float = 0.0
    overdriven: bool = False
    jitter_ms: int = 0
    seed: int = 5

    def echo(self, played: Sound) -> Sound:
        chance = np.random.default_rng(self.seed)
        size = played.size + FRAME * 100
        hz = np.fft.rfftfreq(size, 1 / 8000)
        low, high = BAND_HZ
        shape = 1 / np.sqrt((1 + (low / np.maximum(hz, 1)) ** 8) * (1 + (hz / high) ** 8))
        spectrum = np.fft.rfft(played, size) * shape
        if self.reverb_s:
            taps = chance.standard_normal(int(self.reverb_s * 8000))
            taps *= 10 ** (-3 * np.arange(taps.size) / taps.size)
            taps[0] = 3 * math.sqrt(float(np.square(taps).sum()))
            spectrum *= np.fft.rfft(taps / math.sqrt(float(np.square(taps).sum())), size)
        sound = np.fft.irfft(spectrum, size)[: played.size]
        if self.overdriven:
            most = 2 * math.sqrt(float(np.square(sound).mean()))
            sound = np.tanh(sound / most) * most
        return self._late(sound, chance) * 10 ** (-self.loss_db / 20)

    def _late(self, sound: Sound, chance: np.random.Generator) -> Sound:
        """Each second comes with a delay of its own."""
        out = np.zeros(sound.size + 8000)
        for begin in range(0, sound.size, 8000):
            delay = (self.delay_ms + int(chance.integers(-self.jitter_ms, self.jitter_ms + 1))) * 8
            piece = sound[begin : begin + 8000]
            out[begin + delay : begin + delay + piece.size] = piece
        return out[: sound.size]


def as_mulaw(sound: Sound) -> bytes:
    return g711.encode(np.clip(np.rint(sound), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16))


def frames(audio: bytes) -> list[bytes]:
    return [audio[at : at + FRAME] for at in range(0, len(audio) // FRAME * FRAME, FRAME)]


def voiced_frames(sound: Sound) -> npt.NDArray[np.bool_]:
    return np.array([voiced(frame) for frame in frames(as_mulaw(sound))])


def levels(sound: Sound) -> Sound:
    """rms of each frame."""
    rms: Sound = np.sqrt(np.square(sound[: sound.size // FRAME * FRAME].reshape(-1, FRAME)).mean(axis=1))
    return rms


def passed(gate: EchoGate, played: Sound, heard: Sound, began: float = 100.0, piece: int = 5) -> npt.NDArray[np.bool_]:
    """By frame, whether the gate let it through; playback goes out in pieces, 100 ms ahead of the ear."""
    out, sent = [], 0
    own, other = frames(as_mulaw(heard)), frames(as_mulaw(played))
    for i, frame in enumerate(own):
        while sent <= i + 5 and sent < len(other):
            gate.played(b"".join(other[sent : sent + piece]), began + sent * 0.02)
            sent += piece
        given = gate.pass_through(frame, began + (i + 1) * 0.02 + ARRIVES_S)
        assert given == frame or given == b"\xff" * len(frame)
        out.append(given == frame)
    return np.array(out)
