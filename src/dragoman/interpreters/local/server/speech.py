"""`POST /v1/audio/speech`: a text as speech, streamed clause by clause."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from typing import Final

import msgspec
import py3langid
from starlette.responses import JSONResponse, Response, StreamingResponse

from dragoman.interpreters.local.clauses import clauses
from dragoman.interpreters.local.jobs import Jobs, Urgency
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.rendering import Rendering
from dragoman.interpreters.local.voices import TONGUES

_MOST_CHARACTERS: Final = 4096
_NAMES: Final = {
    "english": "en",
    "spanish": "es",
    "french": "fr",
    "italian": "it",
    "portuguese": "pt",
    "hindi": "hi",
    "japanese": "ja",
    "mandarin": "zh",
    "chinese": "zh",
}


class SpeechWanted(msgspec.Struct, frozen=True):
    """The body. `language` is ours (a tag); else it comes from a language's name in `instructions`, or the text."""

    model: str
    input: str
    voice: str | dict[str, str]
    response_format: str = "mp3"
    instructions: str | None = None
    speed: float = 1.0
    stream_format: str = "audio"
    language: str | None = None


def speech(body: bytes, parts: Parts, jobs: Jobs) -> Response:
    """The answer: raw 24 kHz PCM16, or a WAV of it. Every talk goes first: notices are rendered while people speak."""
    try:
        wanted = msgspec.json.decode(body, type=SpeechWanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return problem(400, "invalid_value", str(error))
    if not 0 < len(wanted.input) <= _MOST_CHARACTERS:
        return problem(400, "invalid_value", f"'input' takes 1 to {_MOST_CHARACTERS} characters.")
    if wanted.response_format not in ("pcm", "wav"):
        return problem(400, "unsupported_value", "This engine gives 'pcm' and 'wav' only.")
    if not 0.25 <= wanted.speed <= 4.0:
        return problem(400, "invalid_value", "'speed' takes 0.25 to 4.0.")
    language = language_of(wanted)
    if not parts.voice.speaks(language) or not clauses(wanted.input, language):
        return problem(400, "language_not_spoken", f"This engine cannot speak this text ({language!r}).")
    voice = wanted.voice if isinstance(wanted.voice, str) else wanted.voice.get("id", "")
    rendering = Rendering(parts, jobs, "speech")
    sound = rendering.speak(wanted.input, language, voice, wanted.speed, Urgency.AHEAD)
    if wanted.response_format == "wav":
        return StreamingResponse(_as_wav(sound), media_type="audio/wav")
    return StreamingResponse(sound, media_type="audio/pcm")


def language_of(wanted: SpeechWanted) -> str:
    """The primary subtag of the language to speak."""
    if wanted.language:
        return wanted.language.split("-")[0].lower()
    words = (wanted.instructions or "").lower().replace(",", " ").replace(".", " ").split()
    named = next((_NAMES[word] for word in words if word in _NAMES), None)
    return named or _guessed(wanted.input)


def _guessed(text: str) -> str:
    found, _ = py3langid.classify(text)
    return found if found in TONGUES else "en"


def problem(status: int, code: str, message: str) -> JSONResponse:
    """An error in the API's form."""
    body = {"error": {"type": "invalid_request_error", "code": code, "message": message, "param": None}}
    return JSONResponse(body, status)


async def _as_wav(sound: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A WAV whose length is not known when it begins: the sizes are the largest possible, as streaming servers do."""
    most = 0xFFFFFFFF
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 24_000, 48_000, 2, 16)
    yield b"RIFF" + struct.pack("<I", most) + b"WAVE" + form + b"data" + struct.pack("<I", most - 36)
    async for piece in sound:
        yield piece
