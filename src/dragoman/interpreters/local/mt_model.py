"""OPUS-MT and NLLB by CTranslate2, for those who have the weights: better than grammar, and more pairs.

A folder of models holds one folder per pair, named "en-es" (OPUS-MT: one direction), or "nllb" (all pairs of the
languages below). In it: `model.bin` and its vocabulary as CTranslate2's converter writes them, and the tokenizer:
`tokenizer.json`, or `source.spm` and `target.spm` (these need the package `sentencepiece`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import ctranslate2
from tokenizers import Tokenizer

from dragoman.errors import ModelError
from dragoman.interpreters.local.rules import Drafted

NLLB_CODES = {
    "en": "eng_Latn", "es": "spa_Latn", "fr": "fra_Latn", "pt": "por_Latn", "it": "ita_Latn", "de": "deu_Latn",
    "ja": "jpn_Jpan", "zh": "zho_Hans", "hi": "hin_Deva", "ru": "rus_Cyrl", "ko": "kor_Hang", "id": "ind_Latn",
    "vi": "vie_Latn",
}  # fmt: skip
_END = "</s>"
_LONGEST_TOKENS = 256
_THREADS = 1


class TokenTranslator(Protocol):
    """What is used of `ctranslate2.Translator`."""

    def translate_batch(self, source: list[list[str]], **options: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """Text to pieces of the source vocabulary, pieces of the target vocabulary to text."""

    split: Callable[[str], list[str]]
    join: Callable[[list[str]], str]


class ModelTranslator:
    """One direction by one model. `source_code` and `target_code` are the language tokens of a multilingual model."""

    def __init__(self, model: TokenTranslator, tokens: Tokens, source_code: str = "", target_code: str = "") -> None:
        self._model = model
        self._tokens = tokens
        self._source_code = source_code
        self._target_code = target_code

    def translate(self, sentence: str) -> Drafted:
        """One sentence. The model reads numbers as they are written; the caller compares them."""
        pieces = self._tokens.split(sentence)[:_LONGEST_TOKENS]
        source = [*((self._source_code,) if self._source_code else ()), *pieces, _END]
        prefix = [[self._target_code]] if self._target_code else None
        result = self._model.translate_batch(
            [source],
            target_prefix=prefix,
            beam_size=4,
            max_decoding_length=min(2 * len(pieces) + 16, _LONGEST_TOKENS),
            repetition_penalty=1.1,
        )[0]
        written = [piece for piece in result.hypotheses[0] if piece not in (_END, self._target_code)]
        return Drafted(self._tokens.join(written).strip(), 0, len(sentence.split()))

    def close(self) -> None:
        """Nothing to end: the weights go with the object."""


def find_models(folder: Path) -> dict[tuple[str, str], ModelTranslator]:
    """The models in a folder by (source, target); raise ModelError where one is incomplete or cannot be read."""
    if not folder.is_dir():
        raise ModelError(f"{folder} is not a folder of translation models (DRAGOMAN_LOCAL_MT)")
    found: dict[tuple[str, str], ModelTranslator] = {}
    for one in sorted(folder.iterdir(), key=lambda path: path.name != "nllb"):  # a pair's own model wins over NLLB
        if not (one / "model.bin").is_file():
            continue
        source, dash, target = one.name.partition("-")
        if one.name == "nllb":
            model, tokens = _load(one), _tokens(one)
            for first, first_code in NLLB_CODES.items():
                for second, second_code in NLLB_CODES.items():
                    if first != second:
                        found[first, second] = ModelTranslator(model, tokens, first_code, second_code)
        elif dash and len(source) == len(target) == 2:
            found[source, target] = ModelTranslator(_load(one), _tokens(one))
        else:
            raise ModelError(f'{one} should be named like "en-es", or "nllb"')
    return found


def _load(folder: Path) -> TokenTranslator:
    try:
        model: TokenTranslator = ctranslate2.Translator(
            str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=_THREADS
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{folder} is not a CTranslate2 translation model: {error}") from error
    return model


def _tokens(folder: Path) -> Tokens:
    if (folder / "tokenizer.json").is_file():
        return _from_json(folder / "tokenizer.json")
    if (folder / "source.spm").is_file() and (folder / "target.spm").is_file():
        return _from_sentencepiece(folder)
    raise ModelError(f"{folder} has no tokenizer: tokenizer.json, or source.spm and target.spm")


def _from_json(path: Path) -> Tokens:
    tokenizer = Tokenizer.from_file(str(path))

    def join(pieces: list[str]) -> str:
        ids = [tokenizer.token_to_id(piece) for piece in pieces]
        return str(tokenizer.decode([one for one in ids if one is not None]))

    return Tokens(lambda text: list(tokenizer.encode(text, add_special_tokens=False).tokens), join)


def _from_sentencepiece(folder: Path) -> Tokens:
    try:
        library: Any = importlib.import_module("sentencepiece")
    except ImportError as error:
        raise ModelError(f"{folder} needs the package sentencepiece (pip install sentencepiece)") from error
    source = library.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    target = library.SentencePieceProcessor(model_file=str(folder / "target.spm"))
    return Tokens(lambda text: list(source.encode(text, out_type=str)), lambda pieces: str(target.decode(pieces)))
