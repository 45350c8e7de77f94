"""`python -m bench.audio`: how resamplers sound, how late they are and what they cost. See docs/benchmarks.md, "Sound".

All but the cost follows from the arithmetic: the same on every machine, and held by tests/bench/test_audio.py.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from bench.resamplers import ALL, Contender, Stream
from dragoman.audio.g711 import Samples
from dragoman.domain.audio import FRAME_MS

PHONE_HZ: Final = 8000
ENGINE_HZ: Final = 24000
WAYS: Final = ((PHONE_HZ, ENGINE_HZ), (ENGINE_HZ, PHONE_HZ))

LOUDNESS: Final = 10_000
TONE_S: Final = 0.6
EDGE_S: Final = 0.1
"""Left aside at both ends of a tone: it begins and ends there."""
BAND_HZ: Final = (300, *range(400, 3400, 100), 3400)
STRAY_FROM_HZ: Final = 4300
STEEP_TO_HZ: Final = 4600
FLOOR_DB: Final = 120.0
"""No more than this is told apart: 16 bit samples round at about 90 dB below our tones."""

COST_ROUNDS: Final = 15
COST_FRAMES: Final = 100

WIDTH: Final = 150
"""Columns for a table that goes to a file or a pipe."""

command = Command(name="bench.audio", help="How resamplers sound, how late they are, what they cost.")

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quality:
    """One resampler, one way. Decibels are how far below the tone that went in; larger is better.

    stray_4300_db: the loudest of what does not belong there, from a tone whose alias (24 to 8 kHz) or image (8 to 24)
    has its like at 4.3 to 4.6 kHz; stray_4600_db: the same from 4.6 kHz up, to 11 kHz for aliases, to 7.7 kHz (and its
    mirror image above) for images. ripple_db: loudest less quietest tone from 300 to 3400 Hz. delay_ms: how much later
    a sound lies in the stream; held_ms: how much of what went in, in frames of 20 ms, is still to come out, at worst.
    click: the largest difference of a sample between the same audio in one piece and in many of any size.
    """

    stray_4300_db: float
    stray_4600_db: float
    ripple_db: float
    delay_ms: float
    held_ms: float
    click: int

    @property
    def late_ms(self) -> float:
        """How long a sound waits at worst, on a call that goes on; when speech ends, so much comes at `flush` only."""
        return self.delay_ms + self.held_ms


@dataclass(frozen=True, slots=True)
class Goals:
    """What a resampler must reach to be used on a call.

    5 ms is what the whole 24 kHz path may add. A sample that is rounded otherwise (libsoxr dithers) is no click.
    """

    stray_4300_db: float = 50.0
    stray_4600_db: float = 60.0
    ripple_db: float = 0.1
    late_ms: float = 5.0
    click: int = 2

    def missed(self, found: Quality) -> list[str]:
        """The names of what `found` does not reach."""
        reached = {
            "4.3 kHz": found.stray_4300_db >= self.stray_4300_db,
            "4.6 kHz": found.stray_4600_db >= self.stray_4600_db,
            "ripple": found.ripple_db <= self.ripple_db,
            "late": found.late_ms <= self.late_ms,
            "clicks": found.click <= self.click,
        }
        return [name for name, met in reached.items() if not met]


# -- Measuring ---------------------------------------------------------------------------------------------------------


def quality(contender: Contender, source_hz: int, target_hz: int) -> Quality:
    """All that follows from the arithmetic."""
    strays = {hz: _stray_db(contender, hz, source_hz, target_hz) for hz in _stray_places(source_hz)}
    gains = [_gain_db(contender, hz, source_hz, target_hz) for hz in BAND_HZ]
    return Quality(
        stray_4300_db=min(db for hz, db in strays.items() if hz < STEEP_TO_HZ),
        stray_4600_db=min(db for hz, db in strays.items() if hz >= STEEP_TO_HZ),
        ripple_db=max(gains) - min(gains),
        delay_ms=_delay_ms(contender, source_hz, target_hz),
        held_ms=_held_ms(contender.build(source_hz, target_hz), source_hz, target_hz),
        click=_click(contender, source_hz, target_hz),
    )


def cost_us(contender: Contender, source_hz: int, target_hz: int) -> float:
    """Microseconds per 20 ms frame, the best of several rounds."""
    stream = contender.build(source_hz, target_hz)
    frame = _tone(1000, source_hz)[: _frame(source_hz)]
    best_s = float("inf")
    for _ in range(COST_ROUNDS):
        began = time.perf_counter()
        for _ in range(COST_FRAMES):
            stream.push(frame)
        best_s = min(best_s, time.perf_counter() - began)
    return best_s / COST_FRAMES * 1e6


def _stray_places(source_hz: int) -> Iterator[int]:
    """Where the nearest of what does not belong lies, in Hz. Not 8000: its alias is no tone, but an offset."""
    fine = range(STRAY_FROM_HZ, STEEP_TO_HZ, 25)
    wide = range(STEEP_TO_HZ, 11_001 if source_hz > PHONE_HZ else PHONE_HZ - BAND_HZ[0] + 1, 50)
    return (hz for hz in (*fine, *wide) if hz != PHONE_HZ)


def _stray_db(contender: Contender, hz: int, source_hz: int, target_hz: int) -> float:
    """How far below the tone that went in lies all that came out and does not belong."""
    if source_hz > target_hz:
        rest = _carried(contender, hz, source_hz, target_hz)
    else:
        below_hz = PHONE_HZ - hz
        out = _carried(contender, below_hz, source_hz, target_hz)
        rest = out - _of_tone(out, below_hz, target_hz)[0]
    rms = float(np.sqrt((rest**2).mean()))
    return min(FLOOR_DB, -_db(rms / (LOUDNESS / np.sqrt(2))))


def _gain_db(contender: Contender, hz: int, source_hz: int, target_hz: int) -> float:
    _, size, _ = _of_tone(_carried(contender, hz, source_hz, target_hz), hz, target_hz)
    return _db(size / LOUDNESS)


def _delay_ms(contender: Contender, source_hz: int, target_hz: int) -> float:
    """Group delay around 1 kHz, from the phases of two tones: both have made whole turns when the fit begins.

    Tells up to 12 ms.
    """
    low_hz, high_hz = 1000, 1040
    low, high = (_of_tone(_carried(contender, hz, source_hz, target_hz), hz, target_hz)[2] for hz in (low_hz, high_hz))
    turned = (low - high + np.pi) % (2 * np.pi) - np.pi
    return float(turned / (2 * np.pi * (high_hz - low_hz)) * 1000)


def _held_ms(stream: Stream, source_hz: int, target_hz: int) -> float:
    given_ms = got_ms = most_ms = 0.0
    for piece in _pieces(_tone(500, source_hz, seconds=2.0), _frame(source_hz)):
        given_ms += piece.size * 1000 / source_hz
        got_ms += stream.push(piece).size * 1000 / target_hz
        most_ms = max(most_ms, given_ms - got_ms)
    return most_ms


def _click(contender: Contender, source_hz: int, target_hz: int) -> int:
    """Loud tones, in one piece and in pieces of any size up to 50 ms."""
    parts = [_tone(hz, source_hz, seconds=2.0).astype(np.int32) for hz in (310, 730, 1570, 3100)]
    audio = (np.sum(parts, axis=0) * 7 // 10).clip(-32768, 32767).astype(np.int16)
    cuts = np.cumsum(np.random.default_rng(1).integers(1, source_hz // 20, audio.size))
    whole, cut = contender.build(source_hz, target_hz), contender.build(source_hz, target_hz)
    at_once = np.concatenate([whole.push(audio), whole.flush()]).astype(np.int32)
    pieces = [cut.push(piece) for piece in np.split(audio, cuts[cuts < audio.size])]
    in_pieces = np.concatenate([*pieces, cut.flush()]).astype(np.int32)
    common = min(at_once.size, in_pieces.size)
    return int(np.abs(at_once[:common] - in_pieces[:common]).max())


# -- Tones -------------------------------------------------------------------------------------------------------------


def _tone(hz: float, rate_hz: int, seconds: float = TONE_S) -> Samples:
    turns = 2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz
    tone: Samples = np.rint(LOUDNESS * np.sin(turns + 0.5)).astype(np.int16)
    return tone


def _carried(contender: Contender, hz: float, source_hz: int, target_hz: int) -> Wave:
    """What a tone becomes in frames of 20 ms, without its edges."""
    stream = contender.build(source_hz, target_hz)
    out = [stream.push(piece) for piece in _pieces(_tone(hz, source_hz), _frame(source_hz))]
    edge = round(EDGE_S * target_hz)
    return np.concatenate([*out, stream.flush()])[edge : round(TONE_S * target_hz) - edge].astype(np.float64)


def _of_tone(out: Wave, hz: float, rate_hz: int) -> tuple[Wave, float, float]:
    """The part of `out` that is a tone of `hz`: its samples, size and phase (radians)."""
    turns = 2 * np.pi * hz * np.arange(out.size) / rate_hz
    basis = np.stack([np.sin(turns), np.cos(turns)], axis=1)
    sine, cosine = np.linalg.lstsq(basis, out)[0]
    return basis @ np.array([sine, cosine]), float(np.hypot(sine, cosine)), float(np.arctan2(cosine, sine))


def _pieces(audio: Samples, size: int) -> Iterator[Samples]:
    return (audio[at : at + size] for at in range(0, audio.size, size))


def _frame(rate_hz: int) -> int:
    return rate_hz * FRAME_MS // 1000


def _db(ratio: float) -> float:
    return float(20 * np.log10(max(ratio, 1e-9)))


# -- Telling -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A contender, one way."""

    name: str
    source_hz: int
    target_hz: int
    quality: Quality
    cost_us: float


def _shown(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}"  # + 0.0: no "-0.0"


def table(rows: list[Row]) -> Table:
    """A line per contender and way."""
    shown = Table(title="resamplers", title_justify="left")
    shown.add_column("kHz")
    shown.add_column("")
    columns = ("4.3 kHz dB", "4.6 kHz dB", "ripple dB", "delay ms", "held ms", "click", "µs / 20 ms")
    for name in columns:
        shown.add_column(name, justify="right")
    shown.add_column("misses")
    for row in rows:
        found = row.quality
        shown.add_row(
            f"{row.source_hz // 1000} to {row.target_hz // 1000}",
            row.name,
            _shown(found.stray_4300_db),
            _shown(found.stray_4600_db),
            f"{found.ripple_db:.2f}",
            _shown(found.delay_ms),
            _shown(found.held_ms),
            str(found.click),
            _shown(row.cost_us),
            ", ".join(Goals().missed(found)) or "-",
        )
    return shown


@command.default
def bench(*, json_file: Annotated[Path | None, Parameter(name="--json")] = None) -> int:
    """Measure all resamplers, both ways, and print one table.

    Parameters
    ----------
    json_file
        Write all figures here.
    """
    console = Console()
    rows = []
    for source_hz, target_hz in WAYS:
        for one in ALL:
            with console.status(f"{one.name}, {source_hz} to {target_hz} Hz"):
                found = quality(one, source_hz, target_hz)
                rows.append(Row(one.name, source_hz, target_hz, found, cost_us(one, source_hz, target_hz)))
    if not console.is_terminal:
        console.width = max(console.width, WIDTH)
    console.print(table(rows))
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(command())
