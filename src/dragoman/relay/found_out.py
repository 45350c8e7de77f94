"""What tools told the mind in this call: a session that takes over goes on from there. Pure.

Seconds since the call began. What a tool wanted done (a transfer, a goodbye) is left out: it was done, or it was not
and must be asked for again. A message is kept either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dragoman.assistant_ports import Before, Line
from dragoman.domain.speech import Side
from dragoman.domain.tools import TakeMessage, ToolAsked, ToolResult, ToolTold
from dragoman.relay.talk_lines import TalkLine

MOST: Final = 12
"""The latest are told."""
OUTPUT_CHARS: Final = 4000
INTERRUPTED: Final = ToolResult(
    "the call was interrupted before the tool answered: whether it did anything is not known", is_error=True
).output()


@dataclass(slots=True)
class Finding:
    """A tool was asked; `output` None = it has not answered."""

    asked: ToolAsked
    asked_s: float
    output: str | None = None


class FoundOut:
    """One call's, in the order in which tools were asked. `began` is the call's, on the clock of `now`."""

    def __init__(self, began: float) -> None:
        self._began = began
        self.all: list[Finding] = []

    def asked(self, asked: ToolAsked, now: float) -> None:
        """The mind asks."""
        self.all.append(Finding(asked, round(now - self._began, 3)))
        del self.all[:-MOST]

    def told(self, asked: ToolAsked, result: ToolResult) -> None:
        """The tool answered."""
        found = next((one for one in self.all if one.asked is asked), None)
        if found is None:
            return
        if result.action is None or isinstance(result.action, TakeMessage):
            found.output = result.output()[:OUTPUT_CHARS]
        else:
            self.all.remove(found)


def so_far(lines: Sequence[TalkLine], findings: Sequence[Finding]) -> tuple[Before, ...]:
    """What was said and found out, oldest first: for a new session, which is told nothing more of what runs."""
    # At one moment: what was asked for, what a tool gave, and what that made the assistant say.
    before: list[tuple[float, int, Before]] = [
        (line.began_s, 0 if line.side is Side.SOURCE else 2, Line(line.side, line.text.strip())) for line in lines
    ]
    before += [(one.asked_s, 1, ToolTold(one.asked, one.output or INTERRUPTED)) for one in findings]
    return tuple(one for *_, one in sorted(before, key=lambda timed: timed[:2]))
