from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.framer import Framer
from dragoman.domain.audio import AudioFormat

pytestmark = pytest.mark.unit


@given(st.lists(st.binary(max_size=700), max_size=12), st.sampled_from(AudioFormat))
def test_any_split_gives_the_same_whole_frames(pieces: list[bytes], fmt: AudioFormat) -> None:
    framer = Framer(fmt)
    out = [framer.push(piece) for piece in pieces]
    whole = b"".join(pieces)
    assert all(len(piece) % fmt.frame_bytes == 0 for piece in out)
    assert b"".join(out) == whole[: len(whole) // fmt.frame_bytes * fmt.frame_bytes]
    assert framer.held_bytes == len(whole) % fmt.frame_bytes


def test_it_gives_the_largest_whole_multiple_as_one_piece() -> None:
    framer = Framer(AudioFormat.PCMU_8K)
    assert framer.push(b"a" * 500) == b"a" * 480
    assert framer.push(b"b" * 140) == b"a" * 20 + b"b" * 140


def test_flush_fills_the_last_frame_with_silence() -> None:
    framer = Framer(AudioFormat.PCMU_8K)
    framer.push(b"a" * 170)
    assert framer.flush() == b"a" * 10 + b"\xff" * 150
    assert framer.flush() == b""


def test_flush_leaves_half_a_sample_out() -> None:
    framer = Framer(AudioFormat.PCM16_24K)
    framer.push(b"abc")
    assert framer.flush() == b"ab" + b"\0" * 958
    framer.push(b"x")
    assert framer.flush() == b""


def test_drop_forgets() -> None:
    framer = Framer(AudioFormat.PCMU_8K)
    framer.push(b"a" * 10)
    framer.drop()
    assert framer.held_bytes == 0
    assert framer.push(b"b" * 160) == b"b" * 160
