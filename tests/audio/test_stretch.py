from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.audio import g711
from dragoman.audio.stretch import DUE, FASTEST, LONGEST, OVERDUE, SLOWEST, WAIT, WINDOW, Stretch, best_lag
from dragoman.domain.audio import AudioFormat
from tests.fakes.recorded import energy, frames, largest_jump, loudest_hz, pitch_change, sentences, tone, words

pytestmark = pytest.mark.unit

SENTENCES = sentences()
RATIOS = st.floats(SLOWEST, FASTEST).filter(lambda ratio: abs(ratio - 1) > 0.01)


def stretched(audio: bytes, ratio: float, piece: int = 160) -> bytes:
    stretch = Stretch()
    pieces = [stretch.push(audio[at : at + piece], ratio) for at in range(0, len(audio), piece)]
    return b"".join(pieces) + stretch.flush()


def noise(size: int, rms: float, seed: int = 1) -> bytes:
    return g711.encode(np.random.default_rng(seed).normal(0, rms, size).astype(np.int16))


# -- The stream ------------------------------------------------------------------------------------------------------


def test_at_its_own_speed_audio_passes_as_the_same_object() -> None:
    stretch = Stretch()
    audio = bytes(range(160))
    assert stretch.push(audio, 1.0) is audio
    assert stretch.held_bytes == 0
    assert stretch.flush() == b""


@pytest.mark.parametrize("ratio", [0.0, 0.79, 1.26, -1.0, float("inf"), float("nan")])
def test_other_ratios_are_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="is possible"):
        Stretch().push(b"\xff" * 160, ratio)


@given(st.integers(0, len(SENTENCES) - 1), RATIOS)
@settings(max_examples=25, deadline=None)
def test_speech_lasts_as_long_as_the_ratio_says(which: int, ratio: float) -> None:
    audio = SENTENCES[which]
    out = stretched(audio, ratio)
    assert abs(len(audio) / ratio - len(out)) <= OVERDUE + (WAIT + WINDOW) * 0.25 + LONGEST


@given(RATIOS, st.lists(st.integers(0, 700), max_size=60))
@settings(max_examples=25, deadline=None)
def test_it_does_not_matter_in_which_pieces_audio_comes(ratio: float, sizes: list[int]) -> None:
    audio = SENTENCES[1][:20_000]
    stretch, out, at = Stretch(), b"", 0
    for size in sizes:
        out += stretch.push(audio[at : at + size], ratio)
        at += size
    out += stretch.push(audio[at:], ratio) + stretch.flush()
    assert out == stretched(audio, ratio)


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from([0.8, 0.9, 1.0, 1.0, 1.05, 1.2, 1.25])), max_size=60))
@settings(max_examples=40, deadline=None)
def test_what_goes_in_comes_out_is_held_or_is_gained(steps: list[tuple[int, float]]) -> None:
    stretch, out, at = Stretch(), b"", 0
    for size, ratio in steps:
        out += stretch.push(SENTENCES[3][at : at + size], ratio)
        at += size
        assert stretch.held_bytes < WINDOW
        assert len(out) + stretch.held_bytes + stretch.gained_bytes == at
        if ratio == 1.0:
            assert stretch.held_bytes == 0
    end = stretch.flush()
    assert SENTENCES[3][:at].endswith(end)


def test_nothing_is_held_before_a_seam_is_due() -> None:
    stretch = Stretch()
    at_once = tone(200, DUE / 0.2 / 8 - 1)
    assert stretch.push(at_once, 1.25) == at_once
    assert stretch.held_bytes == 0


def test_back_at_its_own_speed_what_was_held_comes_first() -> None:
    stretch = Stretch()
    audio = SENTENCES[0][3000:3400]
    first = stretch.push(audio, 1.25)
    assert stretch.held_bytes > 0
    assert first + stretch.push(b"\x55\x66", 1.0) == audio + b"\x55\x66"


def test_after_a_reset_what_was_held_is_gone_and_nothing_is_owed() -> None:
    stretch = Stretch()
    stretch.push(SENTENCES[0][3000:3400], 1.25)
    assert stretch.held_bytes
    stretch.reset()
    assert stretch.held_bytes == 0
    assert stretch.push(SENTENCES[2], 1.2) + stretch.flush() == stretched(SENTENCES[2], 1.2)


def test_a_change_of_ratio_keeps_what_is_owed() -> None:
    """Twenty changes between two ratios in one sentence: as short as the ratio between them makes it."""
    audio, stretch, out = SENTENCES[4], Stretch(), b""
    for number, frame in enumerate(frames(audio)):
        out += stretch.push(frame, 1.15 if number % 2 else 1.25)
    assert len(audio) / (len(out) + stretch.held_bytes) == pytest.approx(1.2, abs=0.01)


@pytest.mark.parametrize(("first", "then"), [(0.8, 1.25), (1.25, 0.8)])
def test_time_owed_in_one_sense_is_not_paid_in_the_other(first: float, then: float) -> None:
    """A seam is due and only waits for more sound; after the change of sense it is not made."""
    stretch, audio = Stretch(), tone(200, 100)
    out = stretch.push(audio[:300], first)
    held = stretch.held_bytes
    assert held > 0
    out += stretch.push(audio[300 : 300 + WINDOW + 100 - held], then)
    assert stretch.gained_bytes == 0
    assert audio.startswith(out)
    stretch.push(tone(200, 100), then)
    assert (stretch.gained_bytes > 0) is (then > 1)


def test_changing_to_and_fro_each_frame_owes_nothing_and_changes_nothing() -> None:
    stretch, out = Stretch(), b""
    for number, frame in enumerate(frames(SENTENCES[0])):
        out += stretch.push(frame, 0.9 if number % 2 else 1.1)
    assert stretch.gained_bytes == 0
    assert SENTENCES[0].startswith(out)


@pytest.mark.parametrize("size", [0, 1, 159, 160])
def test_an_utterance_of_a_frame_or_less_comes_out_as_it_went_in(size: int) -> None:
    audio = SENTENCES[0][3000 : 3000 + size]
    assert stretched(audio, 1.25) == audio


# -- What is heard ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.8, 1.05, 1.25])
@pytest.mark.parametrize("hz", [70, 100, 150, 200, 333, 440, 1000, 2000])
def test_a_tone_keeps_its_pitch_its_level_and_its_smoothness(hz: float, ratio: float) -> None:
    audio = tone(hz, 1500)
    out = stretched(audio, ratio)
    assert loudest_hz(out) == pytest.approx(hz, rel=0.005)
    assert energy(out) / len(out) == pytest.approx(energy(audio) / len(audio), rel=0.03)
    assert largest_jump(out) <= largest_jump(audio) * 1.1


@pytest.mark.parametrize("ratio", [0.85, 1.25])
@pytest.mark.parametrize("which", range(len(SENTENCES)))
def test_a_voice_keeps_its_pitch(which: int, ratio: float) -> None:
    assert pitch_change(SENTENCES[which], stretched(SENTENCES[which], ratio), ratio) == pytest.approx(1.0, abs=0.02)


def test_the_measure_of_pitch_would_tell() -> None:
    sound = g711.decode(SENTENCES[1]).astype(np.float64)
    quicker = np.interp(np.arange(0, sound.size - 1, 1.25), np.arange(sound.size), sound)
    assert pitch_change(SENTENCES[1], g711.encode(quicker.astype(np.int16)), 1.25) == pytest.approx(1.25, rel=0.03)


@pytest.mark.parametrize("ratio", [0.85, 1.25])
@pytest.mark.parametrize("which", range(len(SENTENCES)))
def test_every_word_survives_in_its_place(which: int, ratio: float) -> None:
    audio = SENTENCES[which]
    out = stretched(audio, ratio)
    for begins, ends in words(audio):
        there = out[max(int(begins / ratio) - 240, 0) : int(ends / ratio) + 240]
        assert energy(there) * ratio >= 0.5 * energy(audio[begins:ends])
    assert np.corrcoef(loudness(audio, 300), loudness(out, 300))[0, 1] > 0.9


def loudness(audio: bytes, parts: int) -> list[float]:
    cuts = np.linspace(0, len(audio), parts + 1).astype(int)
    return [energy(audio[one:other]) / (other - one) for one, other in pairwise(cuts)]


@pytest.mark.parametrize("which", range(len(SENTENCES)))
@pytest.mark.parametrize("ratio", [0.85, 1.1, 1.25])
def test_no_seam_clicks(which: int, ratio: float) -> None:
    assert largest_jump(stretched(SENTENCES[which], ratio)) <= largest_jump(SENTENCES[which])


def test_the_first_and_the_last_of_a_word_are_there() -> None:
    audio = SENTENCES[1][900:9000]
    out = stretched(audio, 1.25)
    assert out[:200] == audio[:200]
    assert np.abs(g711.decode(out[-8:]).astype(int) - g711.decode(audio[-8:])).max() < 300


def test_words_keep_their_order_and_their_share_of_time() -> None:
    """Six bursts, each at its own pitch, with 100 ms of silence between them."""
    pitches = (300.0, 500.0, 800.0, 400.0, 1200.0, 650.0)
    audio = b"".join(tone(hz, 200) + b"\xff" * 800 for hz in pitches)
    out = stretched(audio, 1.25)
    runs = [out[begins:ends] for begins, ends in words(out) if ends - begins > 320]
    assert [loudest_hz(run) for run in runs] == pytest.approx(pitches, rel=0.02)
    assert sum(map(len, runs)) == pytest.approx(6 * 1600 / 1.25, rel=0.15)


def test_silence_stays_silence_and_is_as_much_shorter() -> None:
    out = stretched(b"\xff" * 16_000, 1.25)
    assert set(out) == {0xFF}
    assert len(out) == pytest.approx(12_800, abs=OVERDUE + LONGEST)


def test_a_hiss_is_kept_at_its_level() -> None:
    audio = noise(16_000, 2000)
    out = stretched(audio, 1.25)
    assert len(out) == pytest.approx(12_800, abs=OVERDUE + LONGEST + 0.25 * (WAIT + WINDOW))
    assert energy(out) / len(out) == pytest.approx(energy(audio) / len(audio), rel=0.25)


def test_a_burst_is_let_through_whole_when_a_better_place_comes_soon() -> None:
    """A stop consonant of 5 ms in the middle of a vowel: the seam waits until it is over."""
    vowel = tone(160, 400)
    burst = noise(40, 9000)
    audio = vowel[:300] + burst + vowel[300:]
    assert burst in stretched(audio, 1.25)


# -- The lag -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hz", [80, 100, 125, 160, 200, 250, 400])
def test_the_best_lag_is_a_number_of_periods(hz: int) -> None:
    lag, likeness = best_lag(np.sin(2 * np.pi * hz * np.arange(WINDOW) / 8000) * 8000)
    assert lag * hz / 8000 == pytest.approx(round(lag * hz / 8000), abs=0.01)
    assert likeness > 0.99


@pytest.mark.parametrize("hz", [67, 66.7])
def test_the_lowest_voice_still_has_a_lag(hz: float) -> None:
    lag, likeness = best_lag(np.sin(2 * np.pi * hz * np.arange(WINDOW) / 8000) * 8000)
    assert lag in (119, 120)
    assert likeness > 0.98


def test_the_highest_voice_has_a_lag() -> None:
    """One period of 400 Hz in a window whose later part is silent: only the shortest lag is like the beginning."""
    sound = np.sin(2 * np.pi * 400 * np.arange(WINDOW) / 8000) * 8000
    sound[141:] = 0
    assert best_lag(sound)[0] == 20


def test_silence_takes_the_longest_lag() -> None:
    assert best_lag(np.zeros(WINDOW)) == (LONGEST, 1.0)
    assert best_lag(np.full(WINDOW, 100.0)) == (LONGEST, 1.0)


def test_a_hiss_is_like_nothing() -> None:
    assert best_lag(np.random.default_rng(3).normal(0, 3000, WINDOW))[1] < 0.6


def test_likeness_does_not_depend_on_loudness() -> None:
    """A voice that grows by half each period is as like itself as before."""
    sound = np.sin(2 * np.pi * 100 * np.arange(WINDOW) / 8000) * 2000 * 1.5 ** (np.arange(WINDOW) / 80)
    assert best_lag(sound)[0] == pytest.approx(80, abs=2)


@pytest.mark.parametrize("ratio", [SLOWEST, 0.9, 1.1, FASTEST])
def test_wide_audio_keeps_its_pitch_and_becomes_as_much_shorter(ratio: float) -> None:
    fmt = AudioFormat.PCM16_24K
    time_s = np.arange(fmt.rate_hz * 2) / fmt.rate_hz
    voice = sum(np.sin(2 * np.pi * 150 * harmonic * time_s) / harmonic for harmonic in range(1, 12))
    audio = np.rint(6000 * voice).astype("<i2").tobytes()
    stretch = Stretch(fmt)
    out = b"".join(stretch.push(audio[at : at + 960], ratio) for at in range(0, len(audio), 960)) + stretch.flush()
    assert len(out) / len(audio) == pytest.approx(1 / ratio, abs=0.02)
    spectrum = np.abs(np.fft.rfft(np.frombuffer(out, "<i2")[:24000] * np.hanning(24000)))
    assert int(spectrum.argmax()) == pytest.approx(150, abs=2)
    between = spectrum[[225, 375, 525]].max()
    assert between < spectrum[[150, 300, 450]].min() / 30, "no seam is heard"


@pytest.mark.parametrize("pieces", [(2,), (960,), (700, 34)])
def test_wide_audio_does_not_mind_how_it_is_cut(pieces: tuple[int, ...]) -> None:
    noise = np.random.default_rng(3).normal(0, 3000, 9600).astype("<i2").tobytes()
    whole, cut = Stretch(AudioFormat.PCM16_24K), Stretch(AudioFormat.PCM16_24K)
    out, at, number = b"", 0, 0
    while at < len(noise):
        size = pieces[number % len(pieces)]
        out += cut.push(noise[at : at + size], 1.2)
        at, number = at + size, number + 1
    assert out + cut.flush() == whole.push(noise, 1.2) + whole.flush()
