"""Builds assistants: from the configured server, model and voice, where the persona wants no others."""

from __future__ import annotations

import time
from collections.abc import Callable

from dragoman.assistant_ports import Assistant, AssistantEvent, AssistantWanted
from dragoman.interpreters.openai.assistant import AssistantMachine
from dragoman.interpreters.openai.assistant_session import RealtimeAssistant
from dragoman.interpreters.openai.assistant_setup import AssistantPlan
from dragoman.interpreters.openai.endpoint import FALLBACK, Endpoint
from dragoman.interpreters.openai.prices import shipped_prices
from dragoman.interpreters.openai.settings import CONVERSATION_TRANSCRIPTION, OpenAISettings
from dragoman.interpreters.openai.socket import RealtimeSocket
from dragoman.ports import Clock

NAME = "conversation"


class RealtimeAssistantEngine:
    """Implements `assistant_ports.AssistantEngine` over `/v1/realtime`."""

    def __init__(
        self, endpoint: Endpoint, plan: AssistantPlan, *, name: str = NAME, clock: Clock = time.monotonic
    ) -> None:
        self._endpoint, self._plan, self._clock = endpoint, plan, clock
        self.name = name

    def assistant(self, wanted: AssistantWanted, listen: Callable[[AssistantEvent], None]) -> Assistant:
        """Build one; nothing is opened before `run`."""
        model = self._plan.model_of(wanted.persona)
        socket = RealtimeSocket(self._endpoint, "/realtime", model, wanted.caller)
        return RealtimeAssistant(socket, lambda out: AssistantMachine(self._plan, wanted, out), listen, self._clock)


def assistant_engine(
    settings: OpenAISettings, clock: Clock = time.monotonic, endpoint: Endpoint | None = None
) -> RealtimeAssistantEngine:
    """The engine as configured; at another `endpoint`, it has another name."""
    transcription = settings.transcription_for(CONVERSATION_TRANSCRIPTION)
    plan = AssistantPlan(settings.conversation_model, transcription, settings.voice, prices=shipped_prices())
    return RealtimeAssistantEngine(
        endpoint or settings.endpoint(), plan, name=NAME + (FALLBACK if endpoint else ""), clock=clock
    )
