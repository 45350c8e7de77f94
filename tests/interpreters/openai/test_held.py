from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.openai.held import Held

pytestmark = pytest.mark.unit


def test_it_comes_out_in_order_and_once() -> None:
    held = Held(AudioFormat.PCMU_8K)
    held.push(b"ab")
    held.push(b"cd")
    assert held.held_ms == pytest.approx(0.5)
    assert held.take() == b"abcd"
    assert held.take() == b""
    assert held.held_ms == 0


def test_thirty_seconds_are_kept() -> None:
    held = Held(AudioFormat.PCMU_8K)
    for number in range(40):
        held.push(bytes([number]) * 8000)
    assert held.take() == b"".join(bytes([number]) * 8000 for number in range(10, 40))
    assert held.dropped_ms == 10_000


@given(st.lists(st.integers(0, 60), max_size=20), st.sampled_from([AudioFormat.PCMU_8K, AudioFormat.PCM16_24K]))
def test_the_newest_is_kept_in_whole_samples(lengths: list[int], fmt: AudioFormat) -> None:
    held = Held(fmt, limit_ms=5)
    whole = b""
    for number, length in enumerate(lengths):
        piece = bytes([number]) * (length * fmt.sample_bytes)
        held.push(piece)
        whole += piece
    kept = held.take()
    assert len(kept) <= fmt.bytes_for(5)
    assert whole.endswith(kept)
    assert len(kept) % fmt.sample_bytes == 0
    assert len(kept) + held.dropped_bytes == len(whole)
