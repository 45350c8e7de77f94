from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711

pytestmark = pytest.mark.unit


def expanded(code: int) -> int:
    """G.191 `ulaw_expand`, one byte."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132) << ((code >> 4) & 7)
    return 132 - magnitude if code & 0x80 else magnitude - 132


def compressed(sample: int) -> int:
    """G.191 `ulaw_compress`, one sample, as the standard spells it: a loop over segments."""
    magnitude = ((~sample if sample < 0 else sample) >> 2) + 33
    magnitude = min(magnitude, 0x1FFF)
    segment, bound = 1, magnitude >> 6
    while bound:
        segment += 1
        bound >>= 1
    high = 0x08 - segment
    low = 0x0F - ((magnitude >> segment) & 0x0F)
    return (high << 4) | low | (0 if sample < 0 else 0x80)


def test_every_byte_decodes_as_the_standard_says() -> None:
    assert g711.decode(bytes(range(256))).tolist() == [expanded(code) for code in range(256)]


def test_every_sample_encodes_as_the_standard_says() -> None:
    samples = np.arange(-32768, 32768).astype(np.int16)
    assert list(g711.encode(samples)) == [compressed(int(sample)) for sample in samples]


def test_every_byte_survives_a_round_trip_but_negative_zero() -> None:
    back = g711.encode(g711.decode(bytes(range(256))))
    assert [code for code in range(256) if back[code] != code] == [0x7F]
    assert back[0x7F] == 0xFF


def test_silence_is_0xff() -> None:
    assert g711.encode(np.zeros(3, np.int16)) == b"\xff\xff\xff"


def test_it_encodes_a_view_with_gaps() -> None:
    samples = np.arange(0, 3200, 10).astype(np.int16)
    assert g711.encode(samples[::2]) == g711.encode(samples[::2].copy())


@given(st.binary(max_size=400))
def test_any_bytes_decode(audio: bytes) -> None:
    assert g711.decode(audio).size == len(audio)
