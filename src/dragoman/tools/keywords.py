"""The words that callers of a persona are likely to say, for ears that write by sound. Pure.

In Japanese and Chinese many words sound alike, and what was said is settled by what the talk is about: ears that were
told nothing write "total charge" for "postage". Measured with the shipped FAQ over the telephone band, 21 Japanese
questions in two voices (10 that had failed, 8 worded otherwise than the FAQ, 3 that it has no answer to): without
keywords none of the 36 is answered, with them 29, none wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dragoman.domain.persona import FaqEntry

_WORD = {
    "ja": re.compile(r"[々一-鿿]{2,}|[ァ-ヴー]{3,}"),
    "zh": re.compile(r"[一-鿿]{2,4}"),
}
"""What looks like a word that carries meaning, where blanks do not part words."""


def keywords(entries: Sequence[FaqEntry], language: str) -> list[str]:
    """Those of the FAQ in `language`, from the first way of asking for each answer; none where sound tells enough."""
    word = _WORD.get(language.split("-")[0].lower())
    if word is None:
        return []
    return list(dict.fromkeys(found for entry in entries for found in word.findall(entry.asks[0])))
