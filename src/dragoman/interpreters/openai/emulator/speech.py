"""`POST /v1/audio/speech`: a fixed text as 24 kHz PCM. Babble, but of a length that follows the text."""

from __future__ import annotations

import msgspec

from dragoman.interpreters.openai.emulator.plain_http import Answer, problem
from dragoman.interpreters.openai.emulator.sound import babble, bytes_of
from dragoman.interpreters.realtime.wire.session import Pcm

MAX_INPUT_CHARACTERS = 4096


class SpeechWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of the request."""

    model: str
    input: str
    voice: str | dict[str, str]
    response_format: str = "mp3"
    instructions: str | None = None
    speed: float = 1.0
    stream_format: str = "audio"


def speech(body: bytes) -> Answer:
    """The answer: raw PCM. Only that format is rendered here."""
    try:
        wanted = msgspec.json.decode(body, type=SpeechWanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return problem(400, "invalid_value", str(error))
    if not 0 < len(wanted.input) <= MAX_INPUT_CHARACTERS:
        return problem(400, "invalid_value", f"'input' takes 1 to {MAX_INPUT_CHARACTERS} characters.", param="input")
    if wanted.response_format != "pcm":
        return problem(400, "unsupported_value", "This emulator renders 'pcm' only.", param="response_format")
    return Answer(200, bytes_of(babble(wanted.input), Pcm()), content_type="audio/pcm")
