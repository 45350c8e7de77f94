"""How an assistant's session is configured, and what it is told of a conversation that began in another session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from dragoman.assistant_ports import AssistantWanted, Line
from dragoman.domain.audio import AudioFormat
from dragoman.domain.persona import Persona, TurnKind
from dragoman.domain.speech import Side
from dragoman.domain.tools import ToolTold
from dragoman.interpreters.openai.assistant_prompts import instructions
from dragoman.interpreters.openai.conversation import REASONS, TAKES_LANGUAGES
from dragoman.interpreters.openai.machine import READY_S
from dragoman.interpreters.openai.prices import Prices
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.items import (
    Content,
    FunctionCallItem,
    FunctionCallOutputItem,
    MessageItem,
)
from dragoman.interpreters.realtime.wire.session import (
    AudioInputUpdate,
    AudioOutputUpdate,
    AudioUpdate,
    FunctionTool,
    NoiseReduction,
    Pcm,
    Pcmu,
    Prompt,
    Reasoning,
    SemanticVadUpdate,
    ServerVadUpdate,
    SessionUpdate,
    Transcription,
)
from dragoman.interpreters.realtime.wire.session_rules import VOICES
from dragoman.tools.keywords import keywords

MOST_LINES: Final = 40
"""So much of an earlier conversation is told, the latest."""


@dataclass(frozen=True, slots=True)
class AssistantPlan:
    """How a session is set up, where the persona does not say. `transcription` "" = none.

    `embedded`: the server is the embedded engine's. Its model is its own, and it is told the persona's name.
    """

    model: str
    transcription: str
    voice: str
    prefix_ms: int = 300
    prices: Prices | None = None
    ready_s: float = READY_S
    embedded: bool = False

    def model_of(self, persona: Persona) -> str:
        return self.model if self.embedded else persona.model or self.model


def session_update(plan: AssistantPlan, wanted: AssistantWanted, transcription: str, fmt: AudioFormat) -> SessionUpdate:
    """The whole configuration. The server answers each turn by itself, but whether the caller may stop it we decide.

    `fmt` is what the protocol carries, both ways; `transcription` the model that writes down the caller's words.
    """
    tools = [FunctionTool(name=one.name, description=one.description, parameters=dict(one.parameters))
             for one in wanted.tools]  # fmt: skip
    side = Pcmu() if fmt is AudioFormat.PCMU_8K else Pcm()
    return SessionUpdate(
        type="realtime",
        output_modalities=["audio"],
        instructions=instructions(wanted),
        tools=tools,
        tool_choice="auto" if tools else "none",
        parallel_tool_calls=True if tools else UNSET,
        prompt=Prompt(id=wanted.persona.name) if plan.embedded else UNSET,
        reasoning=Reasoning("low") if plan.model_of(wanted.persona).startswith(REASONS) else UNSET,
        audio=AudioUpdate(
            input=AudioInputUpdate(
                format=side,
                transcription=_transcription(transcription, wanted, plan) if transcription else None,
                noise_reduction=NoiseReduction("near_field"),
                turn_detection=_turn_detection(plan, wanted.persona),
            ),
            output=AudioOutputUpdate(format=side, voice=_voice(plan, wanted), speed=1.0),
        ),
    )


def _turn_detection(plan: AssistantPlan, persona: Persona) -> ServerVadUpdate | SemanticVadUpdate:
    """Every field explicit: live sessions have begun with other values than the reference says."""
    turn = persona.turn
    if turn.kind is TurnKind.SEMANTIC_VAD:
        return SemanticVadUpdate(eagerness=turn.eagerness.value, create_response=True, interrupt_response=False)
    return ServerVadUpdate(
        threshold=turn.threshold,
        prefix_padding_ms=plan.prefix_ms,
        silence_duration_ms=turn.silence_ms,
        idle_timeout_ms=None,
        create_response=True,
        interrupt_response=False,
    )


def _voice(plan: AssistantPlan, wanted: AssistantWanted) -> str:
    """The persona's, the language's, or the engine's own: the first that the vendor has."""
    return next((one for one in (wanted.persona.voice, wanted.language.voice) if one in VOICES), plan.voice)


def _transcription(model: str, wanted: AssistantWanted, plan: AssistantPlan) -> Transcription:
    """The caller may speak any of the persona's languages, the call's first; older models take one at most."""
    own = wanted.persona.language(wanted.language.tag)
    primaries = list(dict.fromkeys(tag.split("-")[0].lower() for tag in (own, *wanted.persona.languages)))
    if plan.embedded:
        return Transcription(model, languages=primaries, keywords=keywords(wanted.persona.answers(own), own) or None)
    if model in TAKES_LANGUAGES:
        return Transcription(model, languages=primaries)
    return Transcription(model, language=primaries[0]) if len(primaries) == 1 else Transcription(model)


def line_item(line: Line) -> wire.CreateItem:
    """Something that was said in an earlier session. (The assistant's sound cannot be given back, its words can.)"""
    role, kind = ("user", "input_text") if line.side is Side.SOURCE else ("assistant", "output_text")
    return wire.CreateItem(MessageItem(role=role, content=[Content(type=kind, text=line.text)]))


def tool_items(told: ToolTold) -> list[wire.CreateItem]:
    """A tool that was called in an earlier session, and what it told."""
    asked = told.asked
    called = FunctionCallItem(name=asked.name, arguments=asked.arguments_json, call_id=asked.call_id)
    return [
        wire.CreateItem(called),
        wire.CreateItem(FunctionCallOutputItem(call_id=asked.call_id, output=told.output)),
    ]


def lines_before(wanted: AssistantWanted) -> list[wire.CreateItem]:
    """What was said and found out before this session, oldest first."""
    items: list[wire.CreateItem] = []
    for one in wanted.so_far[-MOST_LINES:]:
        if isinstance(one, ToolTold):
            items += tool_items(one)
        elif one.text.strip():
            items.append(line_item(one))
    return items
