from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711, wav
from dragoman.audio.level import voiced
from dragoman.audio.resample import Resampler
from dragoman.audio.tone import is_tone, peaks

pytestmark = pytest.mark.unit

RATE_HZ = 8000
RECORDINGS = Path(__file__).parents[2] / "src" / "dragoman" / "cli" / "demo" / "recordings"
KEYS = [(697, 1209), (770, 1336), (852, 1477), (941, 1633)]
SIGNALS = {"beep": (1000,), "ring (US)": (440, 480), "ring (UK)": (400, 450), "ring (DE)": (425,), "accept": (880,)}


def frames(sound: np.ndarray) -> list[bytes]:
    audio = g711.encode(np.rint(sound).astype(np.int16))
    return [audio[at : at + 160] for at in range(0, len(audio) - 159, 160)]


def signal(notes: tuple[int, ...], peak: float = 4000) -> list[bytes]:
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    waves = [peak * np.sin(2 * np.pi * hz * time_s + number) for number, hz in enumerate(notes)]
    return frames(np.sum(waves, axis=0))


def vowel(pitch_hz: float, formants: tuple[float, ...], glide: float = 0.1) -> list[bytes]:
    """Voiced speech in the rough: harmonics of a gliding pitch under formant peaks."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    pitch = pitch_hz * (1 + glide * np.sin(2 * np.pi * 2.3 * time_s))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    sound = np.zeros(time_s.size)
    for number in range(1, int(3600 / pitch_hz)):
        hz = number * pitch_hz
        strength = sum(1 / (1 + ((hz - formant) / 120) ** 2) for formant in formants) + 0.03
        sound += strength * np.sin(number * phase)
    return frames(sound / np.abs(sound).max() * 9000)


@pytest.mark.parametrize("notes", [*KEYS, *SIGNALS.values()], ids=str)
def test_signals_are_tones(notes: tuple[int, ...]) -> None:
    assert np.mean([is_tone(frame) for frame in signal(notes)]) > 0.85


@pytest.mark.parametrize("pitch_hz", [95, 120, 180, 230])
@pytest.mark.parametrize(
    "formants", [(700, 1200, 2500), (300, 2300, 3000), (350, 800, 2400), (500, 1700, 2500)], ids=str
)
def test_a_voice_is_no_tone(pitch_hz: float, formants: tuple[float, ...]) -> None:
    assert np.mean([is_tone(frame) for frame in vowel(pitch_hz, formants)]) < 0.1


def test_noise_and_silence_are_no_tones() -> None:
    noise = np.random.default_rng(5).normal(0, 3000, RATE_HZ)
    assert not any(is_tone(frame) for frame in frames(noise))
    assert not is_tone(b"\xff" * 160)
    assert not is_tone(b"")


def test_a_quiet_tone_counts_as_silence() -> None:
    assert not any(is_tone(frame) for frame in signal((1000,), peak=60))


def test_peaks_tell_the_pitch() -> None:
    found = peaks(signal((697, 1209))[0])
    assert found is not None
    assert sorted((found.first_hz, found.second_hz)) == pytest.approx([697, 1209], abs=50)


@given(st.binary(max_size=400))
def test_no_bytes_break_it(audio: bytes) -> None:
    assert is_tone(audio) in (True, False)


@pytest.mark.parametrize("name", ["2-caller", "6-caller", "7-agent", "8-caller"])
def test_recorded_people_are_no_tones(name: str) -> None:
    recording = wav.read((RECORDINGS / f"{name}.wav").read_bytes())
    samples = recording.samples
    if recording.rate_hz != RATE_HZ:
        samples = Resampler(recording.rate_hz, RATE_HZ).push(samples)
    voice = [frame for frame in frames(samples) if voiced(frame)]
    assert len(voice) > 100
    assert np.mean([is_tone(frame) for frame in voice]) < 0.1


def test_a_faint_tone_is_still_one() -> None:
    assert all(is_tone(frame) for frame in signal((1000,), peak=400))


def test_a_tone_beside_a_steady_offset_is_still_one() -> None:
    time_s = np.arange(RATE_HZ // 10) / RATE_HZ
    assert all(is_tone(frame) for frame in frames(2000 * np.sin(2 * np.pi * 1000 * time_s) + 3000))


def test_two_notes_that_take_turns_in_being_louder_are_one_tone() -> None:
    """As the two notes of a key do, whose strengths come and go with the frame's place in the beat."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    low, high = np.sin(2 * np.pi * 700 * time_s), np.sin(2 * np.pi * 1900 * time_s)
    one, other = frames(4000 * low + 2000 * high), frames(2000 * low + 4000 * high)
    assert all(is_tone(frame) for pair in zip(one, other, strict=True) for frame in pair)
