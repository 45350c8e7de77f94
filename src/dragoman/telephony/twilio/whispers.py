"""What persons who are dialled for a caller hear before the call is put through. It never travels in a URL."""

from __future__ import annotations

from typing import Final

from dragoman.telephony.twilio.twiml import Line

KEPT: Final = 2000
"""So many at most; then the oldest go."""

WHISPER_LIMIT: Final = 600
"""Characters: who picks up listens for half a minute at most, the caller waiting."""


class Whispers:
    """Summaries of calls, from the moment a person is dialled until that is over."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def keep(self, call_id: str, line: Line) -> bool:
        """Keep it, cut between words to WHISPER_LIMIT; False when there is nothing in it."""
        text = shortened(" ".join(line.text.split()))
        self._lines.pop(call_id, None)
        if not text:
            return False
        self._lines[call_id] = Line(text, line.language)
        if len(self._lines) > KEPT:
            del self._lines[next(iter(self._lines))]
        return True

    def of(self, call_id: str) -> Line | None:
        return self._lines.get(call_id)

    def drop(self, call_id: str) -> None:
        """The person was reached or not: nobody else asks. Not there is not an error."""
        self._lines.pop(call_id, None)


def shortened(text: str) -> str:
    """At most WHISPER_LIMIT characters, cut behind a word where there are words."""
    if len(text) <= WHISPER_LIMIT:
        return text
    cut = text[: WHISPER_LIMIT - 1]
    words = cut.rpartition(" ")[0]
    return (words if len(words) > WHISPER_LIMIT // 2 else cut) + "…"
