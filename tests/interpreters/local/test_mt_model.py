"""Translation models, with made-up ones in their place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from dragoman.errors import ModelError
from dragoman.interpreters.local import phrases
from dragoman.interpreters.local.mt_model import ModelTranslator, Tokens, find_models
from dragoman.interpreters.local.rendered import How, Recognised, Refusal, RefusalReason, Rendered
from dragoman.interpreters.local.translate import Direction, Translator
from tests.fakes import tiny_translation_model

pytestmark = pytest.mark.unit


class Result:
    def __init__(self, pieces: list[str]) -> None:
        self.hypotheses = [pieces]


class Model:
    """Answers with given pieces, and keeps what it was asked."""

    def __init__(self, answer: list[str]) -> None:
        self.answer = answer
        self.asked: list[tuple[list[list[str]], dict[str, Any]]] = []

    def translate_batch(self, source: list[list[str]], **options: Any) -> Sequence[Result]:
        self.asked.append((source, options))
        return [Result(self.answer)]


WORDS = Tokens(lambda text: text.split(), " ".join)


def test_a_model_of_one_direction() -> None:
    model = Model(["La", "casa", "</s>"])
    assert ModelTranslator(model, WORDS).translate("The house").text == "La casa"
    assert model.asked[0][0] == [["The", "house", "</s>"]]
    assert model.asked[0][1]["target_prefix"] is None


def test_a_model_of_many_languages_is_told_which() -> None:
    model = Model(["spa_Latn", "La", "casa"])
    assert ModelTranslator(model, WORDS, "eng_Latn", "spa_Latn").translate("The house").text == "La casa"
    assert model.asked[0][0] == [["eng_Latn", "The", "house", "</s>"]]
    assert model.asked[0][1]["target_prefix"] == [["spa_Latn"]]


def test_long_sentences_are_bounded() -> None:
    model = Model(["x"])
    ModelTranslator(model, WORDS).translate("word " * 1000)
    assert len(model.asked[0][0][0]) <= 257


def by_model(answer: str) -> Translator:
    way = ModelTranslator(Model(answer.split()), WORDS)
    return Translator({("de", "en"): Direction("de", "en", phrases.load("de", "en"), way, How.MODEL)})


def test_its_numbers_are_compared_and_spoken_well() -> None:
    result = by_model("The number is 472916 .").translate(Recognised("Die Nummer ist 472916.", "de"), "en")
    assert isinstance(result, Rendered)
    assert result.how is How.MODEL
    assert "4 7 2, 9 1 6" in result.spoken


def test_a_number_that_it_changed_is_refused() -> None:
    result = by_model("The number is 472961 .").translate(Recognised("Die Nummer ist 472916.", "de"), "en")
    assert result == Refusal(RefusalReason.NUMBER)


def test_folders_are_read_by_their_names(tmp_path: Path) -> None:
    assert find_models(tmp_path) == {}
    with pytest.raises(ModelError, match="DRAGOMAN_LOCAL_MT"):
        find_models(tmp_path / "nowhere")
    odd = tmp_path / "something"
    odd.mkdir()
    (odd / "model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="named like"):
        find_models(tmp_path)


def test_a_broken_model_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "en-es"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a CTranslate2 translation model"):
        find_models(tmp_path)


def test_a_tokenizer_file_splits_and_joins(tmp_path: Path) -> None:
    from dragoman.interpreters.local.mt_model import _tokens

    tokenizer = Tokenizer(models.WordLevel({"hello": 0, "there": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    tokens = _tokens(tmp_path)
    assert tokens.split("hello there") == ["hello", "there"]
    assert tokens.join(["hello", "there", "never-seen"]) == "hello there"
    with pytest.raises(ModelError, match="no tokenizer"):
        _tokens(tmp_path / "empty")


def test_a_real_model_runs_from_its_folder(tmp_path: Path) -> None:
    tiny_translation_model.build(tmp_path / "en-es")
    found = find_models(tmp_path)
    assert set(found) == {("en", "es")}
    drafted = found["en", "es"].translate("hello there")
    assert set(drafted.text.split()) <= set(tiny_translation_model.WORDS)
    assert drafted == found["en", "es"].translate("hello there")


def test_a_model_takes_the_place_of_grammar(tmp_path: Path) -> None:
    tiny_translation_model.build(tmp_path / "en-de")
    with Translator.open(tmp_path) as translator:
        assert ("en", "de") in translator.pairs()
        result = translator.translate(Recognised("hello there", "en"), "de")
    assert isinstance(result, Rendered | Refusal)
