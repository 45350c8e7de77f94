from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.convert import Converter, to_bytes, to_samples
from dragoman.audio.resample import Resampler
from dragoman.domain.audio import AudioFormat

pytestmark = pytest.mark.unit

formats = st.sampled_from(AudioFormat)


def tone(fmt: AudioFormat, ms: int) -> bytes:
    count = fmt.rate_hz * ms // 1000
    return to_bytes((8000 * np.sin(2 * np.pi * 700 * np.arange(count) / fmt.rate_hz)).astype(np.int16), fmt)


@given(formats, formats, st.lists(st.binary(max_size=501), max_size=8))
def test_any_split_gives_the_same_bytes(source: AudioFormat, target: AudioFormat, pieces: list[bytes]) -> None:
    cut, whole = Converter(source, target), Converter(source, target)
    out = b"".join(cut.convert(piece) for piece in pieces) + cut.flush()
    assert out == whole.convert(b"".join(pieces)) + whole.flush()
    assert len(out) % target.sample_bytes == 0


def test_equal_formats_pass_untouched() -> None:
    converter = Converter(AudioFormat.PCMU_8K, AudioFormat.PCMU_8K)
    audio = bytes(range(256))
    assert converter.passes
    assert converter.convert(audio) is audio
    assert converter.flush() == b""


def test_half_a_sample_waits() -> None:
    converter = Converter(AudioFormat.PCM16_24K, AudioFormat.PCM16_24K)
    assert converter.convert(b"abc") == b"ab"
    assert converter.convert(b"d") == b"cd"
    converter.convert(b"x")
    converter.reset()
    assert converter.convert(b"yz") == b"yz"


@pytest.mark.parametrize("target", [AudioFormat.PCM16_16K, AudioFormat.PCM16_24K])
def test_there_and_back_sounds_the_same(target: AudioFormat) -> None:
    there, back = Converter(AudioFormat.PCMU_8K, target), Converter(target, AudioFormat.PCMU_8K)
    audio = tone(AudioFormat.PCMU_8K, 500)
    returned = back.convert(there.convert(audio) + there.flush()) + back.flush()
    before = to_samples(audio, AudioFormat.PCMU_8K).astype(float)
    after = to_samples(returned, AudioFormat.PCMU_8K).astype(float)
    shift = int(np.argmax(np.correlate(after[:800], before[:400], "valid")))
    error = after[shift + 200 : shift + 3800] - before[200:3800]
    assert 20 * np.log10(np.sqrt((before**2).mean()) / np.sqrt((error**2).mean())) > 25


def test_a_frame_gives_a_frame() -> None:
    converter = Converter(AudioFormat.PCMU_8K, AudioFormat.PCM16_24K)
    assert len(converter.convert(b"\xff" * 160)) == AudioFormat.PCM16_24K.frame_bytes


RATES_APART = [(a, b) for a in AudioFormat for b in AudioFormat if a.rate_hz != b.rate_hz]


@pytest.mark.parametrize(("source", "target"), RATES_APART)
def test_a_flush_brings_what_is_still_inside_in_the_target_s_format(source: AudioFormat, target: AudioFormat) -> None:
    """It is half the filter, by which all that came out is later than what went in."""
    converter = Converter(source, target)
    converter.convert(tone(source, 100))
    rest = converter.flush()
    wanted = Resampler(source.rate_hz, target.rate_hz).delay_ms * target.rate_hz / 1000
    assert len(rest) / target.sample_bytes == pytest.approx(wanted, abs=1.5)
    assert np.abs(to_samples(rest, target)).max() > 2000


def test_after_a_flush_half_a_sample_is_forgotten() -> None:
    converter = Converter(AudioFormat.PCM16_24K, AudioFormat.PCM16_24K)
    converter.convert(b"x")
    assert converter.flush() == b""
    assert converter.convert(b"yz") == b"yz"


def test_samples_are_16_bit_and_the_caller_s_own() -> None:
    for fmt in AudioFormat:
        samples = to_samples(b"\1\2", fmt)
        assert samples.dtype == np.int16
        samples += 1
