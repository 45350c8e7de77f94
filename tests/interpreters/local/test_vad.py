"""Silero as it comes with faster-whisper: no weights are to be fetched for it."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio.convert import Converter
from dragoman.audio.hold import hold_sound
from dragoman.cli.demo.turns import shipped
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import FRAME_MS, EndpointRules
from dragoman.interpreters.local.hearing import SURE
from dragoman.interpreters.local.listening import Samples
from dragoman.interpreters.local.vad import FRAME_SAMPLES, SpeechDetector, SpeechModel, silero_path
from tests.fakes.not_speech import SOUNDS

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def model() -> SpeechModel:
    return SpeechModel(silero_path())


def probabilities(model: SpeechModel, samples: Samples) -> list[float]:
    detector = SpeechDetector(model)
    whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
    return [detector(frame) for frame in samples[:whole].reshape(-1, FRAME_SAMPLES).astype(np.float32)]


@pytest.mark.parametrize("name", list(SOUNDS))
def test_a_minute_of_what_is_not_speech_is_never_sure_to_be_speech(model: SpeechModel, name: str) -> None:
    assert max(probabilities(model, SOUNDS[name](60))) < SURE


def at_16k(mulaw: bytes) -> Samples:
    converted = Converter(AudioFormat.PCMU_8K, AudioFormat.PCM16_16K).convert(mulaw)
    return np.frombuffer(converted, "<i2").astype(np.float32) / np.float32(32768)


def test_our_own_hold_sound_is_never_sure_to_be_speech(model: SpeechModel) -> None:
    assert max(probabilities(model, at_16k(b"".join(hold_sound(at) for at in range(3000))))) < SURE


@pytest.mark.parametrize("silence_s", [0.5, 10, 30, 61])
def test_first_words_after_a_long_silence_are_speech_at_once(model: SpeechModel, silence_s: float) -> None:
    silence = np.zeros(int(16000 * silence_s), np.float32)
    for turn in shipped():
        speech = at_16k(turn.audio[:8000])
        found = probabilities(model, np.concatenate((silence, speech)))[len(silence) // FRAME_SAMPLES :]
        first = next(at for at, one in enumerate(found) if one >= 0.5)
        assert first * FRAME_MS <= EndpointRules().padding_ms, turn.text


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
