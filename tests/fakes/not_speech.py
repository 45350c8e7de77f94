"""What a telephone carries that nobody says: silence, noise, tones, keys, hold music. 16 kHz, telephone band."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]
Making = Callable[[int], Sound]
RATE_HZ = 16_000
_KEYS = [(low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477)]


def silence(seconds: int) -> Sound:
    return np.zeros(seconds * RATE_HZ, np.float32)


def noise(seconds: int, level: float = 0.03) -> Sound:
    return band(level * np.random.default_rng(3).standard_normal(seconds * RATE_HZ))


def faint_noise(seconds: int) -> Sound:
    return noise(seconds, 0.005)


def ring_tone(seconds: int) -> Sound:
    """North American: 440 and 480 Hz, 2 s on, 3 s off."""
    at = _times(seconds)
    return band(np.where(at % 5 < 2, 0.2 * (np.sin(2 * np.pi * 440 * at) + np.sin(2 * np.pi * 480 * at)), 0.0))


def european_ring_tone(seconds: int) -> Sound:
    at = _times(seconds)
    return band(np.where(at % 4 < 1, 0.3 * np.sin(2 * np.pi * 425 * at), 0.0))


def busy_tone(seconds: int) -> Sound:
    at = _times(seconds)
    return band(np.where(at % 1 < 0.5, 0.3 * np.sin(2 * np.pi * 480 * at), 0.0))


def beeps(seconds: int) -> Sound:
    at = _times(seconds)
    return band(np.where(at % 3 < 0.3, 0.4 * np.sin(2 * np.pi * 1000 * at), 0.0))


def keys(seconds: int) -> Sound:
    """Somebody presses all keys, 150 ms each, 2.5 a second."""
    sound = np.zeros(seconds * RATE_HZ)
    length = RATE_HZ * 150 // 1000
    at = np.arange(length) / RATE_HZ
    for number in range(int(seconds * 2.5)):
        low, high = _KEYS[number % len(_KEYS)]
        start = number * RATE_HZ * 2 // 5
        pressed = 0.25 * (np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at))
        sound[start : start + length] = pressed[: len(sound) - start]
    return band(sound)


def hold_music(seconds: int) -> Sound:
    """Plucked chords over a slow bass."""
    size = seconds * RATE_HZ
    sound = np.zeros(size + RATE_HZ)
    random = np.random.default_rng(5)
    at = np.arange(RATE_HZ)
    decay = np.exp(-at / 6000)
    for beat in range(seconds * 2):
        for note in random.choice([262, 330, 392, 440, 523, 587, 659], 3, replace=False):
            for harmonic, share in ((1, 1.0), (2, 0.5), (3, 0.3), (4, 0.15)):
                plucked = 0.06 * share * decay * np.sin(2 * np.pi * note * harmonic * at / RATE_HZ)
                sound[beat * RATE_HZ // 2 : beat * RATE_HZ // 2 + RATE_HZ] += plucked
    times = _times(seconds)
    return band(sound[:size] + 0.02 * np.sin(2 * np.pi * 110 * times) * (1 + np.sin(2 * np.pi * times)))


def plucked(seconds: int) -> Sound:
    """Single short notes with pauses between them, as music on hold that has a rhythm."""
    sound = np.zeros((seconds + 1) * RATE_HZ)
    random = np.random.default_rng(2)
    at = np.arange(RATE_HZ // 5) / RATE_HZ
    shape = np.minimum(1, at / 0.005) * np.exp(-8 * at)
    for beat in range(seconds * 4):
        pitch = random.choice([262, 294, 330, 349, 392, 440, 494, 523])
        note = sum(
            share * np.sin(2 * np.pi * pitch * harmonic * at) for harmonic, share in ((1, 1), (2, 0.5), (3, 0.3))
        )
        if random.random() > 0.2:
            sound[beat * RATE_HZ // 4 : beat * RATE_HZ // 4 + at.size] += 0.12 * shape * note
    return band(sound[: seconds * RATE_HZ])


def drums(seconds: int) -> Sound:
    """A drum computer: bass, snare, and a high hat twice as often; no pitch is held."""
    sound = np.zeros((seconds + 1) * RATE_HZ)
    random = np.random.default_rng(1)
    at = np.arange(RATE_HZ // 5) / RATE_HZ
    for beat in range(seconds * 4):
        hit = 0.05 * np.exp(-60 * at) * random.standard_normal(at.size)
        if beat % 2 == 0:
            hit += 0.25 * np.exp(-25 * at) * np.sin(2 * np.pi * (90 + 60 * np.exp(-40 * at)) * at)
        if beat % 4 == 2:
            hit += 0.15 * np.exp(-20 * at) * random.standard_normal(at.size)
        sound[beat * RATE_HZ // 4 : beat * RATE_HZ // 4 + at.size] += hit
    return band(sound[: seconds * RATE_HZ])


def band(sound: npt.NDArray[np.float64]) -> Sound:
    """200 to 3500 Hz."""
    spectrum = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum[(frequency < 200) | (frequency > 3500)] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def _times(seconds: int) -> npt.NDArray[np.float64]:
    return np.arange(seconds * RATE_HZ) / RATE_HZ


SOUNDS: dict[str, Making] = {
    "silence": silence,
    "noise": noise,
    "faint noise": faint_noise,
    "ring tone": ring_tone,
    "European ring tone": european_ring_tone,
    "busy tone": busy_tone,
    "beeps": beeps,
    "keys": keys,
    "hold music": hold_music,
}
