"""`POST …/client_secrets`: keys of a short life, with which a browser opens a session of its own."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

from dragoman.browser_ports import DirectKind, SessionKey
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Role
from dragoman.domain.language import NO_GLOSSARY, Glossary, Language
from dragoman.errors import Refused, UpstreamError
from dragoman.interpreters.openai.conversation import ConversationPlan, session_update
from dragoman.interpreters.openai.settings import (
    CONVERSATION_TRANSCRIPTION,
    TRANSLATION_TRANSCRIPTION,
    OpenAISettings,
)
from dragoman.interpreters.realtime.wire import translation
from dragoman.outgoing import client_of
from dragoman.ports import Wanted

LIFE_S: Final = 60
"""A browser opens its session at once; how long the session itself may last is the vendor's business."""
DEADLINE_S: Final = 8.0
SECRET_PREFIX: Final = "ek_"  # noqa: S105 - how such keys begin
MAX_ANSWER_BYTES: Final = 256 * 1024

_PATHS: Final = {DirectKind.CONVERSATION: "/realtime", DirectKind.TRANSLATION: "/realtime/translations"}


class _Answer(msgspec.Struct):
    value: str
    expires_at: float


class ClientSecrets:
    """Implements `ports.SessionKeys`. One HTTP client for all requests; close it with `aclose`."""

    def __init__(self, settings: OpenAISettings, glossary: Glossary = NO_GLOSSARY) -> None:
        self._settings, self._glossary = settings, glossary
        self._endpoint = settings.endpoint()
        url = self._endpoint.http_url("")
        self._client = client_of(url, timeout=DEADLINE_S, verify=self._endpoint.tls or False)

    @property
    def origin(self) -> str:
        parts = urlsplit(self._endpoint.http_url(""))
        return f"{parts.scheme}://{parts.netloc}"

    async def key(self, kind: DirectKind, source: Language, target: Language, safety_id: str) -> SessionKey:
        """Raise UpstreamError, or Refused when the session cannot speak the target language."""
        session = self._session(kind, source, target)
        order = {"expires_after": {"anchor": "created_at", "seconds": LIFE_S}, "session": session}
        path = _PATHS[kind]
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._client.post(
                    self._endpoint.http_url(f"{path}/client_secrets"),
                    content=msgspec.json.encode(order),
                    headers={**self._endpoint.headers(safety_id), "content-type": "application/json"},
                )
        except (httpx2.HTTPError, TimeoutError) as error:
            raise UpstreamError(f"the speech models did not answer: {type(error).__name__}") from error
        if answer.status_code not in (200, 201) or len(answer.content) > MAX_ANSWER_BYTES:
            raise UpstreamError("the speech models gave no key", status=answer.status_code)
        read = read_answer(answer.content)
        return SessionKey(read.value, read.expires_at, self._endpoint.http_url(f"{path}/calls"), session["model"], kind)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _session(self, kind: DirectKind, source: Language, target: Language) -> dict[str, Any]:
        if kind is DirectKind.TRANSLATION:
            return self._translation(target)
        model = self._settings.conversation_model
        plan = ConversationPlan(
            model, self._settings.transcription_for(CONVERSATION_TRANSCRIPTION), self._settings.voice
        )
        heard = AudioFormat.PCM16_24K
        wanted = Wanted(CallId("browser"), Role.CALLER, source, target, heard, heard, self._glossary)
        session: dict[str, Any] = msgspec.to_builtins(session_update(plan, wanted, plan.transcription, heard, heard))
        # Here we ask for each response ourselves; a browser that is alone with the model does not.
        session["audio"]["input"]["turn_detection"] |= {"create_response": True, "interrupt_response": False}
        return {**session, "model": model}

    def _translation(self, target: Language) -> dict[str, Any]:
        if target.primary not in translation.TARGETS:
            raise Refused("the translation session does not speak this language: take the conversation session")
        name = self._settings.transcription_for(TRANSLATION_TRANSCRIPTION)
        update = translation.SessionUpdate(
            audio=translation.AudioUpdate(
                input=translation.AudioInputUpdate(
                    transcription=translation.Transcription(name) if name else None,
                    noise_reduction=translation.NoiseReduction("near_field"),
                ),
                output=translation.AudioOutputUpdate(language=target.primary),
            )
        )
        session: dict[str, Any] = msgspec.to_builtins(update)
        return {**session, "model": self._settings.translation_model}


def read_answer(body: bytes) -> _Answer:
    """The key, which must be an ephemeral one: never hand out what may be more. Raise UpstreamError."""
    try:
        read = msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise UpstreamError("the speech models' answer holds no key") from broken
    if not read.value.startswith(SECRET_PREFIX):
        raise UpstreamError("the speech models' answer holds a key that is not an ephemeral one")
    return read
