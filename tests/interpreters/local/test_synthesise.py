"""The real voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dragoman.errors import ModelError
from dragoman.interpreters.local.recognise import bare
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.synthesise import Kept, Speaker
from dragoman.interpreters.local.voices import TONGUES
from tests.fakes.weights import ears, heard_by_us, settings, telephone, voice

pytestmark = [pytest.mark.models, pytest.mark.timeout(120)]

HELLO = {
    "en": "Good morning, how can I help you?",
    "es": "Buenos días, ¿en qué puedo ayudarle?",
    "fr": "Bonjour, comment puis-je vous aider ?",
    "it": "Buongiorno, come posso aiutarla?",
    "pt": "Bom dia, como posso ajudar?",
    "hi": "नमस्ते।",
    "ja": "はい。ありがとうございます。",
    "zh": "谢谢你的帮助。",
}


@pytest.mark.parametrize("language", list(TONGUES))
def test_every_tongue_is_spoken(language: str) -> None:
    assert voice().speaks(language)
    speech = b"".join(voice().say(HELLO[language], language))
    samples = np.frombuffer(speech, "<i2").astype(np.float64)
    assert 0.5 < len(samples) / 24_000 < 5
    assert 1_000 < np.abs(samples).max() < 32_767


@pytest.mark.parametrize("language", ["en", "es", "ja"])
def test_what_is_spoken_can_be_understood_over_the_telephone(language: str) -> None:
    speech = b"".join(voice().say(HELLO[language], language))
    heard = ears().recognise(heard_by_us(telephone(speech)), language)
    assert isinstance(heard, Recognised)
    assert bare(heard.text) == bare(HELLO[language])


def test_a_clause_is_made_once() -> None:
    pieces = [b"".join(voice().say("One moment.", "en")) for _ in range(2)]
    assert pieces[0] == pieces[1]
    assert voice()._kept.find(("One moment.", "af_heart", 1.0)) is not None


def test_speed_changes_the_length() -> None:
    slow, fast = (len(b"".join(voice().say("Please hold the line.", "en", speed=speed))) for speed in (0.8, 1.4))
    assert slow > fast * 1.3


@pytest.mark.parametrize("text", ["", "...", "¿?"])
def test_nothing_to_say_is_nothing(text: str) -> None:
    assert b"".join(voice().say(text, "es")) == b""


def test_a_language_without_a_voice_is_not_spoken() -> None:
    assert not voice().speaks("de")
    assert b"".join(voice().say("Guten Tag.", "de")) == b""


def test_a_broken_voice_file_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "ef_dora.bin"
    broken.write_bytes(b"\0" * 10)
    model = settings().models_folder / "kokoro" / "kokoro-v1.0.int8.onnx"
    with pytest.raises(ModelError, match=r"ef_dora\.bin is not a voice"):
        Speaker(model, [broken], 1)
    with pytest.raises(ModelError, match="no voices"):
        Speaker(model, [], 1)


def test_what_is_kept_is_bounded_and_the_oldest_goes_first() -> None:
    kept = Kept(100)
    for name in "abc":
        kept.keep((name, "v", 1.0), bytes(40))
        kept.find(("a", "v", 1.0))
    assert [kept.find((name, "v", 1.0)) is not None for name in "abc"] == [True, False, True]
    kept.keep(("a", "v", 1.0), bytes(10))
    assert kept.find(("c", "v", 1.0)) is not None
