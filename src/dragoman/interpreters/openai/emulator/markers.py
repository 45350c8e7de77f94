"""Audio markers: tones whose pitch says who speaks, so that a rig can prove whose audio a leg carries.

There is no speech model in the emulator. A party in a test speaks a marker of their own; `MarkerScript` answers with
the same marker moved up by `SHIFT_HZ`. What arrives at the other ear must then be exactly the answer to that party's
marker, and nobody else's. Markers lie on a grid of 10 Hz, answers in a band of their own, all of it inside the
telephone band. Everything here is 8 kHz mu-law, as a carrier brings it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dragoman.audio import g711
from dragoman.interpreters.openai.emulator.sound import FULL_SCALE, TELEPHONE_HZ, dbfs, tone

GRID_HZ = 10
LOWEST_HZ = 400
HIGHEST_HZ = 1690
SHIFT_HZ = 1500
MARKERS = tuple(range(LOWEST_HZ, HIGHEST_HZ + 1, GRID_HZ))
"""The pitches that parties may speak: 130 of them. Take every second one where tones may be mixed."""

FRAME_SAMPLES = TELEPHONE_HZ // 50
BREATH = 0.5
"""Noise enough that a marker is not taken for a beep (`audio.tone`), and little enough that it stays a marker."""
VOICED_DBFS = -45.0
OFF_GRID_HZ = 3.5
MIN_SAMPLES = TELEPHONE_HZ * 60 // 1000
WINDOW_MS = 400
_PURE_SHARE = 0.3
_MIXED_SHARE = 0.25
_FINE = 4
LISTENED_MS = 500
"""A marker is judged by the middle of it: as good, and much cheaper for a long one."""
_LOBE_BINS = 3


def marker_tone(hz: float, ms: int, *, breath: float = 0.0) -> bytes:
    """`ms` of a marker as mu-law, with 5 ms ramps.

    `breath` (0..0.5) adds noise of that peak level relative to the tone, for paths that mistrust pure tones.
    """
    wave = tone(hz, ms, level=0.3, rate_hz=TELEPHONE_HZ).astype(np.float64)
    if breath:
        noise = np.random.default_rng(int(hz)).uniform(-1, 1, wave.size)
        wave = wave + noise * breath * 0.3 * FULL_SCALE
    return g711.encode(np.clip(np.round(wave), -32768, 32767).astype(np.int16))


def answer_hz(hz: int) -> int:
    """The marker that `MarkerScript` answers with."""
    return hz + SHIFT_HZ


def marker_of(mulaw: bytes) -> int | None:
    """The one marker in a piece of mu-law: its pitch on the grid, or None when there is no single clear tone.

    Silence before and after is ignored; at least 60 ms of tone are needed.
    """
    return marker_in(trimmed(g711.decode(mulaw)), TELEPHONE_HZ)


def marker_in(samples: NDArray[np.int16], rate_hz: int) -> int | None:
    """As `marker_of`, for samples of any rate that carry nothing but the tone."""
    if samples.size < MIN_SAMPLES * rate_hz // TELEPHONE_HZ:
        return None
    spare = max(0, samples.size - LISTENED_MS * rate_hz // 1000)
    power, bin_hz = _spectrum(samples[spare // 2 : samples.size - spare // 2], rate_hz)
    peak = int(np.argmax(power))
    near = _LOBE_BINS * _FINE
    share = float(power[max(0, peak - near) : peak + near + 1].sum() / max(float(power.sum()), 1e-9))
    return _on_grid(_refined(power, peak) * bin_hz) if share >= _PURE_SHARE else None


def markers_heard(mulaw: bytes) -> set[int]:
    """Every marker anywhere in a recording, mixed ones too: what a leg's ear was given.

    Looks at windows of 400 ms that lie wholly inside a spurt of sound (a shorter spurt is one window); a tone counts
    when its amplitude is at least a quarter of the loudest in its window.
    """
    found: set[int] = set()
    for spurt in spurts(g711.decode(mulaw)):
        size = TELEPHONE_HZ * WINDOW_MS // 1000
        last = max(0, spurt.size - size)
        for start in {*range(0, last, size // 2), last}:
            found |= _tones(spurt[start : start + size])
    return found


def spurts(samples: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """The stretches of sound in 8 kHz samples, cut where at least one whole 20 ms frame is silent."""
    voiced = _voiced(samples)
    found: list[NDArray[np.int16]] = []
    start: int | None = None
    for number, loud in enumerate([*voiced, False]):
        if loud and start is None:
            start = number
        elif not loud and start is not None:
            found.append(samples[start * FRAME_SAMPLES : number * FRAME_SAMPLES])
            start = None
    return [one for one in found if one.size >= MIN_SAMPLES]


def trimmed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """8 kHz samples without the silent 20 ms frames at both ends."""
    loud = [number for number, voiced in enumerate(_voiced(samples)) if voiced]
    return samples[loud[0] * FRAME_SAMPLES : (loud[-1] + 1) * FRAME_SAMPLES] if loud else samples[:0]


def _voiced(samples: NDArray[np.int16]) -> list[bool]:
    starts = range(0, samples.size - FRAME_SAMPLES + 1, FRAME_SAMPLES)
    return [dbfs(samples[start : start + FRAME_SAMPLES]) > VOICED_DBFS for start in starts]


def _spectrum(samples: NDArray[np.int16], rate_hz: int) -> tuple[NDArray[np.float64], float]:
    """Power per bin of the windowed sound, padded `_FINE` times for fine bins; and the width of a bin in Hz."""
    size = samples.size * _FINE
    spectrum = np.fft.rfft(samples * np.hanning(samples.size), size)
    return np.square(np.abs(spectrum)), rate_hz / size


def _refined(power: NDArray[np.float64], peak: int) -> float:
    """The peak's place between bins, by a parabola through its neighbours."""
    if not 0 < peak < power.size - 1:
        return float(peak)
    left, middle, right = (float(power[peak + step]) for step in (-1, 0, 1))
    bend = left - 2 * middle + right
    return peak + (0.5 * (left - right) / bend if bend else 0.0)


def _on_grid(hz: float) -> int | None:
    nearest = round(hz / GRID_HZ) * GRID_HZ
    return nearest if nearest and abs(hz - nearest) <= OFF_GRID_HZ else None


def _tones(samples: NDArray[np.int16]) -> set[int]:
    if samples.size < MIN_SAMPLES:
        return set()
    power, bin_hz = _spectrum(samples, TELEPHONE_HZ)
    floor = float(power.max()) * _MIXED_SHARE**2
    inner = power[1:-1]
    peaks = np.flatnonzero((inner > floor) & (inner >= power[:-2]) & (inner > power[2:])) + 1
    places = {_on_grid(_refined(power, int(peak)) * bin_hz) for peak in peaks}
    return {one for one in places if one is not None}
