"""What a session machine's outlet leads to in tests: a desk that checks every message and keeps it.

Everything sent must pass our own strict server role, and the official SDK's models (which only lack `item_reference`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from openai.types.realtime import RealtimeClientEvent, RealtimeTranslationClientEvent
from pydantic import TypeAdapter

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Role
from dragoman.domain.language import Glossary, Language, LanguageTag
from dragoman.domain.speech import InterpreterEvent
from dragoman.interpreters.openai.machine import Outlet
from dragoman.interpreters.realtime.wire import conversation, translation
from dragoman.interpreters.realtime.wire.envelope import Rejection, ServerEvent, Stamp
from dragoman.ports import Wanted

SPANISH = Language(LanguageTag("es"), "Español", "Spanish", "es-ES")
ENGLISH = Language(LanguageTag("en"), "English", "English", "en-US")

NO_GLOSSARY = Glossary()

CONVERSATION_SDK: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
TRANSLATION_SDK: TypeAdapter[Any] = TypeAdapter(RealtimeTranslationClientEvent)
ClientEvent = conversation.AnyClientEvent | translation.AnyClientEvent


def wanted(
    source: Language = SPANISH,
    target: Language = ENGLISH,
    source_format: AudioFormat = AudioFormat.PCMU_8K,
    sink_format: AudioFormat = AudioFormat.PCMU_8K,
    speaker: Role = Role.CALLER,
    glossary: Glossary = NO_GLOSSARY,
    context: str = "",
) -> Wanted:
    """A direction of a call."""
    return Wanted(
        CallId("call_1"), speaker, source, target, source_format, sink_format, glossary, context, safety_id="hash"
    )


class Desk:
    """Collects what a machine sends (read back by the strict role) and tells."""

    def __init__(self, decode: Callable[[bytes], Any] = conversation.decode_client) -> None:
        self._decode = decode
        self._sdk = CONVERSATION_SDK if decode is conversation.decode_client else TRANSLATION_SDK
        self._stamp = Stamp("desk")
        self.sent: list[Any] = []
        self.told: list[InterpreterEvent] = []
        self.outlet = Outlet(self._send, self.told.append)

    def _send(self, message: bytes) -> None:
        event = self._decode(message)
        assert not isinstance(event, Rejection), event
        plain = json.loads(message)
        for item in (plain.get("response") or {}).get("input") or []:
            assert set(item) == {"type", "id"}, "we only ever send references"
        plain.get("response", {}).pop("input", None)
        self._sdk.validate_python(plain)
        self.sent.append(event)

    def stamped(self, event: ServerEvent) -> bytes:
        """A server's event as it comes over the socket."""
        return self._stamp(event)

    def take_sent(self) -> list[Any]:
        """What was sent since the last look."""
        sent, self.sent = self.sent, []
        return sent

    def take_told(self) -> list[InterpreterEvent]:
        """What was told since the last look."""
        told = list(self.told)
        self.told.clear()
        return told
