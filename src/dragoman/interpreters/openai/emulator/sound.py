"""Sound as the emulator thinks of it: 24 kHz int16 samples, whatever the session's format.

Quality is not wanted here, exactness is: 8 kHz sound laid out at 24 kHz keeps every third sample as it was, so that
what an echo script says back is byte for byte what it was given.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dragoman.audio import g711
from dragoman.interpreters.realtime.wire.session import AnyFormat, Pcm, Pcma, Pcmu

Samples = NDArray[np.int16]
"""Mono sound, 24,000 samples a second."""

SAMPLE_HZ = 24000
TELEPHONE_HZ = 8000
_STEP = SAMPLE_HZ // TELEPHONE_HZ
SAMPLES_PER_MS = SAMPLE_HZ // 1000
FULL_SCALE = 32768.0
QUIET_DBFS = -96.0

NOTHING: Samples = np.zeros(0, dtype=np.int16)


def samples_of(audio: bytes, fmt: AnyFormat) -> Samples:
    """Bytes of a session's input format as samples; an odd last byte of PCM is dropped."""
    match fmt:
        case Pcm():
            return np.frombuffer(audio[: len(audio) & ~1], dtype="<i2").astype(np.int16)
        case Pcmu():
            return risen(g711.decode(audio))
        case Pcma():
            return risen(alaw_decoded(audio))


def bytes_of(samples: Samples, fmt: AnyFormat) -> bytes:
    """Samples in a session's output format."""
    match fmt:
        case Pcm():
            return samples.astype("<i2").tobytes()
        case Pcmu():
            return g711.encode(samples[::_STEP])
        case Pcma():
            return alaw_encoded(samples[::_STEP])


def bytes_per_ms(fmt: AnyFormat) -> int:
    return SAMPLES_PER_MS * 2 if isinstance(fmt, Pcm) else TELEPHONE_HZ // 1000


def risen(samples: NDArray[np.int16]) -> Samples:
    """8 kHz sound at 24 kHz by straight lines; every third sample is an original."""
    if not samples.size:
        return NOTHING
    at = np.arange(samples.size * _STEP) / _STEP
    return np.round(np.interp(at, np.arange(samples.size), samples)).astype(np.int16)


def length_ms(samples: Samples) -> int:
    return int(samples.size) // SAMPLES_PER_MS


def dbfs(samples: NDArray[np.int16]) -> float:
    """Root mean square against full scale; `QUIET_DBFS` for silence."""
    if not samples.size:
        return QUIET_DBFS
    power = float(np.mean(np.square(samples.astype(np.float64))))
    return max(QUIET_DBFS, 10 * float(np.log10(power / FULL_SCALE**2))) if power else QUIET_DBFS


def silence(ms: int) -> Samples:
    return np.zeros(ms * SAMPLES_PER_MS, dtype=np.int16)


def tone(hz: float, ms: int, *, level: float = 0.25, rate_hz: int = SAMPLE_HZ) -> Samples:
    """A sine with 5 ms ramps; `level` is its peak, 1.0 is full scale."""
    count = ms * rate_hz // 1000
    wave = np.sin(2 * np.pi * hz * np.arange(count) / rate_hz) * level * (FULL_SCALE - 1)
    ramp = min(count // 2, rate_hz // 200)
    if ramp:
        slope = np.linspace(0, 1, ramp, endpoint=False)
        wave[:ramp] *= slope
        wave[count - ramp :] *= slope[::-1]
    return np.round(wave).astype(np.int16)


LETTER_MS = 60
"""About sixteen letters a second: the pace of speech."""


def babble(text: str) -> Samples:
    """A deterministic stand-in for speech: each word a tone of its own pitch, as long as its letters take.

    The same text always gives the same sound, a longer text a longer one. It says nothing to an ear.
    """
    parts: list[Samples] = []
    for word in text.split():
        pitch = 300 + sum(ord(letter) for letter in word) % 1500
        parts += [tone(pitch, LETTER_MS * len(word)), silence(LETTER_MS)]
    return np.concatenate(parts[:-1]) if parts else NOTHING


# ---- A-law (ITU-T G.711) ---------------------------------------------------------------------------------------------

_ALAW_TOGGLE = 0x55


@cache
def _alaw_levels() -> NDArray[Any]:
    """What each A-law byte means, as int16."""
    levels = np.zeros(256, dtype=np.int16)
    for byte in range(256):
        code = byte ^ _ALAW_TOGGLE
        segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
        size = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
        levels[byte] = size if code & 0x80 else -size
    return levels


@cache
def _alaw_bytes() -> NDArray[Any]:
    """The nearest A-law byte of each int16, indexed by the sample plus 32768."""
    levels = _alaw_levels().astype(np.int32)
    order = np.argsort(levels)
    ordered = levels[order]
    borders = (ordered[:-1] + ordered[1:]) / 2
    return order[np.searchsorted(borders, np.arange(-32768, 32768), side="right")].astype(np.uint8)


def alaw_decoded(audio: bytes) -> NDArray[np.int16]:
    found: NDArray[np.int16] = _alaw_levels()[np.frombuffer(audio, dtype=np.uint8)]
    return found


def alaw_encoded(samples: NDArray[np.int16]) -> bytes:
    return bytes(_alaw_bytes()[samples.astype(np.int32) + 32768].tobytes())
