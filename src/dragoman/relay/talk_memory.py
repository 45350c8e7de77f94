"""What the talk with an assistant remembers of itself, so that it can go on in another process. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.domain.language import LanguageTag
from dragoman.relay.found_out import Finding
from dragoman.relay.talk_lines import TalkLine
from dragoman.relay.turn_times import TurnTimes


@dataclass(frozen=True, slots=True)
class TalkMemory:
    """A talk as it was. `language` is the caller's.

    `greeted`: the greeting was heard, or the caller spoke over it. `unsettled`: something was being said, or an answer
    was owed. `prompts` were said to a caller who said nothing; `warned`: they know that the call grows long.
    """

    language: LanguageTag
    lines: list[TalkLine] = field(default_factory=list)
    turns: list[TurnTimes] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    greeted: bool = False
    unsettled: bool = False
    prompts: int = 0
    warned: bool = False
