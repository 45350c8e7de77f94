"""What a `/v1/realtime` conversation is made of: items, their content, responses and their usage."""

from __future__ import annotations

import msgspec

from dragoman.interpreters.realtime.wire.envelope import Broken, Whole, Wire, first, one_of, within
from dragoman.interpreters.realtime.wire.session import (
    AnyFormat,
    CustomVoice,
    FunctionTool,
    Prompt,
    Reasoning,
    ToolChoiceFunction,
)
from dragoman.interpreters.realtime.wire.session_rules import (
    EFFORTS,
    format_rule,
    modalities_rule,
    tokens_rule,
    tool_choice_rule,
    voice_rule,
)

MAX_METADATA_PAIRS = 16
MAX_METADATA_KEY = 64
MAX_METADATA_VALUE = 512

CONTENT_OF_ROLE = {
    "user": ("input_text", "input_audio", "input_image"),
    "assistant": ("output_text", "output_audio"),
    "system": ("input_text",),
}


class Content(Wire, frozen=True, omit_defaults=True):
    """One piece of a message. `type` decides which members count."""

    type: str
    text: str | None = None
    transcript: str | None = None
    audio: bytes | None = None
    image_url: str | None = None
    detail: str | None = None


class Part(Wire, frozen=True, omit_defaults=True):
    """A piece of a response as `content_part` events call it: `type` is `text` or `audio`."""

    type: str
    text: str | None = None
    transcript: str | None = None
    audio: bytes | None = None


class MessageItem(Wire, frozen=True, tag="message", tag_field="type", omit_defaults=True):
    """Something said. `phase` (2.x models) is "commentary" on a preamble, "final_answer" on the answer itself."""

    role: str
    content: list[Content]
    id: str | None = None
    object: str | None = None
    status: str | None = None
    phase: str | None = None


class FunctionCallItem(Wire, frozen=True, tag="function_call", tag_field="type", omit_defaults=True):
    name: str
    arguments: str
    call_id: str | None = None
    id: str | None = None
    object: str | None = None
    status: str | None = None


class FunctionCallOutputItem(Wire, frozen=True, tag="function_call_output", tag_field="type", omit_defaults=True):
    call_id: str
    output: str
    id: str | None = None
    object: str | None = None
    status: str | None = None


class ItemReference(Wire, frozen=True, tag="item_reference", tag_field="type"):
    """An item of the conversation as input of a response."""

    id: str


Item = MessageItem | FunctionCallItem | FunctionCallOutputItem
InputItem = MessageItem | FunctionCallItem | FunctionCallOutputItem | ItemReference


# ---- Asking for a response -------------------------------------------------------------------------------------------


class ResponseAudioOutput(Wire, frozen=True, omit_defaults=True):
    format: AnyFormat | None = None
    voice: str | CustomVoice | None = None


class ResponseAudio(Wire, frozen=True, omit_defaults=True):
    output: ResponseAudioOutput | None = None


class ResponseWanted(Wire, frozen=True, omit_defaults=True):
    """The body of `response.create`; what is absent comes from the session.

    `input` absent means the conversation, `[]` an empty one. `conversation` "none" keeps the answer out of the history
    and may run beside others.
    """

    instructions: str | None = None
    conversation: str | None = None
    input: list[InputItem] | None = None
    metadata: dict[str, str] | None = None
    output_modalities: list[str] | None = None
    audio: ResponseAudio | None = None
    tools: list[FunctionTool] | None = None
    tool_choice: str | ToolChoiceFunction | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Whole | str | None = None
    reasoning: Reasoning | None = None
    prompt: Prompt | None = None


def broken_response_rule(wanted: ResponseWanted) -> Broken | None:
    """The first rule that a `response.create` breaks on its own."""
    rules = [one_of("response.conversation", wanted.conversation, ("auto", "none")), _metadata_rule(wanted.metadata)]
    if wanted.output_modalities is not None:
        rules.append(modalities_rule("response.output_modalities", wanted.output_modalities))
    if wanted.max_output_tokens is not None:
        rules.append(tokens_rule("response.max_output_tokens", wanted.max_output_tokens))
    if wanted.tool_choice is not None:
        rules.append(tool_choice_rule("response.tool_choice", wanted.tool_choice))
    if wanted.reasoning is not None:
        rules.append(one_of("response.reasoning.effort", wanted.reasoning.effort, EFFORTS))
    if wanted.audio is not None and wanted.audio.output is not None:
        if wanted.audio.output.format is not None:
            rules.append(format_rule("response.audio.output.format", wanted.audio.output.format))
        if wanted.audio.output.voice is not None:
            rules.append(voice_rule("response.audio.output.voice", wanted.audio.output.voice))
    for number, item in enumerate(wanted.input or []):
        rules.append(broken_item_rule(item, f"response.input[{number}]"))
    return first(rules)


def _metadata_rule(metadata: dict[str, str] | None) -> Broken | None:
    if not metadata:
        return None
    if len(metadata) > MAX_METADATA_PAIRS:
        return Broken("response.metadata", f"at most {MAX_METADATA_PAIRS} pairs.")
    for key, value in metadata.items():
        if len(key) > MAX_METADATA_KEY or len(value) > MAX_METADATA_VALUE:
            return Broken(
                "response.metadata", f"keys up to {MAX_METADATA_KEY}, values up to {MAX_METADATA_VALUE} characters."
            )
    return None


def broken_item_rule(item: InputItem, at: str) -> Broken | None:
    """A message must have a known role and content of that role; assistant audio cannot be seeded."""
    if not isinstance(item, MessageItem):
        return None
    wrong = one_of(f"{at}.role", item.role, tuple(CONTENT_OF_ROLE))
    if wrong is not None:
        return wrong
    for number, content in enumerate(item.content):
        where = f"{at}.content[{number}].type"
        wrong = one_of(where, content.type, CONTENT_OF_ROLE[item.role])
        if wrong is None and content.type == "output_audio":
            wrong = Broken(where, "assistant audio cannot be created by a client.")
        if wrong is not None:
            return wrong
    return within(f"{at}.content", float(len(item.content)), 1, 1000)


# ---- A response as it stands -----------------------------------------------------------------------------------------


class StatusError(Wire, frozen=True):
    type: str | None = None
    code: str | None = None
    message: str | None = None


class StatusDetails(Wire, frozen=True, omit_defaults=True):
    """Why a response ended. `reason`: turn_detected, client_cancelled, max_output_tokens, content_filter."""

    type: str | None = None
    reason: str | None = None
    error: StatusError | None = None


class CachedTokens(Wire, frozen=True):
    text_tokens: Whole | None = None
    audio_tokens: Whole | None = None
    image_tokens: Whole | None = None


class InputTokens(Wire, frozen=True):
    text_tokens: Whole | None = None
    audio_tokens: Whole | None = None
    image_tokens: Whole | None = None
    cached_tokens: Whole | None = None
    cached_tokens_details: CachedTokens | None = None


class OutputTokens(Wire, frozen=True):
    text_tokens: Whole | None = None
    audio_tokens: Whole | None = None


class Usage(Wire, frozen=True):
    """What a response cost, in tokens: heard audio 1 per 100 ms, spoken audio 1 per 50 ms. Any member may be null."""

    total_tokens: Whole | None = None
    input_tokens: Whole | None = None
    output_tokens: Whole | None = None
    input_token_details: InputTokens | None = None
    output_token_details: OutputTokens | None = None


class Response(Wire, frozen=True):
    """A response; `status`: in_progress, completed, cancelled, failed, incomplete. `conversation_id` null = apart."""

    id: str
    status: str
    object: str = "realtime.response"
    status_details: StatusDetails | None = None
    output: list[Item] = msgspec.field(default_factory=list)
    conversation_id: str | None = None
    output_modalities: list[str] | None = None
    max_output_tokens: Whole | str | None = None
    audio: ResponseAudio | None = None
    metadata: dict[str, str] | None = None
    usage: Usage | None = None


# ---- Usage of input transcription ------------------------------------------------------------------------------------


class TokensUsage(Wire, frozen=True, tag="tokens", tag_field="type"):
    input_tokens: Whole
    output_tokens: Whole
    total_tokens: Whole
    input_token_details: InputTokens | None = None


class DurationUsage(Wire, frozen=True, tag="duration", tag_field="type"):
    """Seconds of committed audio, silence included."""

    seconds: float


TranscriptionUsage = TokensUsage | DurationUsage


class TranscribedLanguage(Wire, frozen=True):
    """A language that gpt-transcribe found in the utterance."""

    code: str


class RateLimit(Wire, frozen=True):
    name: str
    limit: Whole | None = None
    remaining: Whole | None = None
    reset_seconds: float | None = None


class ConversationRef(Wire, frozen=True):
    id: str
    object: str = "realtime.conversation"


class TranscriptionError(Wire, frozen=True):
    type: str | None = None
    code: str | None = None
    message: str | None = None
    param: str | None = None


def text_of(item: Item) -> str:
    """All words of a message item, spoken and written."""
    if not isinstance(item, MessageItem):
        return ""
    return "".join(part.transcript or part.text or "" for part in item.content)


def without_audio(item: Item) -> Item:
    """The item as events show it: transcripts, but not the sound."""
    if not isinstance(item, MessageItem):
        return item
    quiet = [msgspec.structs.replace(part, audio=None) for part in item.content]
    return msgspec.structs.replace(item, content=quiet)
