"""Interpreters and assistants over OpenAI's realtime protocols, and what else of OpenAI's we use.

`translation_engine(settings)`, `conversation_engine(settings)` and `assistant_engine(settings)` build the engines,
`SpeechAnnouncer` speaks texts.
"""

from __future__ import annotations

from dragoman.interpreters.openai.assistant_engine import RealtimeAssistantEngine, assistant_engine
from dragoman.interpreters.openai.engines import (
    ConversationEngine,
    GuardParts,
    TranslationEngine,
    conversation_engine,
    translation_engine,
)
from dragoman.interpreters.openai.settings import OpenAISettings
from dragoman.interpreters.openai.speech import SpeechAnnouncer

__all__ = [
    "ConversationEngine",
    "GuardParts",
    "OpenAISettings",
    "RealtimeAssistantEngine",
    "SpeechAnnouncer",
    "TranslationEngine",
    "assistant_engine",
    "conversation_engine",
    "translation_engine",
]
