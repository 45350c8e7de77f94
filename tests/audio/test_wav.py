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
        (b"", "not a WAV file: it does not start with RIFF....WAVE"),
        (b"RIFX\0\0\0\0WAVE", "not a WAV file: it does not start with RIFF....WAVE"),
        (b"RIFF\0\0\0\0AVI LIST", "not a WAV file: it does not start with RIFF....WAVE"),
        (b"RIFF\0\0\0\0WAV", "not a WAV file: it does not start with RIFF....WAVE"),
        (b"RIFF\0\0\0\0WAVE", "the WAV file holds no sound"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "the WAV file has its sound before its format"),
        (b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\1\0data\0\0\0\0", "the WAV file's format is cut short"),
        (
            wav.write(SAMPLES, 8000).replace(b"\x10\x00data", b"\x08\x00data"),
            "cannot read WAV coding 1 with 8 bits: use 16 bit PCM or mu-law",
        ),
        (
            wav.write(SAMPLES, 8000)[:22] + b"\0\0" + wav.write(SAMPLES, 8000)[24:],
            "the WAV file says that it has no channels or no rate",
        ),
        (wav.write(SAMPLES, 0), "the WAV file says that it has no channels or no rate"),
    ],
)
def test_what_is_wrong_is_said(content: bytes, reason: str) -> None:
    with pytest.raises(wav.WavError) as raised:
        wav.read(content)
    assert str(raised.value) == reason


@given(st.binary(max_size=200))
def test_no_bytes_break_it(content: bytes) -> None:
    for candidate in (content, b"RIFF\0\0\0\0WAVE" + content, wav.write(SAMPLES, 8000)[:36] + content):
        try:
            wav.read(candidate)
        except wav.WavError:
            continue


def extensible(coding: int, bits: int, body: bytes, cut: int = 40) -> bytes:
    """A file in the form that Windows writes: the coding stands in the first two bytes of a GUID (RFC 2361)."""
    form = struct.pack("<HHIIHHHHIH", 0xFFFE, 1, 8000, 8000 * bits // 8, bits // 8, bits, 22, bits, 4, coding)
    form = (form + bytes.fromhex("000000001000800000aa00389b71"))[:cut]
    return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + body


def test_the_extensible_form_is_read() -> None:
    assert wav.read(extensible(1, 16, SAMPLES.tobytes())).samples.tolist() == SAMPLES.tolist()
    assert wav.read(extensible(7, 8, b"\x00\x80\xff\x7f")).samples.tolist() == [-32124, 32124, 0, 0]
    assert wav.read(extensible(7, 8, b"\x00\x80", cut=26)).samples.tolist() == [-32124, 32124]
    with pytest.raises(wav.WavError, match="coding 65534 with 8 bits"):
        wav.read(extensible(7, 8, b"\x00\x80", cut=24))


def test_a_plain_form_with_an_extension_keeps_its_coding() -> None:
    content = bytearray(extensible(7, 16, SAMPLES.tobytes()))
    struct.pack_into("<H", content, 20, 1)
    assert wav.read(bytes(content)).samples.tolist() == SAMPLES.tolist()


def test_samples_stay_16_bit() -> None:
    stereo = bytearray(wav.write(SAMPLES[:800], 8000))
    struct.pack_into("<H", stereo, 22, 2)
    for content in (wav.write(SAMPLES, 8000), wav.write_mulaw(b"abc"), bytes(stereo)):
        assert wav.read(content).samples.dtype == np.int16


def test_half_a_sample_at_the_end_is_left_out() -> None:
    content = wav.write(SAMPLES[:3], 8000)
    odd = content[:40] + struct.pack("<I", 5) + content[44:49]
    assert wav.read(odd).samples.tolist() == SAMPLES[:2].tolist()


def test_the_bytes_of_a_mulaw_file() -> None:
    """As the RIFF specification has it for codings other than PCM: an extension of no bytes, and a `fact` chunk."""
    assert wav.write_mulaw(b"abc", 8000) == (
        b"RIFF\x36\0\0\0WAVE"
        b"fmt \x12\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0\0\0"
        b"fact\x04\0\0\0\x03\0\0\0"
        b"data\x03\0\0\0abc\0"
    )


def test_the_bytes_of_a_pcm_file() -> None:
    assert wav.write(np.array([1, -1], np.int16), 16000) == (
        b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\x04\0\0\0\x01\0\xff\xff"
    )
