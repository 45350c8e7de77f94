"""What can be done with the sound of one format: mu-law by tables, PCM16 by sums. Asked for by format, once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from dragoman.audio import level, mixer, pcm16
from dragoman.domain.audio import AudioFormat

Judge = Callable[[bytes], bool]
"""Whether a piece of audio is loud for long enough to hold speech."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The functions of `level` and `mixer`, for audio of one format.

    `voiced_above` makes a judge with another threshold (dBFS), `gain` something that makes audio louder or quieter by
    so many dB.
    """

    voiced: Judge
    voiced_above: Callable[[float], Judge]
    dbfs: Callable[[bytes], float]
    gain: Callable[[float], Callable[[bytes], bytes]]
    mix: Callable[[bytes, bytes], bytes]
    mix_at: Callable[[bytes, bytes, float, float], bytes]
    fade: Callable[[bytes, float, float], bytes]


def _narrow_above(threshold_dbfs: float) -> Judge:
    return functools.partial(level.voiced, quiet=level.quiet_codes(threshold_dbfs))


def _wide_above(threshold_dbfs: float) -> Judge:
    return functools.partial(pcm16.voiced, threshold_dbfs=threshold_dbfs)


_NARROW = Arithmetic(
    level.voiced, functools.cache(_narrow_above), level.dbfs, mixer.Gain, mixer.mix, mixer.mix_at, mixer.fade
)
_WIDE = Arithmetic(pcm16.voiced, _wide_above, pcm16.dbfs, pcm16.Gain, pcm16.mix, pcm16.mix_at, pcm16.fade)


def arithmetic(fmt: AudioFormat) -> Arithmetic:
    """That of a format."""
    return _NARROW if fmt is AudioFormat.PCMU_8K else _WIDE
