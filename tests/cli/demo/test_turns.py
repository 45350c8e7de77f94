"""What the demo's people say: shipped recordings, sentences of the user's, recordings of the user's."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from dragoman.audio import g711, wav
from dragoman.audio.g711 import Samples
from dragoman.cli.demo.turns import VOICES, Turn, on_the_line, recorded, said, shipped
from dragoman.domain.call import Role
from dragoman.errors import SettingsError

pytestmark = pytest.mark.unit

LANGUAGES = {Role.CALLER: "es", Role.AGENT: "en"}


def tone(hz: float, rate_hz: int, length_s: float = 0.5, peak: int = 10_000) -> Samples:
    time = np.arange(round(rate_hz * length_s)) / rate_hz
    return (peak * np.sin(2 * np.pi * hz * time)).astype(np.int16)


def pitch_hz(mulaw: bytes) -> float:
    """The loudest pitch."""
    spectrum = np.abs(np.fft.rfft(g711.decode(mulaw).astype(np.float64)))
    return float(np.fft.rfftfreq(len(mulaw), 1 / 8000)[spectrum.argmax()])


def loudness(mulaw: bytes) -> float:
    return float(np.abs(g711.decode(mulaw).astype(np.float64)).max())


# ---- Shipped ---------------------------------------------------------------------------------------------------------


def test_eight_turns_are_shipped() -> None:
    turns = shipped()
    assert len(turns) == 8
    assert {turn.role for turn in turns} == set(Role)
    assert turns[-1].role is Role.CALLER, "who says good-bye hangs up"
    for turn in turns:
        assert 2.0 < turn.duration_s < 8.0, turn.text
        assert loudness(turn.audio) > 3000
    everything = " ".join(turn.text for turn in turns)
    for wanted in ("March 14th", "86 dollars", "Carlos", "intérprete, ¿usted"):
        assert wanted in everything


# ---- Recordings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_any_rate_is_brought_onto_the_line(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "mine.wav"
    path.write_bytes(wav.write(tone(1000, rate_hz), rate_hz))
    turn = recorded(path, LANGUAGES)
    assert turn.duration_s == pytest.approx(0.5, abs=0.001)
    assert pitch_hz(turn.audio) == pytest.approx(1000, abs=5)
    assert loudness(turn.audio) == pytest.approx(10_000, rel=0.1)


def test_the_line_is_narrow() -> None:
    for hz in (60.0, 6000.0):
        assert loudness(on_the_line(tone(hz, 16_000), 16_000)) < 500
    assert on_the_line(tone(100, 8000, 0.0), 8000) == b""


def test_a_loud_recording_does_not_wrap_round() -> None:
    square = (np.sign(tone(500, 16_000, peak=1000)) * 32767).astype(np.int16)
    assert pitch_hz(on_the_line(square, 16_000)) == pytest.approx(500, abs=5)


def test_two_channels_become_one(tmp_path: Path) -> None:
    both = np.stack([tone(1000, 16_000), np.zeros(8000, np.int16)], axis=1).reshape(-1)
    content = bytearray(wav.write(both, 16_000))
    struct.pack_into("<H", content, 22, 2)
    path = tmp_path / "stereo.wav"
    path.write_bytes(bytes(content))
    turn = recorded(path, LANGUAGES)
    assert turn.duration_s == pytest.approx(0.5, abs=0.001)
    assert loudness(turn.audio) == pytest.approx(5000, rel=0.1)


def test_mulaw_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "mulaw.wav"
    path.write_bytes(wav.write_mulaw(g711.encode(tone(1000, 8000))))
    assert pitch_hz(recorded(path, LANGUAGES).audio) == pytest.approx(1000, abs=5)


@pytest.mark.parametrize(
    ("prefix", "role"), [("", Role.CALLER), ("agent:", Role.AGENT), ("en:", Role.AGENT), ("caller:", Role.CALLER)]
)
def test_a_recording_says_whose_it_is(tmp_path: Path, prefix: str, role: Role) -> None:
    path = tmp_path / "mine.wav"
    path.write_bytes(wav.write(tone(1000, 8000), 8000))
    turn = recorded(Path(f"{prefix}{path}"), LANGUAGES)
    assert (turn.role, turn.text) == (role, "")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a WAV file"),
        (b"ID3\x04 this is an MP3", "not a WAV file"),
        (b"RIFF\x04\0\0\0WAVE", "holds no sound"),
        (wav.write(tone(1000, 8000), 8000)[:30], "holds no sound"),
        (wav.write(np.zeros(0, np.int16), 8000), "holds no sound"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=told) as caught:
        recorded(path, LANGUAGES)
    assert str(path) in str(caught.value)


def test_a_coding_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    content = bytearray(wav.write(tone(1000, 8000), 8000))
    struct.pack_into("<H", content, 34, 24)
    path = tmp_path / "deep.wav"
    path.write_bytes(bytes(content))
    with pytest.raises(SettingsError, match="24 bits"):
        recorded(path, LANGUAGES)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"--wav /nowhere\.wav: No such file"):
        recorded(Path("/nowhere.wav"), LANGUAGES)


# ---- Sentences -------------------------------------------------------------------------------------------------------


async def spoken(text: str) -> tuple[Turn, tuple[str, str, str]]:
    """The turn, and what the voice was asked for."""
    asked: list[tuple[str, str, str]] = []

    async def voice(sentence: str, language: str, name: str) -> bytes:
        asked.append((sentence, language, name))
        return b"\x20" * 160

    turn = await said(text, LANGUAGES, voice)
    return turn, asked[0]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("¿Dónde puedo recoger mi paquete mañana por la tarde?", Role.CALLER),
        ("Quiero cambiar la dirección de entrega.", Role.CALLER),
        ("Your parcel will be there on Monday morning.", Role.AGENT),
        ("Could you please hold the line for a moment?", Role.AGENT),
        ("Please note: your order is late.", Role.AGENT),
    ],
)
async def test_the_language_of_a_sentence_says_who_speaks(text: str, role: Role) -> None:
    turn, asked = await spoken(text)
    assert (turn.role, turn.text) == (role, text)
    assert asked == (text, LANGUAGES[role], VOICES[LANGUAGES[role]])


@pytest.mark.parametrize(
    ("text", "role", "sentence"),
    [
        ("es: No.", Role.CALLER, "No."),
        ("EN: No.", Role.AGENT, "No."),
        ("agent: Hola, Carlos.", Role.AGENT, "Hola, Carlos."),
        ("caller:Hello", Role.CALLER, "Hello"),
        ("es: a las 10:30", Role.CALLER, "a las 10:30"),
    ],
)
async def test_a_sentence_may_be_told_whose_it_is(text: str, role: Role, sentence: str) -> None:
    turn, asked = await spoken(text)
    assert (turn.role, turn.text) == (role, sentence)
    assert asked[1] == LANGUAGES[role]


@pytest.mark.parametrize("text", ["", "  ", "es:", "agent:  "])
async def test_nothing_to_say_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match="--say"):
        await spoken(text)
