"""How a call is carried: whose voice each ear gets, what is interpreted, who may cut in, what is kept."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from dragoman.domain.ear import OriginalMode


class Interpreting(enum.Enum):
    """Which directions of a call are interpreted. Where one is not, the party's own voice goes straight across."""

    ON = "on"
    """Both."""
    OFF = "off"
    """Neither: a plain phone call, and no engine hears it."""
    CAPTIONS_ONLY = "captions-only"
    """Both, but as captions: no ear hears the interpreter."""
    TO_CALLER = "to_caller"
    """One way: what the agent says. The agent understands the caller without us."""
    TO_AGENT = "to_agent"
    """One way: what the caller says."""


class BargeIn(enum.Enum):
    """What becomes of speech that a party is hearing when that party begins to speak."""

    LET_FINISH = "let-finish"
    """It plays on."""
    STOP = "stop"
    """It is dropped, and the engine told how much of it was heard."""
    DUCK = "duck"
    """It plays on, quietly."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call is carried just now; every field can change in mid-call.

    `original_to_caller` is what the caller hears of the agent's own voice, `original_to_agent` the reverse. `engine` is
    a wish by name that beats the languages' own; "" = as configured. `recording`: what is said goes into the call's
    record, where the node keeps records.
    """

    original_to_caller: OriginalMode = OriginalMode.OFF
    original_to_agent: OriginalMode = OriginalMode.OFF
    interpreting: Interpreting = Interpreting.ON
    barge_in: BargeIn = BargeIn.LET_FINISH
    engine: str = ""
    recording: bool = True


AS_USUAL = Manner()
