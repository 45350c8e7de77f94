"""What remains of an assistant's call, as plain values for a JSON file. Pure. Seconds since the call began."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from dragoman.domain.outcome import Outcome
from dragoman.domain.speech import NO_TOKENS, Tokens
from dragoman.relay.talk_lines import TalkLine
from dragoman.relay.turn_times import TurnTimes


@dataclass(slots=True)
class ToolUse:
    """A tool was called. `error` is what the mind was told of its failure; `ended_s` None = it had not answered yet."""

    name: str
    asked_s: float
    ended_s: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller stopped the assistant: how much was heard of each item that was not played to its end."""

    at_s: float
    heard_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AssistantRecord:
    """Speech is personal data: where this is kept is the operator's choice.

    `began_at` is Unix time. `usd` is what the engines cost, `usd_is_estimate` unless all was billed by the vendor's own
    figures; `prices` is the date of the table that it was reckoned by. `interpreted` is the call in which it went on,
    `message_url` where the carrier keeps the caller's recorded message; "" = neither.
    """

    call_id: str
    persona: str
    language: str
    began_at: float
    duration_s: float
    outcome: Outcome
    engines: tuple[str, ...]
    sessions: int
    usd: float
    usd_is_estimate: bool
    troubles: tuple[str, ...]
    lines: tuple[TalkLine, ...]
    turns: tuple[TurnTimes, ...]
    tools: tuple[ToolUse, ...] = ()
    barge_ins: tuple[BargeIn, ...] = ()
    tokens: Tokens = NO_TOKENS
    prices: str = ""
    interpreted: str = ""
    message_url: str = ""

    @property
    def file_stem(self) -> str:
        """What its file is called."""
        return self.call_id

    def as_json(self) -> dict[str, Any]:
        """The form of the file."""
        return {
            "call": self.call_id,
            "kind": "assistant",
            "persona": self.persona,
            "language": self.language,
            "began_at": round(self.began_at, 3),
            "duration_s": round(self.duration_s, 3),
            "outcome": {"result": self.outcome.result.value, "reason": self.outcome.reason},
            "interpreted_call": self.interpreted,
            "message_url": self.message_url,
            "engines": list(self.engines),
            "sessions": self.sessions,
            "cost": {
                "usd": round(self.usd, 6),
                "estimate": self.usd_is_estimate,
                "prices_of": self.prices,
                "tokens": asdict(self.tokens),
            },
            "troubles": list(self.troubles),
            "lines": [line.as_json() for line in self.lines if line.text.strip()],
            "turns": [turn.as_json() for turn in self.turns],
            "tools": [asdict(use) for use in self.tools],
            "barge_ins": [{"at_s": one.at_s, "heard_ms": list(one.heard_ms)} for one in self.barge_ins],
        }

    def as_log(self) -> dict[str, Any]:
        """For an event in the log: figures only, nothing that was said."""
        waits = sorted(turn.wait_s for turn in self.turns if turn.wait_s is not None)
        return {
            "persona": self.persona,
            "language": self.language,
            "side": self.outcome.result.value,
            "reason": self.outcome.reason,
            "duration_s": round(self.duration_s, 1),
            "engines": ",".join(self.engines),
            "sessions": self.sessions,
            "turns": len(self.turns),
            "median_wait_s": waits[len(waits) // 2] if waits else None,
            "tools": len(self.tools),
            "tool_errors": sum(bool(use.error) for use in self.tools),
            "barge_ins": len(self.barge_ins),
            "usd": round(self.usd, 4),
            "estimate": self.usd_is_estimate,
        }


@dataclass(slots=True)
class CallNotes:
    """Written down as it happens. `engines` and `sessions` are those of processes that are no more."""

    tools: list[ToolUse] = field(default_factory=list)
    barge_ins: list[BargeIn] = field(default_factory=list)
    tokens: Tokens = NO_TOKENS
    engines: list[str] = field(default_factory=list)
    sessions: int = 0

    def asked(self, name: str, at_s: float) -> ToolUse:
        """A tool is called; its end is written into what this gives back."""
        self.tools.append(ToolUse(name, at_s))
        return self.tools[-1]
