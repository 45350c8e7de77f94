from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import EndpointRules
from dragoman.interpreters.local.listening import Listened, Listener, MaybeOver, SpeechBegan, SpeechOver
from tests.fakes.local_parts import loudness, tone

pytestmark = pytest.mark.unit


def stream(fmt: AudioFormat) -> bytes:
    """1 s of silence, 1 s of sound, 1 s of silence."""
    quiet = fmt.silence(1000)
    return quiet + to_bytes(tone(1000, fmt.rate_hz), fmt) + quiet


def listener(fmt: AudioFormat) -> Listener:
    return Listener(fmt, loudness, EndpointRules())


def over(events: list[Listened]) -> SpeechOver:
    return next(event for event in events if isinstance(event, SpeechOver))


@pytest.mark.parametrize("fmt", list(AudioFormat))
def test_an_utterance_comes_with_its_sound_in_every_format(fmt: AudioFormat) -> None:
    events = list(listener(fmt).hear(stream(fmt)))
    assert isinstance(events[0], SpeechBegan)
    assert 340 <= events[0].at_ms <= 436
    samples = over(events).samples
    assert samples.dtype == np.float32
    assert 1.6 < len(samples) / 16_000 < 1.9
    assert 0.15 < float(np.abs(samples).max()) < 0.35


def test_the_guess_holds_the_same_sound_as_the_utterance() -> None:
    events = list(listener(AudioFormat.PCMU_8K).hear(stream(AudioFormat.PCMU_8K)))
    guess = next(event for event in events if isinstance(event, MaybeOver))
    np.testing.assert_array_equal(guess.samples, over(events).samples)


@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=30))
def test_any_split_of_the_same_audio_gives_the_same_utterance(sizes: list[int]) -> None:
    fmt = AudioFormat.PCMU_8K
    audio = stream(fmt)
    whole = over(list(listener(fmt).hear(audio)))
    split = listener(fmt)
    events: list[Listened] = []
    rest = audio
    for size in sizes:
        events += split.hear(rest[:size])
        rest = rest[size:]
    events += split.hear(rest)
    again = over(events)
    np.testing.assert_array_equal(again.samples, whole.samples)
    assert again.at_ms == whole.at_ms


def test_old_sound_is_forgotten() -> None:
    one = listener(AudioFormat.PCMU_8K)
    for _ in range(60):
        list(one.hear(AudioFormat.PCMU_8K.silence(1000)))
    assert one.heard_ms == 60_000
    assert sum(len(frame) for frame in one._kept) < 16_000


def test_finish_gives_what_was_being_said() -> None:
    one = listener(AudioFormat.PCM16_24K)
    list(one.hear(to_bytes(tone(800, 24_000), AudioFormat.PCM16_24K)))
    (event,) = one.finish()
    assert isinstance(event, SpeechOver)
    assert 0.7 < len(event.samples) / 16_000 <= 0.8
