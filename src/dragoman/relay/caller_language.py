"""Which of an assistant's languages the caller speaks, by the words that were recognised. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.domain.language import LanguageTag
from dragoman.ports import Rank
from dragoman.relay.spoken_language import SpokenLanguage


class CallerLanguage:
    """One caller's. `languages` are the assistant's, `first` that in which the call began."""

    def __init__(self, languages: Sequence[LanguageTag], first: LanguageTag, rank: Rank) -> None:
        self.tag = first
        self._languages = tuple(languages)
        self._rank = rank

    def said(self, text: str) -> LanguageTag | None:
        """Another language than before, if the text is clearly in that; what is short or mixed changes nothing."""
        own = _primary(self.tag)
        for other in self._languages:
            if _primary(other) != own and SpokenLanguage(own, _primary(other), self._rank).is_target(text, over=True):
                self.tag = other
                return other
        return None


def _primary(tag: str) -> str:
    return tag.split("-")[0].lower()
