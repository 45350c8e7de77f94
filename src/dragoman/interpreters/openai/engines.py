"""The two engines over OpenAI's protocols. With another endpoint, name and abilities: any compatible server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from dragoman.domain.call import Role
from dragoman.domain.speech import InterpreterEvent
from dragoman.interpreters.openai.conversation import Conversation, ConversationPlan
from dragoman.interpreters.openai.endpoint import FALLBACK, Endpoint
from dragoman.interpreters.openai.guard import Guard, Phrases, shipped_phrases
from dragoman.interpreters.openai.prices import Prices, shipped_prices
from dragoman.interpreters.openai.session import RealtimeInterpreter
from dragoman.interpreters.openai.settings import (
    CONVERSATION_TRANSCRIPTION,
    TRANSLATION_TRANSCRIPTION,
    OpenAISettings,
)
from dragoman.interpreters.openai.socket import RealtimeSocket
from dragoman.interpreters.openai.translation import Translation, TranslationPlan
from dragoman.interpreters.realtime.wire.translation import TARGETS
from dragoman.language_rank import language_rank
from dragoman.ports import Capabilities, Clock, Interpreter, Rank, Wanted

TRANSLATION_ABILITIES: Final = Capabilities(
    takes_turns=False,
    prompt=False,
    glossary=False,
    voice=False,
    native_pcmu=False,
    continuous_clock=True,
    targets=frozenset(TARGETS),
    finds_source=True,
)
CONVERSATION_ABILITIES: Final = Capabilities(
    takes_turns=True, prompt=True, glossary=True, voice=True, native_pcmu=True, continuous_clock=False
)
SPEAKING_SHARE: Final = 0.4
"""How much of a call one direction's interpreter speaks, for rough prices."""


@dataclass(frozen=True, slots=True)
class GuardParts:
    """What guards are made of: shared by all calls."""

    phrases: dict[str, Phrases]
    rank: Rank

    @classmethod
    def shipped(cls) -> GuardParts:
        return cls(shipped_phrases(), language_rank())

    def guard(self, wanted: Wanted) -> Guard:
        serves = wanted.speaker is Role.AGENT
        return Guard(wanted.source.primary, wanted.target.primary, self.phrases, self.rank, serves=serves)


class TranslationEngine:
    """Implements `ports.Engine` over `/v1/realtime/translations`."""

    def __init__(
        self,
        endpoint: Endpoint,
        plan: TranslationPlan,
        *,
        name: str = "translation",
        capabilities: Capabilities = TRANSLATION_ABILITIES,
        clock: Clock = time.monotonic,
    ) -> None:
        self._endpoint, self._plan, self._clock = endpoint, plan, clock
        self.name, self.capabilities = name, capabilities

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> Interpreter:
        """Build one; nothing is opened before `run`."""
        socket = RealtimeSocket(self._endpoint, "/realtime/translations", self._plan.model, wanted.safety_id)
        return RealtimeInterpreter(socket, lambda out: Translation(self._plan, wanted, out), listen, self._clock)


class ConversationEngine:
    """Implements `ports.Engine` over `/v1/realtime`. Without `guard_parts` nothing is judged, nor held back for it."""

    def __init__(
        self,
        endpoint: Endpoint,
        plan: ConversationPlan,
        *,
        guard_parts: GuardParts | None = None,
        name: str = "conversation",
        capabilities: Capabilities = CONVERSATION_ABILITIES,
        clock: Clock = time.monotonic,
    ) -> None:
        self._endpoint, self._plan, self._guard_parts, self._clock = endpoint, plan, guard_parts, clock
        self.name, self.capabilities = name, capabilities

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> Interpreter:
        """Build one; nothing is opened before `run`."""
        socket = RealtimeSocket(self._endpoint, "/realtime", self._plan.model, wanted.safety_id)
        guard = self._guard_parts.guard(wanted) if self._guard_parts is not None else None
        return RealtimeInterpreter(
            socket, lambda out: Conversation(self._plan, wanted, out, guard), listen, self._clock
        )


def rough_usd_per_minute(prices: Prices, model: str, transcription: str) -> float:
    """A direction's price per minute of call, for estimates before anything was billed."""
    heard = prices.guess(model, 60 * SPEAKING_SHARE, 60 * SPEAKING_SHARE)
    return (heard.usd if heard else 0.0) + (prices.per_minute(transcription) or 0.0) * SPEAKING_SHARE


def translation_engine(
    settings: OpenAISettings, clock: Clock = time.monotonic, endpoint: Endpoint | None = None
) -> TranslationEngine:
    """The translation engine as configured; at another `endpoint`, it has another name."""
    rate = settings.translation_usd_per_minute
    transcription = settings.transcription_for(TRANSLATION_TRANSCRIPTION)
    plan = TranslationPlan(settings.translation_model, transcription, rate)
    abilities = _priced(TRANSLATION_ABILITIES, rate)
    name = "translation" + (FALLBACK if endpoint else "")
    return TranslationEngine(endpoint or settings.endpoint(), plan, name=name, capabilities=abilities, clock=clock)


def conversation_engine(
    settings: OpenAISettings, clock: Clock = time.monotonic, endpoint: Endpoint | None = None
) -> ConversationEngine:
    """The conversation engine as configured; reads the guard's model, which takes most of a second.

    At another `endpoint`, it has another name.
    """
    prices = shipped_prices()
    transcription = settings.transcription_for(CONVERSATION_TRANSCRIPTION)
    model = settings.conversation_model
    plan = ConversationPlan(model, transcription, settings.voice, prices=prices)
    abilities = _priced(CONVERSATION_ABILITIES, rough_usd_per_minute(prices, model, transcription))
    return ConversationEngine(
        endpoint or settings.endpoint(),
        plan,
        guard_parts=GuardParts.shipped(),
        name="conversation" + (FALLBACK if endpoint else ""),
        capabilities=abilities,
        clock=clock,
    )


def _priced(abilities: Capabilities, usd_per_minute: float) -> Capabilities:
    return replace(abilities, usd_per_minute=usd_per_minute)
