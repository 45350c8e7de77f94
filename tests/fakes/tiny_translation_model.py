"""A real CTranslate2 translation model with random weights and six words: small enough to be built in a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs.transformer_spec import TransformerSpec
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = ["<unk>", "<s>", "</s>", "hello", "there", "hola"]
_WIDTH = 8
_POSITIONS = 300


def build(folder: Path) -> None:
    """Write `model.bin`, its vocabulary and `tokenizer.json`."""
    random = np.random.default_rng(0)

    def table(rows: int, columns: int) -> Any:
        return random.standard_normal((rows, columns)).astype(np.float32)

    def linear(layer: Any, inputs: int, outputs: int) -> None:
        layer.weight, layer.bias = table(outputs, inputs), np.zeros(outputs, np.float32)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    def attention(layer: Any, sizes: list[int]) -> None:
        norm(layer.layer_norm)
        for place, size in enumerate(sizes):
            linear(layer.linear[place], _WIDTH, size * _WIDTH)

    def feed_forward(layer: Any) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, _WIDTH, 2 * _WIDTH)
        linear(layer.linear_1, 2 * _WIDTH, _WIDTH)

    spec: Any = TransformerSpec.from_config(1, 2)
    spec.encoder.embeddings[0].weight = table(len(WORDS), _WIDTH)
    spec.decoder.embeddings.weight = table(len(WORDS), _WIDTH)
    for side in (spec.encoder, spec.decoder):
        side.position_encodings.encodings = np.zeros((_POSITIONS, _WIDTH), np.float32)
        side.scale_embeddings = True
        norm(side.layer_norm)
        attention(side.layer[0].self_attention, [3, 1])
        feed_forward(side.layer[0].ffn)
    attention(spec.decoder.layer[0].attention, [1, 2, 1])
    linear(spec.decoder.projection, _WIDTH, len(WORDS))
    spec.register_source_vocabulary(WORDS)
    spec.register_target_vocabulary(WORDS)
    spec.validate()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
