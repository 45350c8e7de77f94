"""Whisper by CTranslate2 with a 15 s window: encode once, then ask as often as needed (language, transcript, English).

Measured over the telephone band: padding the window with the utterance's own floor instead of zeros, and a few short
answers as the preceding text, brings one-word answers from 12 to 19 of 22 right in Spanish and leaves sentences as they
were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

from dragoman.interpreters.local.prompts import BEFORE, BEFORE_NUMBERS

RATE_HZ = 16_000
WINDOW_S = 15
_WINDOW_FRAMES = WINDOW_S * 100
_BEAM = 5
_TOKENS_PER_S = 14
_TOKENS_AT_LEAST = 24
_KEYWORD_LETTERS = 160
_SYMBOLS = "0123456789$€£¥%"

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the decoder wrote. `score` is the mean log-probability per token; `full` = it ran into the length cap."""

    text: str
    score: float
    full: bool


@dataclass(frozen=True, slots=True)
class Encoded:
    """One window of sound inside the model. `no_speech` is 0 to 1."""

    features: ctranslate2.StorageView
    duration_s: float


class Whisper:
    """The model. Not for two threads at once."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=threads, inter_threads=1
        )
        self._tokens = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._extractor = FeatureExtractor()
        self._figures = [-1, *_tokens_with(self._tokens, _SYMBOLS)]

    def encode(self, samples: Samples) -> Encoded:
        """At most 15 s of 16 kHz samples (-1 to 1); what is longer is cut off."""
        mel = self._extractor(samples[: WINDOW_S * RATE_HZ])[:, :_WINDOW_FRAMES]
        missing = _WINDOW_FRAMES - mel.shape[1]
        mel = np.pad(mel, ((0, 0), (0, missing)), constant_values=float(mel.min())).astype(np.float32)
        sound = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None]))
        return Encoded(self._model.encode(sound), len(samples) / RATE_HZ)

    def languages(self, sound: Encoded) -> dict[str, float]:
        """The probability of each language, by its primary subtag."""
        found = self._model.detect_language(sound.features)[0]
        return {token.strip("<|>"): probability for token, probability in found}

    def transcribe(self, sound: Encoded, language: str, keywords: Sequence[str] = ()) -> Decoded:
        """The words, in the language they were said in; of words that sound alike, rather one of `keywords`."""
        return self._decode(sound, language, "transcribe", before(language, keywords), [-1])

    def transcribe_in_words(self, sound: Encoded, language: str) -> Decoded:
        """The same, but no figures: "ciento doce" instead of "112". Truer to what was said."""
        return self._decode(sound, language, "transcribe", BEFORE_NUMBERS.get(language, ""), self._figures)

    def translate(self, sound: Encoded, language: str) -> Decoded:
        """English for speech in `language`. Scores are lower than a transcript's (good ones around -0.4)."""
        return self._decode(sound, language, "translate", BEFORE["en"], [-1])

    def no_speech(self, sound: Encoded, language: str) -> float:
        """The model's own opinion that nobody speaks, 0 to 1."""
        tokenizer = Tokenizer(self._tokens, True, task="transcribe", language=language)
        answer = self._model.generate(
            sound.features, [tokenizer.sot_sequence], beam_size=1, max_length=1, return_no_speech_prob=True
        )
        return float(answer[0].no_speech_prob)

    def _decode(self, sound: Encoded, language: str, task: str, before: str, suppressed: list[int]) -> Decoded:
        tokenizer = Tokenizer(self._tokens, True, task=task, language=language)
        context = [tokenizer.sot_prev, *tokenizer.encode(before)] if before else []
        prompt = [*context, *tokenizer.sot_sequence, tokenizer.no_timestamps]
        cap = int(_TOKENS_AT_LEAST + _TOKENS_PER_S * sound.duration_s)
        answer = self._model.generate(
            sound.features,
            [prompt],
            beam_size=_BEAM,
            return_scores=True,
            suppress_tokens=suppressed,
            max_length=len(prompt) + cap,
        )[0]
        written = answer.sequences_ids[0]
        return Decoded(tokenizer.decode(written).strip(), float(answer.scores[0]), len(written) >= cap)


def before(language: str, keywords: Sequence[str]) -> str:
    """What is told to have stood before; as many keywords as there is room for (each costs time at every decode)."""
    told = ""
    for word in keywords:
        joint = "" if not told else "、" if language in ("ja", "zh") else ", "
        if len(told) + len(joint) + len(word) > _KEYWORD_LETTERS:
            break
        told += joint + word
    if not told:
        return BEFORE.get(language, "")
    return BEFORE.get(language, "") + (f"{told}。" if language in ("ja", "zh") else f" {told}.")


def _tokens_with(tokens: tokenizers.Tokenizer, symbols: str) -> list[int]:
    """The ordinary tokens that hold one of `symbols`."""
    wanted = frozenset(symbols)
    vocabulary: dict[str, int] = tokens.get_vocab()
    return sorted(
        number for text, number in vocabulary.items() if not text.startswith("<|") and wanted.intersection(text)
    )
