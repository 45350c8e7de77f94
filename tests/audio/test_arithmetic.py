"""The same questions get the same answers in every format."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio.arithmetic import arithmetic
from dragoman.audio.convert import to_bytes
from dragoman.audio.level import amplitude
from dragoman.domain.audio import AudioFormat

pytestmark = pytest.mark.unit


def sine(fmt: AudioFormat, level_dbfs: float) -> bytes:
    time_s = np.arange(fmt.rate_hz // 50) / fmt.rate_hz
    sound = np.rint(amplitude(level_dbfs) * np.sqrt(2) * np.sin(2 * np.pi * 400 * time_s)).astype(np.int16)
    return to_bytes(sound, fmt)


@pytest.mark.parametrize("fmt", AudioFormat)
def test_every_format_is_judged_and_mixed(fmt: AudioFormat) -> None:
    sums, voice, noise = arithmetic(fmt), sine(fmt, -25), sine(fmt, -50)
    assert sums.voiced(voice)
    assert not sums.voiced(noise)
    assert sums.voiced_above(-55.0)(noise)
    assert not sums.voiced_above(-20.0)(voice)
    assert sums.dbfs(voice) == pytest.approx(-25, abs=0.3)
    assert sums.dbfs(sums.gain(-10.0)(voice)) == pytest.approx(-35, abs=0.5)
    assert sums.dbfs(sums.mix(voice, voice)) == pytest.approx(-19, abs=0.4)
    assert sums.dbfs(sums.mix_at(voice, b"", 0.5, 0.5)) == pytest.approx(-31, abs=0.5)
    faded = sums.fade(voice, 1.0, 0.0)
    assert len(faded) == len(voice)
    assert sums.dbfs(faded[-len(faded) // 10 :]) < sums.dbfs(faded[: len(faded) // 10])
