from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, wav

pytestmark = pytest.mark.unit

SAMPLES = (np.sin(np.arange(801)) * 9000).astype(np.int16)


def test_pcm_comes_back_as_it_was() -> None:
    recording = wav.read(wav.write(SAMPLES, 16000))
    assert recording.rate_hz == 16000
    assert recording.samples.tolist() == SAMPLES.tolist()
    assert recording.duration_s == pytest.approx(801 / 16000)


def test_the_standard_library_reads_what_we_write() -> None:
    with wave.open(io.BytesIO(wav.write(SAMPLES, 8000))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.readframes(10_000) == SAMPLES.tobytes()


def test_we_read_what_the_standard_library_writes() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(22050)
        writer.writeframes(SAMPLES.tobytes())
    assert wav.read(file.getvalue()).samples.tolist() == SAMPLES.tolist()


def test_mulaw_comes_back_decoded() -> None:
    audio = g711.encode(SAMPLES)
    content = wav.write_mulaw(audio)
    recording = wav.read(content)
    assert recording.rate_hz == 8000
    assert recording.samples.tolist() == g711.decode(audio).tolist()
    assert struct.unpack_from("<HH", content, 20) == (7, 1)
    assert len(content) % 2 == 0


def test_stereo_is_averaged() -> None:
    stereo = np.stack([SAMPLES, np.zeros_like(SAMPLES)], axis=1).astype("<i2").tobytes()
    content = bytearray(wav.write(np.frombuffer(stereo, "<i2").astype(np.int16), 8000))
    struct.pack_into("<H", content, 22, 2)
    assert wav.read(bytes(content)).samples.tolist() == np.rint(SAMPLES / 2).astype(np.int16).tolist()


def test_unknown_chunks_are_skipped_and_a_streamed_length_is_taken_as_the_rest() -> None:
    content = wav.write(SAMPLES, 8000)
    longer = content[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + content[12:]
    assert wav.read(longer).samples.tolist() == SAMPLES.tolist()
    at = content.index(b"data")
    endless = content[: at + 4] + b"\xff\xff\xff\xff" + content[at + 8 :]
    assert wav.read(endless).samples.size >= SAMPLES.size


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not start"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "before its format"),
        (b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\1\0data\0\0\0\0", "cut short"),
        (wav.write(SAMPLES, 8000).replace(b"\x10\x00data", b"\x08\x00data"), "cannot read"),
        (wav.write(SAMPLES, 8000)[:22] + b"\0\0" + wav.write(SAMPLES, 8000)[24:], "no channels"),
    ],
)
def test_what_is_wrong_is_said(content: bytes, reason: str) -> None:
    with pytest.raises(wav.WavError, match=reason):
        wav.read(content)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(content: bytes) -> None:
    for candidate in (content, b"RIFF\0\0\0\0WAVE" + content, wav.write(SAMPLES, 8000)[:36] + content):
        try:
            wav.read(candidate)
        except wav.WavError:
            continue
