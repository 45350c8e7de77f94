"""From which language into which each utterance of a session goes: as it was wanted, or, in a session that goes both
ways, as the language asks for that it was spoken in. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from dragoman.interpreters.openai.prompts import instructions
from dragoman.interpreters.openai.turn import Turn
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.ports import Wanted


class Ways:
    """One session's."""

    def __init__(self, wanted: Wanted) -> None:
        self._there = wanted
        self._back = replace(wanted, source=wanted.target, target=wanted.source)
        self._order_there = instructions(wanted)

    def language(self, event: wire.TranscriptionCompleted) -> str | None:
        """Which of its two languages an utterance is in (a primary subtag), so that it goes that way; None in a session
        of one direction. Where the server does not say, it is the first one.
        """
        if not self._there.both_ways:
            return None
        ours = (self._there.source.primary, self._back.source.primary)
        codes = (one.code.split("-")[0].lower() for one in event.languages or ())
        return next((code for code in codes if code in ours), ours[0])

    def spoken_in(self, turn: Turn, language: str) -> None:
        """This utterance is in that language."""
        turn.back = language == self._back.source.primary

    def of(self, turn: Turn) -> Wanted:
        return self._back if turn.back else self._there

    def order(self, turn: Turn) -> str:
        """What the model is told to do with it."""
        return instructions(self._back) if turn.back else self._order_there

    def known(self, turn: Turn, *, transcripts: bool) -> bool:
        """Whether it can be asked for: of two languages, which one it is comes with the transcript."""
        return turn.transcribed or not (self._there.both_ways and transcripts)
