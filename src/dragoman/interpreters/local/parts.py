"""What the engine's server is made of: ears, text side, voice. `loading` loads real ones; tests bring their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dragoman.interpreters.local.clauses import Clause
from dragoman.interpreters.local.listening import Detector, Samples
from dragoman.interpreters.local.recognise import Misheard
from dragoman.interpreters.local.rendered import Recognised, Translation


class Ears(Protocol):
    """Called from the model thread."""

    def recognise(
        self, samples: Samples, source: str | None, keywords: Sequence[str] = (), other: str | None = None
    ) -> Recognised | Misheard:
        """The words of one utterance of 16 kHz samples. The result's language may be another than `source`.

        `keywords`: words of `source` that are likely to be said. With `other` the utterance is in one of the two.
        """
        ...


class Text(Protocol):
    """Called from the model thread."""

    def translate(self, heard: Recognised, target: str) -> Translation:
        """What to say in `target`, or why not."""
        ...

    def pairs(self) -> frozenset[tuple[str, str]]:
        """The (source, target) languages that can be translated."""
        ...

    def close(self) -> None:
        """End what runs beside us."""
        ...


class Voice(Protocol):
    """Called from the model thread, but for `speaks`."""

    def speaks(self, language: str) -> bool: ...

    def clause(self, clause: Clause, language: str, voice: str = "", speed: float = 1.0) -> bytes:
        """24 kHz PCM16; b"" when nothing in it can be said."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """`detector` makes a fresh one per stream."""

    ears: Ears
    text: Text
    voice: Voice
    detector: Callable[[], Detector]
