"""The `/v1/realtime` protocol (GA shape), both roles: every client event, every server event but those of MCP.

Client role: `encode`, `append` (hot), `decode_server`. Server role: `decode_client` (strict), `Stamp` of `envelope`.
Source: OpenAI's reference of 2026-08-21 and openai-python 3.52; audio members are raw bytes here, base64 on the wire.
"""

from __future__ import annotations

import binascii

import msgspec

from dragoman.interpreters.realtime.wire.envelope import (
    MAX_APPEND_BYTES,
    Broken,
    ClientEvent,
    ErrorEvent,
    Rejection,
    RejectionCode,
    ServerEvent,
    Unrecognised,
    Whole,
    read_client,
    read_server,
)
from dragoman.interpreters.realtime.wire.items import (
    ConversationRef,
    Item,
    Part,
    RateLimit,
    Response,
    ResponseWanted,
    TranscribedLanguage,
    TranscriptionError,
    TranscriptionUsage,
    broken_item_rule,
    broken_response_rule,
)
from dragoman.interpreters.realtime.wire.session import Session, SessionUpdate
from dragoman.interpreters.realtime.wire.session_rules import broken_rule

# ---- From the client -------------------------------------------------------------------------------------------------


class UpdateSession(ClientEvent, frozen=True, tag="session.update"):
    session: SessionUpdate


class AppendAudio(ClientEvent, frozen=True, tag="input_audio_buffer.append", forbid_unknown_fields=True, gc=False):
    """Audio in the session's input format. Never answered."""

    audio: bytes


class CommitAudio(ClientEvent, frozen=True, tag="input_audio_buffer.commit"):
    """Make a user item of the buffer; an error when it holds less than 100 ms."""


class ClearAudio(ClientEvent, frozen=True, tag="input_audio_buffer.clear"):
    pass


class CreateItem(ClientEvent, frozen=True, tag="conversation.item.create"):
    """`previous_item_id`: "root" = first, absent = last."""

    item: Item
    previous_item_id: str | None = None


class RetrieveItem(ClientEvent, frozen=True, tag="conversation.item.retrieve"):
    item_id: str


class TruncateItem(ClientEvent, frozen=True, tag="conversation.item.truncate", omit_defaults=False):
    """Forget what of an assistant's audio was not heard."""

    item_id: str
    content_index: Whole
    audio_end_ms: Whole


class DeleteItem(ClientEvent, frozen=True, tag="conversation.item.delete"):
    item_id: str


class CreateResponse(ClientEvent, frozen=True, tag="response.create"):
    response: ResponseWanted | None = None


class CancelResponse(ClientEvent, frozen=True, tag="response.cancel"):
    """Without an id: the response of the default conversation."""

    response_id: str | None = None


class ClearOutput(ClientEvent, frozen=True, tag="output_audio_buffer.clear"):
    """WebRTC and SIP only."""


AnyClientEvent = (
    UpdateSession
    | AppendAudio
    | CommitAudio
    | ClearAudio
    | CreateItem
    | RetrieveItem
    | TruncateItem
    | DeleteItem
    | CreateResponse
    | CancelResponse
    | ClearOutput
)

# ---- From the server: session, items, input --------------------------------------------------------------------------


class SessionCreated(ServerEvent, frozen=True, tag="session.created"):
    session: Session


class SessionUpdated(ServerEvent, frozen=True, tag="session.updated"):
    session: Session


class ConversationCreated(ServerEvent, frozen=True, tag="conversation.created"):
    conversation: ConversationRef


class ItemAdded(ServerEvent, frozen=True, tag="conversation.item.added"):
    item: Item
    previous_item_id: str | None = None


class ItemCreated(ServerEvent, frozen=True, tag="conversation.item.created"):
    """The older name of `added`."""

    item: Item
    previous_item_id: str | None = None


class ItemDone(ServerEvent, frozen=True, tag="conversation.item.done"):
    item: Item
    previous_item_id: str | None = None


class ItemDeleted(ServerEvent, frozen=True, tag="conversation.item.deleted"):
    item_id: str


class ItemRetrieved(ServerEvent, frozen=True, tag="conversation.item.retrieved"):
    item: Item


class ItemTruncated(ServerEvent, frozen=True, tag="conversation.item.truncated"):
    item_id: str
    content_index: Whole
    audio_end_ms: Whole


class TranscriptionDelta(ServerEvent, frozen=True, tag="conversation.item.input_audio_transcription.delta"):
    item_id: str
    content_index: Whole = 0
    delta: str = ""


class TranscriptionCompleted(ServerEvent, frozen=True, tag="conversation.item.input_audio_transcription.completed"):
    """What the party said. Comes any time before or after the response; joined by `item_id`."""

    item_id: str
    transcript: str
    content_index: Whole = 0
    usage: TranscriptionUsage | None = None
    languages: list[TranscribedLanguage] | None = None


class TranscriptionSegment(ServerEvent, frozen=True, tag="conversation.item.input_audio_transcription.segment"):
    """A speaker's part of the utterance; `start` and `end` in seconds."""

    item_id: str
    id: str
    text: str
    speaker: str
    start: float
    end: float
    content_index: Whole = 0


class TranscriptionFailed(ServerEvent, frozen=True, tag="conversation.item.input_audio_transcription.failed"):
    item_id: str
    error: TranscriptionError
    content_index: Whole = 0


class AudioCommitted(ServerEvent, frozen=True, tag="input_audio_buffer.committed"):
    item_id: str
    previous_item_id: str | None = None


class AudioCleared(ServerEvent, frozen=True, tag="input_audio_buffer.cleared"):
    pass


class SpeechStarted(ServerEvent, frozen=True, tag="input_audio_buffer.speech_started"):
    """`audio_start_ms` counts appended audio and includes the prefix padding."""

    audio_start_ms: Whole
    item_id: str


class SpeechStopped(ServerEvent, frozen=True, tag="input_audio_buffer.speech_stopped"):
    """`audio_end_ms` counts appended audio and includes the silence that was waited for."""

    audio_end_ms: Whole
    item_id: str


class IdleTimeout(ServerEvent, frozen=True, tag="input_audio_buffer.timeout_triggered"):
    audio_start_ms: Whole
    audio_end_ms: Whole
    item_id: str


class DtmfReceived(ServerEvent, frozen=True, tag="input_audio_buffer.dtmf_event_received"):
    """SIP only."""

    event: str
    received_at: Whole


class OutputStarted(ServerEvent, frozen=True, tag="output_audio_buffer.started"):
    response_id: str


class OutputStopped(ServerEvent, frozen=True, tag="output_audio_buffer.stopped"):
    response_id: str


class OutputCleared(ServerEvent, frozen=True, tag="output_audio_buffer.cleared"):
    response_id: str


class RateLimits(ServerEvent, frozen=True, tag="rate_limits.updated"):
    rate_limits: list[RateLimit]


# ---- From the server: responses --------------------------------------------------------------------------------------


class ResponseCreated(ServerEvent, frozen=True, tag="response.created"):
    response: Response


class ResponseDone(ServerEvent, frozen=True, tag="response.done"):
    """Always comes, whatever the end."""

    response: Response


class OutputItemAdded(ServerEvent, frozen=True, tag="response.output_item.added"):
    response_id: str
    output_index: Whole
    item: Item


class OutputItemDone(ServerEvent, frozen=True, tag="response.output_item.done"):
    response_id: str
    output_index: Whole
    item: Item


class AtPart(ServerEvent, frozen=True):
    """An event about one piece of one item of one response."""

    response_id: str
    item_id: str
    output_index: Whole
    content_index: Whole


class PartAdded(AtPart, frozen=True, tag="response.content_part.added"):
    part: Part


class PartDone(AtPart, frozen=True, tag="response.content_part.done"):
    part: Part


class AudioDelta(AtPart, frozen=True, tag="response.output_audio.delta", gc=False):
    """Spoken audio in the output format, faster than real time."""

    delta: bytes


class AudioDone(AtPart, frozen=True, tag="response.output_audio.done"):
    pass


class TranscriptDelta(AtPart, frozen=True, tag="response.output_audio_transcript.delta"):
    delta: str


class TranscriptDone(AtPart, frozen=True, tag="response.output_audio_transcript.done"):
    transcript: str


class TextDelta(AtPart, frozen=True, tag="response.output_text.delta"):
    delta: str


class TextDone(AtPart, frozen=True, tag="response.output_text.done"):
    text: str


class ArgumentsDelta(ServerEvent, frozen=True, tag="response.function_call_arguments.delta"):
    response_id: str
    item_id: str
    output_index: Whole
    call_id: str
    delta: str


class ArgumentsDone(ServerEvent, frozen=True, tag="response.function_call_arguments.done"):
    response_id: str
    item_id: str
    output_index: Whole
    call_id: str
    arguments: str
    name: str = ""


SessionEvent = SessionCreated | SessionUpdated | ConversationCreated | RateLimits | ErrorEvent
ItemEvent = ItemAdded | ItemCreated | ItemDone | ItemDeleted | ItemRetrieved | ItemTruncated
TranscriptionEvent = TranscriptionDelta | TranscriptionCompleted | TranscriptionSegment | TranscriptionFailed
BufferEvent = AudioCommitted | AudioCleared | SpeechStarted | SpeechStopped | IdleTimeout | DtmfReceived
OutputBufferEvent = OutputStarted | OutputStopped | OutputCleared
ResponseEvent = ResponseCreated | ResponseDone | OutputItemAdded | OutputItemDone | PartAdded | PartDone
SpokenEvent = AudioDelta | AudioDone | TranscriptDelta | TranscriptDone | TextDelta | TextDone
CallEvent = ArgumentsDelta | ArgumentsDone
AnyServerEvent = (
    SessionEvent
    | ItemEvent
    | TranscriptionEvent
    | BufferEvent
    | OutputBufferEvent
    | ResponseEvent
    | SpokenEvent
    | CallEvent
)

# ---- Reading and writing ---------------------------------------------------------------------------------------------

_SERVER = msgspec.json.Decoder(AnyServerEvent)
_CLIENT = msgspec.json.Decoder(AnyClientEvent)
CLIENT_TYPES = (
    "session.update, input_audio_buffer.append, input_audio_buffer.commit, input_audio_buffer.clear, "
    "conversation.item.create, conversation.item.retrieve, conversation.item.truncate, conversation.item.delete, "
    "response.create, response.cancel, output_audio_buffer.clear"
)


def append(audio: bytes) -> bytes:
    """An append event as one message: the hot path."""
    return b'{"type":"input_audio_buffer.append","audio":"' + binascii.b2a_base64(audio, newline=False) + b'"}'


def decode_server(message: bytes) -> AnyServerEvent | Unrecognised:
    """Read what a server sent; raises RemoteWireError when it is broken."""
    return read_server(_SERVER.decode, message)


def decode_client(message: bytes) -> AnyClientEvent | Rejection:
    """Read what a client sent, strictly. Rules on the session's state: `session_rules.clash` and the server's own."""
    event = read_client(_CLIENT.decode, message, CLIENT_TYPES)
    broken: Broken | None = None
    match event:
        case Rejection():
            return event
        case AppendAudio(audio=audio) if len(audio) > MAX_APPEND_BYTES:
            broken = Broken("audio", "at most 15 MiB of audio in one event.")
        case UpdateSession(session=update):
            broken = broken_rule(update)
        case CreateResponse(response=ResponseWanted() as wanted):
            broken = broken_response_rule(wanted)
        case CreateItem(item=item):
            broken = broken_item_rule(item, "item")
        case TruncateItem(content_index=index, audio_end_ms=end_ms) if min(index, end_ms) < 0:
            broken = Broken("audio_end_ms" if end_ms < 0 else "content_index", "must not be negative.")
        case ClearOutput():
            broken = Broken(
                "type", "output_audio_buffer.clear is for WebRTC and SIP connections.", RejectionCode.INVALID_VALUE
            )
        case _:
            pass
    return event if broken is None else broken.rejection(event.event_id)
