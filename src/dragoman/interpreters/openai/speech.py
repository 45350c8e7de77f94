"""Fixed texts spoken by `/v1/audio/speech`."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

import httpx2
import structlog

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.realtime.wire.session_rules import VOICES
from dragoman.outgoing import client_of

DEADLINE_S: Final = 15.0
MAX_AUDIO_BYTES: Final = 60 * AudioFormat.PCM16_24K.bytes_for(1000)
"""A minute: no fixed text is longer."""

_log = structlog.get_logger()


class SpeechAnnouncer:
    """Implements `ports.Announcer`. One HTTP client for all requests; close it with `aclose`.

    A language's own voice is asked for when the vendor has it, or with `any_voice` (a server with voices of its own).
    `languages`, when given, are the only ones (primary subtags) that the server speaks. `server` is its name in the
    names of voices; as it is not given, its address. A text may take `deadline_s`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        voice: str,
        *,
        any_voice: bool = False,
        languages: frozenset[str] | None = None,
        server: str = "",
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._url = endpoint.http_url("/audio/speech")
        self._server = server or urlsplit(self._url).netloc
        self._model, self._voice, self._any_voice = model, voice, any_voice
        self._languages = languages
        self._deadline_s = deadline_s
        self._client = client_of(
            self._url, headers=endpoint.headers(), timeout=deadline_s, verify=endpoint.tls or False
        )

    def voice_for(self, language: Language) -> str | None:
        """Its server's name with its own; None for a language that the server does not speak."""
        if self._languages is not None and language.primary not in self._languages:
            return None
        return f"{self._server}/{self._model}/{self._voice_name(language)}"

    async def render(self, text: str, language: Language, fmt: AudioFormat) -> bytes | None:
        """The text as speech in `fmt`; None when the service fails or takes too long."""
        order = {
            "model": self._model,
            "input": text,
            "voice": self._voice_name(language),
            "response_format": "pcm",
            "instructions": f"Speak {language.english}, calmly and clearly, at an even pace.",
        }
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await self._client.post(self._url, json=order)
        except (httpx2.HTTPError, TimeoutError) as error:
            _log.warning("speech.failed", language=language.tag, reason=type(error).__name__)
            return None
        if answer.status_code != httpx2.codes.OK or not 0 < len(answer.content) <= MAX_AUDIO_BYTES:
            _log.warning("speech.refused", language=language.tag, status=answer.status_code, size=len(answer.content))
            return None
        converter = Converter(AudioFormat.PCM16_24K, fmt)
        return converter.convert(answer.content) + converter.flush()

    def _voice_name(self, language: Language) -> str:
        own = language.voice
        return own if own in VOICES or (self._any_voice and own) else self._voice

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
