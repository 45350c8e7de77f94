"""Every syllable of a made-up voice is found again, whatever a relay may do to it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bench.ear.listening import trace
from bench.ear.matching import Expected, Heard, match
from bench.ear.sounds import LEVEL_DBFS, Sound, Throat, Voice, samples
from dragoman.audio import g711
from dragoman.audio.level import voiced
from dragoman.audio.stretch import Stretch

pytestmark = pytest.mark.unit

FRAME = 160


def said(voice: Voice, length_ms: int = 20_000, seed: int = 1) -> Sound:
    return Throat(voice, random.Random(seed)).say(length_ms)


def looked_for(audio: bytes, sound: Sound) -> list[tuple[Expected, Heard]]:
    expected = [Expected(one.symbol, one.length_ms, 0.0) for one in sound.syllables]
    return list(zip(expected, match(trace(audio).plain(sound.voice), expected), strict=True))


def unheard(audio: bytes, sound: Sound) -> int:
    return sum(not heard.whole(of) for of, heard in looked_for(audio, sound))


@pytest.mark.parametrize("voice", Voice)
def test_a_voice_is_heard_to_the_frame_and_no_other_is(voice: Voice) -> None:
    sound = said(voice)
    audio = g711.encode(samples(sound))
    for one, (of, heard) in zip(sound.syllables, looked_for(audio, sound), strict=True):
        assert abs(heard.heard_ms - of.length_ms) <= 20
        assert heard.begins_ms is not None
        assert abs(heard.begins_ms - one.begins_ms) <= 20
    found = trace(audio)
    assert [one for one in Voice if (found.plain(one) >= 0).any()] == [voice]


def test_it_is_as_loud_as_speech_and_counts_as_a_voice_all_along() -> None:
    sound = said(Voice.CALLER)
    audio = g711.encode(samples(sound))
    loud = np.zeros(len(audio) // FRAME, np.bool_)
    for one in sound.syllables:
        loud[one.begins_ms // 20 : one.ends_ms // 20] = True
    heard = [voiced(audio[at : at + FRAME]) for at in range(0, len(audio), FRAME)]
    assert heard == loud.tolist()
    middle = trace(audio).levels[Voice.CALLER][loud]
    assert abs(float(np.median(middle)) - LEVEL_DBFS) < 1.5


@pytest.mark.parametrize("ratio", [1.1, 1.25])
def test_stretched_speech_is_all_there(ratio: float) -> None:
    sound = said(Voice.FOR_CALLER)
    stretch = Stretch()
    audio = stretch.push(g711.encode(samples(sound)), ratio) + stretch.flush()
    assert len(audio) < 8 * sound.length_ms / ratio * 1.05
    assert unheard(audio, sound) == 0


def test_over_a_ducked_or_equally_loud_other_voice_it_is_all_there() -> None:
    sound, other = said(Voice.FOR_AGENT), said(Voice.AGENT, seed=2)
    for gain, heard_beside in ((10 ** (-18 / 20), False), (1.0, True)):
        length = min(sound.length_ms, other.length_ms) * 8
        mixed = g711.encode((samples(sound)[:length] + gain * samples(other)[:length]).astype(np.int16))
        late = [one for one in sound.syllables if one.ends_ms * 8 > length]
        assert unheard(mixed, sound) <= len(late)
        assert bool((trace(mixed).plain(Voice.AGENT) >= 0).any()) is heard_beside


def test_what_is_cut_out_is_missed_and_nothing_else() -> None:
    sound = said(Voice.FOR_CALLER)
    audio = g711.encode(samples(sound))
    cut = audio[: 4_000 * 8] + audio[7_000 * 8 :]
    missed = [
        one for one, (of, heard) in zip(sound.syllables, looked_for(cut, sound), strict=True) if not heard.whole(of)
    ]
    gone = [one for one in sound.syllables if one.ends_ms > 4_000 and one.begins_ms < 7_000]
    assert set(missed) <= set(gone)
    assert len(missed) >= len(gone) - 2, "the two that were cut through may pass for others"


def test_a_third_of_one_syllable_missing_is_noticed() -> None:
    sound = said(Voice.FOR_CALLER)
    audio = g711.encode(samples(sound))
    one = next(one for one in sound.syllables if one.length_ms >= 240)
    at = (one.begins_ms + 60) * 8
    assert unheard(audio[:at] + audio[at + 80 * 8 :], sound) == 1


def test_dropped_pauses_are_not_missed() -> None:
    sound = said(Voice.FOR_CALLER)
    audio = g711.encode(samples(sound))
    frames = [audio[at : at + FRAME] for at in range(0, len(audio), FRAME)]
    assert unheard(b"".join(one for one in frames if voiced(one)), sound) == 0


def test_nothing_is_heard_in_silence_and_of_nothing() -> None:
    sound = said(Voice.CALLER, 1_000)
    assert unheard(b"\xff" * 8_000, sound) == len(sound.syllables)
    assert unheard(b"", sound) == len(sound.syllables)
    assert trace(b"").frames == 0
    assert not trace(b"\xff" * 8_000).audible().any()
