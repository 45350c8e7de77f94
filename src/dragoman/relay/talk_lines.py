"""What the caller and the assistant said, line by line: captions, the call's record, what a new session is told. Pure.

Seconds since the call began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from dragoman.assistant_ports import Line
from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Captioned, Side

MOST_LINES: Final = 40
"""So many are enough for a new session to go on from."""
CUT_FLAG: Final = "cut"
UNNAMED_GAP_S: Final = 2.5
"""Text without a name after such a pause is another line."""


@dataclass(slots=True)
class TalkLine:
    """What one side said in one go. `heard_ms` of it, where it was cut off; the text is what was meant to be said."""

    number: int
    side: Side
    began_s: float
    text: str = ""
    grown_s: float = 0.0
    final: bool = False
    heard_ms: int | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        return (CUT_FLAG,) if self.heard_ms is not None else ()

    def as_json(self) -> dict[str, Any]:
        """For the call's record."""
        told = {"who": "caller" if self.side is Side.SOURCE else "assistant", "text": self.text.strip()}
        cut = {} if self.heard_ms is None else {"cut_after_ms": self.heard_ms}
        return {"number": self.number, **told, "began_s": self.began_s, "ended_s": self.grown_s, **cut}


class TalkLines:
    """One call's, in the order in which they began."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.all: list[TalkLine] = []
        self._named: dict[tuple[Side, str], TalkLine] = {}

    def began(self, side: Side, key: str, at_s: float) -> TalkLine:
        """Somebody begins to speak, under a name of the engine's, or goes on; the text may come much later."""
        line = self._named.get((side, key))
        if line is None or (not key and (line.final or at_s - line.grown_s > UNNAMED_GAP_S)):
            line = self._named[side, key] = TalkLine(len(self.all) + 1, side, at_s, grown_s=at_s)
            self.all.append(line)
        return line

    def caption(self, event: Captioned, at_s: float) -> Caption:
        """More text, and the caption to publish."""
        line = self.began(event.side, event.utterance, at_s)
        line.text = event.text if event.whole else line.text + event.text
        line.grown_s = at_s
        line.final = line.final or event.final
        return self._caption(line, at_s)

    def cut(self, item: str, heard_ms: int, at_s: float) -> Caption | None:
        """The assistant was stopped in this."""
        line = self._named.get((Side.TARGET, item))
        if line is None:
            return None
        line.heard_ms = heard_ms
        line.final = True
        return self._caption(line, at_s)

    def new_session(self) -> None:
        """Another session may use the names again."""
        self._named.clear()

    def take_up(self, lines: list[TalkLine]) -> None:
        """Go on from what was said in another process: nobody goes on with those lines."""
        self.all = lines
        for line in lines:
            line.final = True

    @property
    def said(self) -> list[TalkLine]:
        """The latest lines that have words, and were heard."""
        return [line for line in self.all if line.text.strip() and line.heard_ms != 0][-MOST_LINES:]

    def so_far(self) -> tuple[Line, ...]:
        """What was said, oldest first."""
        return tuple(Line(line.side, line.text.strip()) for line in self.said)

    def captions(self) -> list[Caption]:
        """The last captions of what was said, for who watches from now on."""
        return [self._caption(line, line.grown_s) for line in self.all if line.text.strip()]

    def _caption(self, line: TalkLine, at_s: float) -> Caption:
        name = f"a{line.number}"
        return Caption(
            name, Role.CALLER, line.side, self.language, line.text.strip(), line.final, round(at_s, 3), line.flags
        )
