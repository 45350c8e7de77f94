"""The `/v1/realtime/translations` protocol, both roles. Three client events, seven server events, nothing else.

The session takes and gives 24 kHz PCM16 mono; it has no turns, items, responses, prompt or usage.
Source: OpenAI's reference of 2026-08-21, openai-python 3.52, and published live measurements of 2026.
"""

from __future__ import annotations

import binascii

import msgspec
from msgspec import UNSET, UnsetType

from dragoman.interpreters.realtime.wire.envelope import (
    MAX_APPEND_BYTES,
    Broken,
    ClientEvent,
    ErrorEvent,
    Rejection,
    ServerEvent,
    Unrecognised,
    Whole,
    Wire,
    first,
    one_of,
    read_client,
    read_server,
    within,
)

TARGETS = ("es", "pt", "fr", "ja", "ru", "zh", "de", "ko", "hi", "id", "vi", "it", "en")
"""The documented output languages."""
TARGETS_LONG = {
    "spa": "es",
    "por": "pt",
    "fra": "fr",
    "jpn": "ja",
    "rus": "ru",
    "zho": "zh",
    "deu": "de",
    "kor": "ko",
    "hin": "hi",
    "ind": "id",
    "vie": "vi",
    "ita": "it",
    "eng": "en",
}
"""Their ISO 639-3 forms, which the endpoint often takes as well."""
RATE_HZ = 24000
FRAME_MS = 200
"""The engine works in frames of 200 ms; `elapsed_ms` steps by it."""
NOISE = ("near_field", "far_field")


class Transcription(Wire, frozen=True):
    """Which model writes down what was heard. Takes nothing but `model`."""

    model: str


class NoiseReduction(Wire, frozen=True, omit_defaults=True):
    type: str
    strength: float | None = None


class AudioInput(Wire, frozen=True):
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None


class AudioOutput(Wire, frozen=True):
    language: str = "es"


class Audio(Wire, frozen=True):
    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class Session(Wire, frozen=True):
    """The whole state. `expires_at` in Unix seconds, 3600 after the start."""

    id: str
    model: str
    expires_at: Whole
    audio: Audio = Audio()
    type: str = "translation"


class AudioInputUpdate(Wire, frozen=True):
    transcription: Transcription | UnsetType | None = UNSET
    noise_reduction: NoiseReduction | UnsetType | None = UNSET


class AudioOutputUpdate(Wire, frozen=True):
    language: str | UnsetType = UNSET


class AudioUpdate(Wire, frozen=True):
    input: AudioInputUpdate | UnsetType = UNSET
    output: AudioOutputUpdate | UnsetType = UNSET


class SessionUpdate(Wire, frozen=True):
    """What an update wants changed; `type` and `model` are not accepted here."""

    audio: AudioUpdate | UnsetType = UNSET


# ---- From the client -------------------------------------------------------------------------------------------------


class UpdateSession(ClientEvent, frozen=True, tag="session.update"):
    session: SessionUpdate


class AppendAudio(
    ClientEvent, frozen=True, tag="session.input_audio_buffer.append", forbid_unknown_fields=True, gc=False
):
    audio: bytes


class CloseSession(ClientEvent, frozen=True, tag="session.close"):
    """Finish what was heard, then end. Nothing may be sent after it."""


AnyClientEvent = UpdateSession | AppendAudio | CloseSession
CLIENT_TYPES = "session.update, session.input_audio_buffer.append, session.close"

# ---- From the server -------------------------------------------------------------------------------------------------


class SessionCreated(ServerEvent, frozen=True, tag="session.created"):
    session: Session


class SessionUpdated(ServerEvent, frozen=True, tag="session.updated"):
    session: Session


class InputTranscriptDelta(ServerEvent, frozen=True, tag="session.input_transcript.delta", omit_defaults=True):
    """A fragment to be appended as it is. `elapsed_ms` counts appended audio."""

    delta: str
    elapsed_ms: Whole | None = None


class OutputTranscriptDelta(ServerEvent, frozen=True, tag="session.output_transcript.delta", omit_defaults=True):
    delta: str
    elapsed_ms: Whole | None = None


class OutputAudioDelta(ServerEvent, frozen=True, tag="session.output_audio.delta", gc=False):
    """Translated speech, 24 kHz PCM16; of any length, sometimes all zero."""

    delta: bytes
    sample_rate: Whole | None = RATE_HZ
    channels: Whole | None = 1
    format: str | None = "pcm16"
    elapsed_ms: Whole | None = None


class SessionClosed(ServerEvent, frozen=True, tag="session.closed"):
    """Nothing follows."""


AnyServerEvent = (
    SessionCreated
    | SessionUpdated
    | InputTranscriptDelta
    | OutputTranscriptDelta
    | OutputAudioDelta
    | SessionClosed
    | ErrorEvent
)

# ---- Reading and writing ---------------------------------------------------------------------------------------------

_SERVER = msgspec.json.Decoder(AnyServerEvent)
_CLIENT = msgspec.json.Decoder(AnyClientEvent)


def append(audio: bytes) -> bytes:
    """An append event as one message: the hot path."""
    return b'{"type":"session.input_audio_buffer.append","audio":"' + binascii.b2a_base64(audio, newline=False) + b'"}'


def decode_server(message: bytes) -> AnyServerEvent | Unrecognised:
    """Read what a server sent; raises RemoteWireError when it is broken."""
    return read_server(_SERVER.decode, message)


def decode_client(message: bytes) -> AnyClientEvent | Rejection:
    """Read what a client sent, strictly."""
    event = read_client(_CLIENT.decode, message, CLIENT_TYPES)
    broken: Broken | None = None
    match event:
        case Rejection():
            return event
        case AppendAudio(audio=audio) if len(audio) > MAX_APPEND_BYTES:
            broken = Broken("audio", "at most 15 MiB of audio in one event.")
        case AppendAudio(audio=audio) if len(audio) % 2:
            broken = Broken("audio", "PCM16 audio has an even number of bytes.")
        case UpdateSession(session=update):
            broken = broken_rule(update)
        case _:
            pass
    return event if broken is None else broken.rejection(event.event_id)


def broken_rule(update: SessionUpdate) -> Broken | None:
    """The first rule that an update breaks."""
    if isinstance(update.audio, UnsetType):
        return None
    rules: list[Broken | None] = []
    if isinstance(update.audio.output, AudioOutputUpdate) and isinstance(update.audio.output.language, str):
        known = (*TARGETS, *TARGETS_LONG)
        rules.append(one_of("session.audio.output.language", update.audio.output.language.lower(), known))
    if isinstance(update.audio.input, AudioInputUpdate):
        noise, at = update.audio.input.noise_reduction, "session.audio.input.noise_reduction"
        if isinstance(noise, NoiseReduction):
            rules += [one_of(f"{at}.type", noise.type, NOISE), within(f"{at}.strength", noise.strength, 0, 1)]
    return first(rules)


def merged(session: Session, update: SessionUpdate) -> Session:
    """The session with a checked update laid over it; a language in its long form is kept in its short one."""
    audio = update.audio
    if isinstance(audio, UnsetType):
        return session
    heard, spoken = session.audio.input, session.audio.output
    if isinstance(audio.input, AudioInputUpdate):
        given = {
            name: value
            for name in ("transcription", "noise_reduction")
            if not isinstance(value := getattr(audio.input, name), UnsetType)
        }
        heard = msgspec.structs.replace(heard, **given)
    if isinstance(audio.output, AudioOutputUpdate) and isinstance(audio.output.language, str):
        language = audio.output.language.lower()
        spoken = AudioOutput(language=TARGETS_LONG.get(language, language))
    return msgspec.structs.replace(session, audio=Audio(input=heard, output=spoken))
