"""The opening gate: beeps stay out, words get in whole, and the length never changes."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, wav
from dragoman.relay.opening import LINE_FRAMES, STEADY_FRAMES, VOICE_FRAMES, OpeningGate
from tests.fakes.relay_parts import SILENT

pytestmark = pytest.mark.unit

FRAME = 160
"""Bytes of 20 ms."""


def tone(hz: float, ms: int, peak: float = 8000.0) -> bytes:
    time_s = np.arange(8 * ms) / 8000
    return g711.encode(np.rint(peak * np.sin(2 * np.pi * hz * time_s)).astype(np.int16))


def sentences() -> list[bytes]:
    """Recorded sentences, 8 kHz mu-law in whole frames; each begins within 200 ms."""
    folder = resources.files("dragoman.cli.demo") / "recordings"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".wav")), key=lambda one: one.name)
    spoken = [g711.encode(wav.read(one.read_bytes()).samples) for one in found]
    return [audio[: len(audio) // FRAME * FRAME] for audio in spoken]


SENTENCES = sentences()


def through(gate: OpeningGate, audio: bytes, size: int = FRAME) -> bytes:
    return b"".join(gate.pass_through(audio[at : at + size]) for at in range(0, len(audio), size))


@pytest.mark.parametrize("hz", [440, 1000, 1400])
@pytest.mark.parametrize("gap_ms", [0, 200, 400, 2000])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_beep_stays_out_and_no_word_is_lost(sentence: bytes, gap_ms: int, hz: float) -> None:
    before = tone(hz, 400) + b"\xff" * (8 * gap_ms)
    out = through(OpeningGate(), before + sentence)
    assert out == b"\xff" * len(before) + sentence


def test_a_long_beep_and_ringing_stay_out() -> None:
    gate = OpeningGate()
    heard = tone(440, 3000) + SILENT * 50 + tone(480, 2000) + SILENT * 25
    out = through(gate, heard)
    assert not gate.open
    assert set(out) == {0xFF}
    assert len(out) + gate.held_bytes == len(heard)


def test_two_tones_at_once_stay_out() -> None:
    time_s = np.arange(8 * 400) / 8000
    both = 5000 * (np.sin(2 * np.pi * 770 * time_s) + np.sin(2 * np.pi * 1336 * time_s))
    gate = OpeningGate()
    through(gate, g711.encode(np.rint(both).astype(np.int16)) + SILENT * 50)
    assert not gate.open


def test_clicks_and_room_noise_do_not_open_it() -> None:
    noise = np.random.default_rng(1).normal(0, 60, 8000 * 5)
    noise[::4000] = 20000
    gate = OpeningGate()
    through(gate, g711.encode(np.rint(noise).astype(np.int16)))
    assert not gate.open


def test_silence_costs_half_a_second_of_delay_and_no_length() -> None:
    gate = OpeningGate()
    out = through(gate, SILENT * 100)
    assert out == SILENT * (100 - LINE_FRAMES)
    assert gate.held_bytes == LINE_FRAMES * FRAME


def test_what_is_held_goes_out_at_once_when_a_voice_begins() -> None:
    sizes: list[int] = []
    gate = OpeningGate()
    sentence = SENTENCES[0]
    for at in range(0, len(sentence), FRAME):
        before = gate.open
        out = gate.pass_through(sentence[at : at + FRAME])
        if gate.open and not before:
            sizes.append(len(out))
            assert out == sentence[: at + FRAME]
    assert len(sizes) == 1


@given(sizes=st.lists(st.integers(1, 900), min_size=1, max_size=40))
def test_any_split_of_the_same_audio_loses_nothing(sizes: list[int]) -> None:
    heard = SILENT * 30 + SENTENCES[3]
    gate, out, at, number = OpeningGate(), b"", 0, 0
    while at < len(heard):
        size = sizes[number % len(sizes)]
        out += gate.pass_through(heard[at : at + size])
        assert len(out) + gate.held_bytes == min(at + size, len(heard))
        at, number = at + size, number + 1
    assert gate.open
    assert out == heard


@pytest.mark.parametrize(("frames", "opens"), [(VOICE_FRAMES - 1, False), (VOICE_FRAMES, True)])
def test_so_many_frames_of_voice_open_it_and_no_fewer(frames: int, opens: bool) -> None:
    hiss = np.random.default_rng(2).normal(0, 3000, FRAME * frames)
    gate = OpeningGate()
    through(gate, SILENT * 3 + g711.encode(np.rint(hiss).astype(np.int16)) + SILENT * 20)
    assert gate.open is opens


@pytest.mark.parametrize(("frames", "stays_out"), [(STEADY_FRAMES - 1, False), (STEADY_FRAMES, True)])
def test_a_tone_is_a_beep_after_so_many_frames(frames: int, stays_out: bool) -> None:
    beep = tone(1000, 20 * frames)
    out = through(OpeningGate(), beep + SENTENCES[0])
    assert out == (b"\xff" * len(beep) if stays_out else beep) + SENTENCES[0]


def test_what_is_soft_between_a_beep_and_the_voice_is_kept() -> None:
    soft = g711.encode(np.random.default_rng(4).normal(0, 25, 8000 * 2).astype(np.int16))
    out = through(OpeningGate(), tone(1000, 400) + soft + SENTENCES[0])
    assert out.endswith(soft[-FRAME * 10 :] + SENTENCES[0])
    first = next(at for at in range(0, len(out), FRAME) if out[at : at + FRAME] != SILENT)
    assert out[first:] == (tone(1000, 400) + soft + SENTENCES[0])[first:]
    assert len(out) - len(SENTENCES[0]) - first >= (LINE_FRAMES - 20) * FRAME
