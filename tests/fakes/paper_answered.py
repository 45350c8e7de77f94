"""Calls that an assistant answers, on paper, as the API sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from dragoman.domain.call import CallId, CallView
from dragoman.domain.effects import Caption
from dragoman.domain.language import LanguageTag
from dragoman.domain.outcome import Outcome


@dataclass
class PaperAnswered:
    """Implements assistant_ports.Answered. `said`: the captions of each call, which are all there is of it."""

    living: dict[str, CallView] = field(default_factory=dict)
    said: dict[str, list[Caption]] = field(default_factory=dict)
    ended: list[tuple[str, Outcome]] = field(default_factory=list)

    def add(self, call_id: str) -> None:
        tag = LanguageTag("ja")
        self.living[call_id] = CallView(CallId(call_id), "assistant: talking", tag, tag, ("openai",), 4.0)

    def calls(self) -> list[CallView]:
        return list(self.living.values())

    def find(self, call_id: str) -> CallView | None:
        return self.living.get(call_id)

    def end(self, call_id: str, outcome: Outcome) -> bool:
        self.ended.append((call_id, outcome))
        return self.living.pop(call_id, None) is not None

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        return self._said(call_id) if call_id in self.living else None

    async def _said(self, call_id: str) -> AsyncIterator[Caption]:
        for caption in self.said.get(call_id, []):
            yield caption
