"""Which language a text is in, by likelihood: py3langid's ranking, read once and shared by all who ask."""

from __future__ import annotations

import functools

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from dragoman.ports import Rank


@functools.cache
def language_rank() -> Rank:
    """The ranking; its model takes most of a second to read, once."""
    rank: Rank = LanguageIdentifier.from_model_file(MODEL_FILE).rank
    return rank
