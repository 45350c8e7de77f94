"""WAV files as bytes: mono, 16 bit PCM or mu-law (format 7, which the standard library cannot read)."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dragoman.audio import g711
from dragoman.audio.g711 import Samples


class Coding(enum.IntEnum):
    PCM = 1
    MULAW = 7


EXTENSIBLE = 0xFFFE


class WavError(ValueError):
    """These bytes are not a WAV file that we can read; says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Mono sound at a rate."""

    samples: Samples
    rate_hz: int

    @property
    def duration_s(self) -> float:
        return self.samples.size / self.rate_hz


def read(content: bytes) -> Recording:
    """Read a WAV file; several channels are averaged. Raises WavError."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError("not a WAV file: it does not start with RIFF....WAVE")
    form: bytes | None = None
    for name, body in _chunks(content):
        if name == b"fmt ":
            form = body
        elif name == b"data":
            if form is None:
                raise WavError("the WAV file has its sound before its format")
            return _recording(form, body)
    raise WavError("the WAV file holds no sound")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk; a cut or open-ended (streamed) last chunk ends with the file."""
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _recording(form: bytes, body: bytes) -> Recording:
    if len(form) < 16:
        raise WavError("the WAV file's format is cut short")
    coding, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if coding == EXTENSIBLE and len(form) >= 26:
        (coding,) = struct.unpack_from("<H", form, 24)
    if not channels or not rate_hz:
        raise WavError("the WAV file says that it has no channels or no rate")
    match coding, bits:
        case Coding.PCM, 16:
            samples = np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2").astype(np.int16)
        case Coding.MULAW, 8:
            samples = g711.decode(body)
        case _:
            raise WavError(f"cannot read WAV coding {coding} with {bits} bits: use 16 bit PCM or mu-law")
    if channels > 1:
        frames = samples[: samples.size // channels * channels].reshape(-1, channels)
        samples = np.rint(frames.mean(axis=1)).astype(np.int16)
    return Recording(samples, rate_hz)


def write(samples: Samples, rate_hz: int) -> bytes:
    """A mono 16 bit PCM file."""
    return _file(Coding.PCM, rate_hz, 16, samples.astype("<i2").tobytes())


def write_mulaw(audio: bytes, rate_hz: int = 8000) -> bytes:
    """A mono mu-law file around bytes as the carrier sends them."""
    return _file(Coding.MULAW, rate_hz, 8, audio)


def _file(coding: Coding, rate_hz: int, bits: int, body: bytes) -> bytes:
    width = bits // 8
    form = struct.pack("<HHIIHH", coding, 1, rate_hz, rate_hz * width, width, bits)
    if coding is not Coding.PCM:
        form += struct.pack("<H", 0)
    chunks = _chunk(b"fmt ", form)
    if coding is not Coding.PCM:
        chunks += _chunk(b"fact", struct.pack("<I", len(body) // width))
    chunks += _chunk(b"data", body)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
