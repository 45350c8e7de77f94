"""What an assistant's call wants done, beside what a lane wants (`domain.effects`). Imperative; frozen."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from dragoman.domain.effects import LaneEffect
from dragoman.domain.tools import Action, ToolAsked

# ---- To the assistant ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Have the assistant speak exactly this."""

    text: str


@dataclass(frozen=True, slots=True)
class CutOff:
    """Stop the assistant. `heard_ms`: how much the ear got of each item that it did not get to its end."""

    heard_ms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GiveKeys:
    """The caller pressed these, without a pause between."""

    keys: str


@dataclass(frozen=True, slots=True)
class TellTool:
    """The tool's answer, in the form that the mind reads."""

    asked: ToolAsked
    output: str


# ---- To whoever carries the call -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunTool:
    """Call the tool; its result is told to `Conversing.tool_done`."""

    asked: ToolAsked


@dataclass(frozen=True, slots=True)
class Perform:
    """What a tool wanted done, now: the caller has heard what was to be heard before."""

    action: Action


class EndWhy(enum.Enum):
    """Why we end an assistant's call of our own accord."""

    IDLE = "idle"
    """The caller said nothing, though asked."""
    TOO_LONG = "too-long"
    FAX = "fax"
    VOICEMAIL = "voicemail"
    TONE = "tone"
    """A dial, busy or ringing tone that goes on."""
    HOLD_SOUND = "hold-sound"
    """Music, or another sound without a pause, and no words in it."""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class EndTalk:
    """End the call. What was to be said before was heard."""

    why: EndWhy


AssistantEffect = LaneEffect | Say | CutOff | GiveKeys | TellTool | RunTool | Perform | EndTalk
