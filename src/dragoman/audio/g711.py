"""Mu-law (G.711) by table: bytes to 16 bit samples and back.

Bit exact with ITU-T G.191's `ulaw_expand` and `ulaw_compress` (16 bit, left-justified samples). Every byte survives a
round trip but 0x7F, "negative zero", which comes back as 0xFF.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
"""Mono 16 bit samples, one dimension."""


def _expand() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent = (code >> 4) & 7
    magnitude = (((code & 0x0F) << 3) + 0x84 << exponent) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _compress() -> npt.NDArray[np.uint8]:
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    negative = value < 0
    biased = np.minimum((np.where(negative, ~value, value) >> 2) + 33, 0x1FFF)
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 5
    mantissa = (biased >> (exponent + 1)) & 0x0F
    code = ~((exponent << 4) | mantissa) & 0x7F
    table: npt.NDArray[np.uint8] = (code | np.where(negative, 0, 0x80)).astype(np.uint8)
    return table


EXPAND: Final = _expand()
"""256 samples, by mu-law byte."""
_COMPRESS: Final = _compress()


def decode(audio: bytes) -> Samples:
    """Mu-law bytes as samples."""
    return EXPAND[np.frombuffer(audio, dtype=np.uint8)]


def encode(samples: Samples) -> bytes:
    """Samples as mu-law bytes."""
    return _COMPRESS[np.ascontiguousarray(samples, dtype=np.int16).view(np.uint16)].tobytes()
