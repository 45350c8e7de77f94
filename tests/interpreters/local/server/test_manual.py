from __future__ import annotations

import pytest

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.server.manual import ManualBuffer
from tests.fakes.local_parts import tone

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("fmt", list(AudioFormat))
def test_all_that_was_heard_is_taken_once(fmt: AudioFormat) -> None:
    buffer = ManualBuffer(fmt)
    audio = to_bytes(tone(500, fmt.rate_hz), fmt)
    buffer.hear(audio[:333])
    buffer.hear(audio[333:])
    samples = buffer.take()
    assert samples is not None
    assert len(samples) == pytest.approx(8000, abs=40)
    assert buffer.take() is None


def test_less_than_100_ms_stay() -> None:
    fmt = AudioFormat.PCMU_8K
    buffer = ManualBuffer(fmt)
    buffer.hear(fmt.silence(80))
    assert buffer.take() is None
    buffer.hear(fmt.silence(80))
    assert buffer.take() is not None


def test_only_two_minutes_are_kept() -> None:
    fmt = AudioFormat.PCMU_8K
    buffer = ManualBuffer(fmt)
    for _ in range(130):
        buffer.hear(fmt.silence(1000))
    samples = buffer.take()
    assert samples is not None
    assert len(samples) == pytest.approx(120 * 16_000, abs=100)
