from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.convert import Converter, to_bytes, to_samples
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
