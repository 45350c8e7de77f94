"""Fixed texts spoken by `/v1/audio/speech`."""

from __future__ import annotations

import asyncio
from typing import Final

import httpx2
import structlog

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.realtime.wire.session_rules import VOICES

DEADLINE_S: Final = 15.0
MAX_AUDIO_BYTES: Final = 60 * AudioFormat.PCM16_24K.bytes_for(1000)
"""A minute: no fixed text is longer."""

_log = structlog.get_logger()


class SpeechAnnouncer:
    """Implements `ports.Announcer`. One HTTP client for all requests; close it with `aclose`.

    A language's own voice is asked for when the vendor has it, or with `any_voice` (a server with voices of its own).
    """

    def __init__(self, endpoint: Endpoint, model: str, voice: str, *, any_voice: bool = False) -> None:
        self._url = endpoint.http_url("/audio/speech")
        self._model, self._voice, self._any_voice = model, voice, any_voice
        self._client = httpx2.AsyncClient(
            headers=endpoint.headers(), timeout=DEADLINE_S, verify=endpoint.tls or False, follow_redirects=False
        )

    async def render(self, text: str, language: Language, fmt: AudioFormat) -> bytes | None:
        """The text as speech in `fmt`; None when the service fails or takes more than 15 s."""
        order = {
            "model": self._model,
            "input": text,
            "voice": language.voice if self._has(language.voice) else self._voice,
            "response_format": "pcm",
            "instructions": f"Speak {language.english}, calmly and clearly, at an even pace.",
        }
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._client.post(self._url, json=order)
        except (httpx2.HTTPError, TimeoutError) as error:
            _log.warning("speech.failed", language=language.tag, reason=type(error).__name__)
            return None
        if answer.status_code != httpx2.codes.OK or not 0 < len(answer.content) <= MAX_AUDIO_BYTES:
            _log.warning("speech.refused", language=language.tag, status=answer.status_code, size=len(answer.content))
            return None
        converter = Converter(AudioFormat.PCM16_24K, fmt)
        return converter.convert(answer.content) + converter.flush()

    def _has(self, voice: str) -> bool:
        return voice in VOICES or (self._any_voice and bool(voice))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
