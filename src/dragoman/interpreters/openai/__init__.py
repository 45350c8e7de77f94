"""Interpreters over OpenAI's realtime protocols, and what else of OpenAI's we use.

`translation_engine(settings)` and `conversation_engine(settings)` build the engines, `SpeechAnnouncer` speaks texts.
"""

from __future__ import annotations

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
    "SpeechAnnouncer",
    "TranslationEngine",
    "conversation_engine",
    "translation_engine",
]
