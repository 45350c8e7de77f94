"""Streaming resamplers to compare with: ours, what other projects use, and what libraries offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import gcd
from typing import Final, Protocol

import av
import numpy as np
import soxr
from av.filter import Graph

from dragoman.audio.g711 import Samples
from dragoman.audio.resample import Resampler

NOTHING: Final = np.empty(0, np.int16)


class Stream(Protocol):
    """One stream of mono 16 bit samples from one rate to another."""

    def push(self, samples: Samples) -> Samples:
        """The next piece; what is ready by now."""
        ...

    def flush(self) -> Samples:
        """The end: what is still inside."""
        ...


class Linear:
    """Straight lines between neighbours, with the last sample kept: what `audioop.ratecv` does."""

    def __init__(self, source_hz: int, target_hz: int) -> None:
        common = gcd(source_hz, target_hz)
        self._up, self._down = target_hz // common, source_hz // common
        self._last = np.zeros(1, np.int16)
        self._at = 0
        """Where the next sample lies after `_last`, in parts of 1 / `_up` of a sample."""

    def push(self, samples: Samples) -> Samples:
        if not samples.size:
            return NOTHING
        line = np.concatenate((self._last, samples)).astype(np.int32)
        places = np.arange(self._at, samples.size * self._up, self._down)
        before, part = np.divmod(places, self._up)
        self._last = samples[-1:]
        self._at += places.size * self._down - samples.size * self._up
        out: Samples = np.rint(line[before] + (line[before + 1] - line[before]) * (part / self._up)).astype(np.int16)
        return out

    def flush(self) -> Samples:
        return NOTHING


class LinearAlone:
    """Straight lines within each piece, nothing kept between pieces: what one finds in samples and in browsers."""

    def __init__(self, source_hz: int, target_hz: int) -> None:
        self._step = source_hz / target_hz

    def push(self, samples: Samples) -> Samples:
        if not samples.size:
            return NOTHING
        places = np.arange(int(samples.size / self._step)) * self._step
        out: Samples = np.rint(np.interp(places, np.arange(samples.size), samples)).astype(np.int16)
        return out

    def flush(self) -> Samples:
        return NOTHING


class Soxr:
    """`soxr.ResampleStream`; its quality is one of QQ, LQ, MQ, HQ, VHQ."""

    def __init__(self, source_hz: int, target_hz: int, *, quality: str) -> None:
        self._stream = soxr.ResampleStream(source_hz, target_hz, 1, dtype="int16", quality=quality)

    def push(self, samples: Samples) -> Samples:
        return np.asarray(self._stream.resample_chunk(samples), np.int16)

    def flush(self) -> Samples:
        return np.asarray(self._stream.resample_chunk(NOTHING, last=True), np.int16)


class Swresample:
    """FFmpeg's libswresample through PyAV's filter graph; `options` as for FFmpeg's `aresample`."""

    def __init__(self, source_hz: int, target_hz: int, *, options: str) -> None:
        self._source_hz = source_hz
        self._graph = graph = Graph()
        source = graph.add_abuffer(sample_rate=source_hz, format="s16", layout="mono")
        resample = graph.add("aresample", f"{target_hz}{options}")
        sink = graph.add("abuffersink")
        source.link_to(resample)
        resample.link_to(sink)
        graph.configure()
        self._given = 0

    def push(self, samples: Samples) -> Samples:
        if not samples.size:
            return NOTHING
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = self._source_hz, self._given
        self._given += samples.size
        self._graph.push(frame)
        return self._ready()

    def flush(self) -> Samples:
        self._graph.push(None)
        return self._ready()

    def _ready(self) -> Samples:
        found = [NOTHING]
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return np.concatenate(found)
            if isinstance(frame, av.AudioFrame):
                found.append(frame.to_ndarray().ravel().astype(np.int16))


@dataclass(frozen=True, slots=True)
class Contender:
    """A resampler by name. `build` takes the rate in and the rate out, in Hz."""

    name: str
    build: Callable[[int, int], Stream]


OURS: Final = Contender("Dragoman", Resampler)
LINEAR: Final = Contender("linear", Linear)
ALONE: Final = Contender("linear, each piece alone", LinearAlone)
SOXR: Final = Contender("soxr HQ", partial(Soxr, quality="HQ"))
SWR: Final = Contender("swresample", partial(Swresample, options=""))
SWR_LONG: Final = Contender("swresample, filter of 64", partial(Swresample, options=":filter_size=64:cutoff=0.95"))
ALL: Final = (OURS, LINEAR, ALONE, SOXR, SWR, SWR_LONG)
