"""The rules that a `session.update` and a `response.create` must keep, with the documented lists and ranges."""

from __future__ import annotations

from msgspec import UnsetType

from dragoman.interpreters.realtime.wire.envelope import Broken, Rejection, first, one_of, within
from dragoman.interpreters.realtime.wire.session import (
    AnyFormat,
    AudioInputUpdate,
    AudioOutputUpdate,
    AudioUpdate,
    CustomVoice,
    NoiseReduction,
    Pcm,
    Reasoning,
    RetentionRatio,
    SemanticVadUpdate,
    ServerVadUpdate,
    Session,
    SessionUpdate,
    ToolChoiceFunction,
    Transcription,
)

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
EFFORTS = ("minimal", "low", "medium", "high", "xhigh")
EAGERNESS = ("auto", "low", "medium", "high")
NOISE = ("near_field", "far_field")
INCLUDABLE = ("item.input_audio_transcription.logprobs",)
MAX_OUTPUT_TOKENS = 4096


def format_rule(param: str, fmt: AnyFormat | UnsetType) -> Broken | None:
    """PCM comes at 24 kHz only; mu-law and A-law take no rate at all (an unknown member, found while reading)."""
    return within(f"{param}.rate", fmt.rate, 24000, 24000) if isinstance(fmt, Pcm) else None


def voice_rule(param: str, voice: str | CustomVoice | UnsetType) -> Broken | None:
    return one_of(param, voice, VOICES) if isinstance(voice, str) else None


def modalities_rule(param: str, modalities: list[str] | UnsetType) -> Broken | None:
    if isinstance(modalities, UnsetType) or modalities in (["audio"], ["text"]):
        return None
    return Broken(param, "supported combinations are: ['text'] and ['audio'].")


def tokens_rule(param: str, tokens: int | str | UnsetType) -> Broken | None:
    if isinstance(tokens, str):
        return one_of(param, tokens, ("inf",))
    return within(param, tokens, 1, MAX_OUTPUT_TOKENS)


def tool_choice_rule(param: str, choice: str | ToolChoiceFunction | UnsetType) -> Broken | None:
    return one_of(param, choice, ("auto", "none", "required")) if isinstance(choice, str) else None


def broken_rule(update: SessionUpdate) -> Broken | None:
    """The first rule of `session.update` that the update breaks on its own."""
    rules = [
        one_of("session.type", update.type, ("realtime",)),
        modalities_rule("session.output_modalities", update.output_modalities),
        tokens_rule("session.max_output_tokens", update.max_output_tokens),
        tool_choice_rule("session.tool_choice", update.tool_choice),
    ]
    if isinstance(update.truncation, str):
        rules.append(one_of("session.truncation", update.truncation, ("auto", "disabled")))
    elif isinstance(update.truncation, RetentionRatio):
        rules.append(within("session.truncation.retention_ratio", update.truncation.retention_ratio, 0, 1))
    if isinstance(update.reasoning, Reasoning):
        rules.append(one_of("session.reasoning.effort", update.reasoning.effort, EFFORTS))
    if isinstance(update.tracing, str):
        rules.append(one_of("session.tracing", update.tracing, ("auto",)))
    if isinstance(update.include, list):
        rules.extend(one_of("session.include", one, INCLUDABLE) for one in update.include)
    if isinstance(update.audio, AudioUpdate):
        rules.extend(_input_rules(update.audio.input))
        rules.extend(_output_rules(update.audio.output))
    return first(rules)


def _input_rules(audio: AudioInputUpdate | UnsetType) -> list[Broken | None]:
    if isinstance(audio, UnsetType):
        return []
    at = "session.audio.input"
    rules = [format_rule(f"{at}.format", audio.format)]
    noise, wanted, vad = audio.noise_reduction, audio.transcription, audio.turn_detection
    if isinstance(noise, NoiseReduction):
        rules.append(one_of(f"{at}.noise_reduction.type", noise.type or "", NOISE))
        rules.append(within(f"{at}.noise_reduction.strength", noise.strength, 0, 1))
    if isinstance(wanted, Transcription):
        rules.append(one_of(f"{at}.transcription.delay", wanted.delay, EFFORTS))
        if any(set(word) & set("<>\r\n") for word in wanted.keywords or []):
            rules.append(Broken(f"{at}.transcription.keywords", "keywords may not contain <, >, CR or LF."))
    if isinstance(vad, ServerVadUpdate):
        rules += [
            within(f"{at}.turn_detection.threshold", vad.threshold, 0, 1),
            within(f"{at}.turn_detection.prefix_padding_ms", vad.prefix_padding_ms, 0, 10_000),
            within(f"{at}.turn_detection.silence_duration_ms", vad.silence_duration_ms, 0, 10_000),
            within(f"{at}.turn_detection.idle_timeout_ms", vad.idle_timeout_ms, 5000, 30_000),
        ]
    if isinstance(vad, SemanticVadUpdate):
        rules.append(one_of(f"{at}.turn_detection.eagerness", vad.eagerness, EAGERNESS))
    return rules


def _output_rules(audio: AudioOutputUpdate | UnsetType) -> list[Broken | None]:
    if isinstance(audio, UnsetType):
        return []
    at = "session.audio.output"
    return [
        format_rule(f"{at}.format", audio.format),
        voice_rule(f"{at}.voice", audio.voice),
        within(f"{at}.speed", audio.speed, 0.25, 1.5),
    ]


def clash(
    session: Session, update: SessionUpdate, event_id: str | None, *, has_spoken: bool = False
) -> Rejection | None:
    """What this session forbids: another model, or another voice once it has spoken (`has_spoken`)."""
    if isinstance(update.model, str) and update.model != session.model:
        return Broken("session.model", "the model of a session cannot be changed.").rejection(event_id)
    if has_spoken and isinstance(update.audio, AudioUpdate) and isinstance(update.audio.output, AudioOutputUpdate):
        voice = update.audio.output.voice
        if not isinstance(voice, UnsetType) and voice != session.audio.output.voice:
            return Broken(
                "session.audio.output.voice", "the voice cannot be changed once the session has spoken."
            ).rejection(event_id)
    return None
