"""Silero as it comes with faster-whisper: no weights are to be fetched for it."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio.convert import Converter
from dragoman.audio.hold import hold_sound
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import Endpointer, EndpointRules
from dragoman.interpreters.local.listening import Samples
from dragoman.interpreters.local.vad import FRAME_SAMPLES, SpeechDetector, SpeechModel, silero_path
from tests.fakes.not_speech import SOUNDS

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    return SpeechModel(silero_path())


def events_of(model: SpeechModel, samples: Samples) -> int:
    detector, endpointer = SpeechDetector(model), Endpointer(EndpointRules())
    whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
    frames = samples[:whole].reshape(-1, FRAME_SAMPLES).astype(np.float32)
    return sum(len(endpointer.step(detector(frame))) for frame in frames)


@pytest.mark.parametrize("name", list(SOUNDS))
def test_a_minute_of_what_is_not_speech_is_no_utterance(model: SpeechModel, name: str) -> None:
    assert events_of(model, SOUNDS[name](60)) == 0


def test_our_own_hold_sound_is_no_utterance(model: SpeechModel) -> None:
    audio = b"".join(hold_sound(at) for at in range(3000))
    converted = Converter(AudioFormat.PCMU_8K, AudioFormat.PCM16_16K).convert(audio)
    assert events_of(model, np.frombuffer(converted, "<i2").astype(np.float32) / 32768) == 0


def test_the_frame_must_have_its_size(model: SpeechModel) -> None:
    with pytest.raises(ValueError, match="512 samples"):
        SpeechDetector(model)(np.zeros(100, np.float32))


def test_streams_do_not_share_state(model: SpeechModel) -> None:
    rng = np.random.default_rng(1)
    frames = rng.standard_normal((50, FRAME_SAMPLES)).astype(np.float32) * 0.1
    alone = SpeechDetector(model)
    expected = [alone(frame) for frame in frames]
    one, other = SpeechDetector(model), SpeechDetector(model)
    got = []
    for frame in frames:
        got.append(one(frame))
        other(frame * -1)
    assert got == expected
