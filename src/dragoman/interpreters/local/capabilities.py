"""What the embedded engine can do, known without starting it."""

from __future__ import annotations

from typing import Final

from dragoman.ports import Capabilities

ASSISTANT_MODEL: Final = "dragoman-assistant"
"""The model of a session that answers for itself; all others interpret."""
PAIRS: Final = frozenset({("en", "es"), ("es", "en"), ("fr", "en"), ("it", "en"), ("pt", "en")})
"""Directions that it interprets with its own weights and Apertium (source, target)."""
HEARD: Final = frozenset({"en", "es", "fr", "it", "pt", "ja"})
"""Languages that it recognises well enough over a telephone."""
SPOKEN: Final = frozenset({"en", "es", "fr", "it", "pt", "ja"})
"""Languages that it has a good voice for. Hindi and Mandarin have one too, which nobody has judged."""


def capabilities(pairs: frozenset[tuple[str, str]] = PAIRS) -> Capabilities:
    """`pairs`: what the running engine said it can do (`process.Running.pairs`), if it was asked."""
    return Capabilities(
        takes_turns=True,
        prompt=False,
        glossary=False,
        voice=True,
        native_pcmu=True,
        continuous_clock=False,
        pairs=pairs,
        both_ways=True,
    )
