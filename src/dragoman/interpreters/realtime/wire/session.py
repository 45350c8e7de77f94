"""The configuration of a `/v1/realtime` session (GA shape): partial updates, whole state, and their merging.

In an update every member may be absent (UNSET, "leave it"), null ("switch it off", where that is allowed) or present.
`merged` lays an update that `session_rules` let pass over a session. Defaults as documented; `silence_duration_ms` was
observed as 200 in live sessions, so clients send every field. Whether a partial `turn_detection` keeps its other fields
is not documented: here it does when its `type` stays, and starts from the defaults when the type changes.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.realtime.wire.envelope import Whole, Wire

DEFAULT_VOICE = "marin"

# ---- Parts that are the same in an update and in a session -----------------------------------------------------------


class Pcm(Wire, frozen=True, tag="audio/pcm", tag_field="type"):
    """16 bit little endian PCM, mono; only at 24 kHz."""

    rate: Whole = 24000


class Pcmu(Wire, frozen=True, tag="audio/pcmu", tag_field="type"):
    """8 kHz mu-law. Takes no `rate`."""


class Pcma(Wire, frozen=True, tag="audio/pcma", tag_field="type"):
    """8 kHz A-law. Takes no `rate`."""


AnyFormat = Pcm | Pcmu | Pcma


class Transcription(Wire, frozen=True, omit_defaults=True):
    """How input is transcribed beside the conversation; `languages` is for the 2026 models, `language` for older."""

    model: str | None = None
    language: str | None = None
    languages: list[str] | None = None
    prompt: str | None = None
    keywords: list[str] | None = None
    delay: str | None = None


class NoiseReduction(Wire, frozen=True, omit_defaults=True):
    type: str | None = None
    strength: float | None = None


class CustomVoice(Wire, frozen=True):
    """A voice of the account's own."""

    id: str


class FunctionTool(Wire, frozen=True, tag="function", tag_field="type", omit_defaults=True):
    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None


class ToolChoiceFunction(Wire, frozen=True, tag="function", tag_field="type"):
    name: str


class TokenLimits(Wire, frozen=True):
    post_instructions: Whole | None = None


class RetentionRatio(Wire, frozen=True, tag="retention_ratio", tag_field="type"):
    retention_ratio: float
    token_limits: TokenLimits | None = None


class Tracing(Wire, frozen=True, omit_defaults=True):
    workflow_name: str | None = None
    group_id: str | None = None
    metadata: dict[str, object] | None = None


class Prompt(Wire, frozen=True, omit_defaults=True):
    """A stored prompt; the platform's prompt objects end on 2026-11-30."""

    id: str
    version: str | None = None
    variables: dict[str, object] | None = None


class Reasoning(Wire, frozen=True):
    effort: str | None = None


# ---- A session as it stands ------------------------------------------------------------------------------------------


class ServerVad(Wire, frozen=True, tag="server_vad", tag_field="type"):
    """Turn ends after silence. Times in ms of appended audio."""

    threshold: float = 0.5
    prefix_padding_ms: Whole = 300
    silence_duration_ms: Whole = 500
    idle_timeout_ms: Whole | None = None
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(Wire, frozen=True, tag="semantic_vad", tag_field="type"):
    """Turn ends when the words sound finished."""

    eagerness: str = "auto"
    create_response: bool = True
    interrupt_response: bool = True


TurnDetection = ServerVad | SemanticVad


class AudioInput(Wire, frozen=True):
    format: AnyFormat = Pcm()
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None = ServerVad()


class AudioOutput(Wire, frozen=True):
    format: AnyFormat = Pcm()
    voice: str | CustomVoice = DEFAULT_VOICE
    speed: float = 1.0


class Audio(Wire, frozen=True):
    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class Session(Wire, frozen=True):
    """The whole state, as `session.created` and `session.updated` show it. `expires_at` is in Unix seconds."""

    id: str
    model: str
    expires_at: Whole | None = None
    object: str = "realtime.session"
    type: Literal["realtime"] = "realtime"
    output_modalities: list[str] = msgspec.field(default_factory=lambda: ["audio"])
    instructions: str = ""
    audio: Audio = Audio()
    tools: list[FunctionTool] = msgspec.field(default_factory=list)
    tool_choice: str | ToolChoiceFunction = "auto"
    parallel_tool_calls: bool = True
    max_output_tokens: Whole | str = "inf"
    truncation: str | RetentionRatio = "auto"
    reasoning: Reasoning | None = None
    tracing: str | Tracing | None = None
    prompt: Prompt | None = None
    include: list[str] | None = None


# ---- A partial update ------------------------------------------------------------------------------------------------


class ServerVadUpdate(Wire, frozen=True, tag="server_vad", tag_field="type"):
    threshold: float | UnsetType = UNSET
    prefix_padding_ms: Whole | UnsetType = UNSET
    silence_duration_ms: Whole | UnsetType = UNSET
    idle_timeout_ms: Whole | UnsetType | None = UNSET
    create_response: bool | UnsetType = UNSET
    interrupt_response: bool | UnsetType = UNSET


class SemanticVadUpdate(Wire, frozen=True, tag="semantic_vad", tag_field="type"):
    eagerness: str | UnsetType = UNSET
    create_response: bool | UnsetType = UNSET
    interrupt_response: bool | UnsetType = UNSET


class AudioInputUpdate(Wire, frozen=True):
    format: AnyFormat | UnsetType = UNSET
    transcription: Transcription | UnsetType | None = UNSET
    noise_reduction: NoiseReduction | UnsetType | None = UNSET
    turn_detection: ServerVadUpdate | SemanticVadUpdate | UnsetType | None = UNSET


class AudioOutputUpdate(Wire, frozen=True):
    format: AnyFormat | UnsetType = UNSET
    voice: str | CustomVoice | UnsetType = UNSET
    speed: float | UnsetType = UNSET


class AudioUpdate(Wire, frozen=True):
    input: AudioInputUpdate | UnsetType = UNSET
    output: AudioOutputUpdate | UnsetType = UNSET


class SessionUpdate(Wire, frozen=True):
    """What a `session.update` wants changed. `type` must be sent."""

    type: str
    model: str | UnsetType = UNSET
    output_modalities: list[str] | UnsetType = UNSET
    instructions: str | UnsetType = UNSET
    audio: AudioUpdate | UnsetType = UNSET
    tools: list[FunctionTool] | UnsetType = UNSET
    tool_choice: str | ToolChoiceFunction | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET
    max_output_tokens: Whole | str | UnsetType = UNSET
    truncation: str | RetentionRatio | UnsetType = UNSET
    reasoning: Reasoning | UnsetType | None = UNSET
    tracing: str | Tracing | UnsetType | None = UNSET
    prompt: Prompt | UnsetType | None = UNSET
    include: list[str] | UnsetType | None = UNSET


# ---- Merging ---------------------------------------------------------------------------------------------------------


def merged(session: Session, update: SessionUpdate) -> Session:
    """The session with a checked update laid over it."""
    changes = _given(update, leave_out=("type", "audio", "model"))
    audio = update.audio
    if isinstance(audio, AudioUpdate):
        heard, spoken = session.audio.input, session.audio.output
        if isinstance(audio.input, AudioInputUpdate):
            heard = _merged_input(heard, audio.input)
        if isinstance(audio.output, AudioOutputUpdate):
            spoken = msgspec.structs.replace(spoken, **_given(audio.output))
        changes["audio"] = Audio(input=heard, output=spoken)
    return msgspec.structs.replace(session, **changes)


def _merged_input(heard: AudioInput, update: AudioInputUpdate) -> AudioInput:
    changes = _given(update, leave_out=("turn_detection",))
    match update.turn_detection, heard.turn_detection:
        case None, _:
            changes["turn_detection"] = None
        case ServerVadUpdate() as wanted, current:
            before = current if isinstance(current, ServerVad) else ServerVad()
            changes["turn_detection"] = msgspec.structs.replace(before, **_given(wanted))
        case SemanticVadUpdate() as wanted, current:
            now = current if isinstance(current, SemanticVad) else SemanticVad()
            changes["turn_detection"] = msgspec.structs.replace(now, **_given(wanted))
        case _:
            pass
    return msgspec.structs.replace(heard, **changes)


def _given(part: msgspec.Struct, leave_out: tuple[str, ...] = ()) -> dict[str, object]:
    """The members that an update sets, null included."""
    pairs = ((name, getattr(part, name)) for name in part.__struct_fields__ if name not in leave_out)
    return {name: value for name, value in pairs if not isinstance(value, UnsetType)}


# ---- Between the protocol's formats and ours -------------------------------------------------------------------------


def wire_format(fmt: AudioFormat) -> AnyFormat | None:
    """The protocol's name of one of our formats; None when it has none (16 kHz)."""
    match fmt:
        case AudioFormat.PCMU_8K:
            return Pcmu()
        case AudioFormat.PCM16_24K:
            return Pcm()
        case AudioFormat.PCM16_16K:
            return None


def audio_format(fmt: AnyFormat) -> AudioFormat | None:
    """Our name of a protocol format; None for A-law."""
    match fmt:
        case Pcm():
            return AudioFormat.PCM16_24K
        case Pcmu():
            return AudioFormat.PCMU_8K
        case Pcma():
            return None
