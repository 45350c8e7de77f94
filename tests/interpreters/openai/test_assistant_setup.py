from __future__ import annotations

import pytest

from dragoman.assistant_ports import Line
from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.persona import Eagerness, TurnDetection, TurnKind
from dragoman.domain.speech import Side
from dragoman.domain.tools import ToolAsked, ToolTold
from dragoman.interpreters.openai.assistant_setup import MOST_LINES, AssistantPlan, lines_before, session_update
from dragoman.interpreters.realtime.wire.conversation import CreateItem, UpdateSession, decode_client
from dragoman.interpreters.realtime.wire.envelope import encode
from dragoman.interpreters.realtime.wire.items import FunctionCallItem, FunctionCallOutputItem
from dragoman.interpreters.realtime.wire.session import (
    Pcm,
    Pcmu,
    SemanticVad,
    ServerVad,
    Session,
    Transcription,
    merged,
)
from tests.fakes.assistant_line import ORDER, PLAN, assistant_wanted
from tests.fakes.personas import EN, persona

pytestmark = pytest.mark.unit


def granted(
    plan: AssistantPlan = PLAN, transcription: str = "", fmt: AudioFormat = AudioFormat.PCMU_8K, **fields: object
) -> Session:
    """The session that comes of it, once our strict server role has taken it."""
    update = session_update(plan, assistant_wanted(**fields), transcription, fmt)
    event = decode_client(encode(UpdateSession(update)))
    assert isinstance(event, UpdateSession), event
    return merged(Session(id="s", model="m"), event.session)


def test_mulaw_goes_both_ways_and_the_server_answers_but_we_decide_about_barge_in() -> None:
    session = granted(persona=persona(turn=TurnDetection(threshold=0.7, silence_ms=640)))
    assert (session.audio.input.format, session.audio.output.format) == (Pcmu(), Pcmu())
    assert session.audio.input.turn_detection == ServerVad(
        threshold=0.7, prefix_padding_ms=300, silence_duration_ms=640, create_response=True, interrupt_response=False
    )
    assert session.output_modalities == ["audio"]


def test_turns_may_end_by_their_meaning() -> None:
    turn = TurnDetection(TurnKind.SEMANTIC_VAD, eagerness=Eagerness.HIGH)
    wanted = SemanticVad(eagerness="high", create_response=True, interrupt_response=False)
    assert granted(persona=persona(turn=turn)).audio.input.turn_detection == wanted


def test_tools_are_functions() -> None:
    session = granted()
    assert [(one.name, one.description, one.parameters) for one in session.tools] == [
        (ORDER.name, ORDER.description, ORDER.parameters)
    ]
    assert (session.tool_choice, session.parallel_tool_calls) == ("auto", True)
    assert granted(tools=()).tool_choice == "none"


def test_the_voice_is_the_personas_the_languages_or_the_engines() -> None:
    def voice(own: str, languages: str) -> object:
        tongue = Language(EN, "English", "English", "en-US", voice=languages)
        return granted(persona=persona(voice=own), language=tongue).audio.output.voice

    assert [voice("cedar", "ash"), voice("nobody", "ash"), voice("", "")] == ["cedar", "ash", "marin"]


@pytest.mark.parametrize(
    ("model", "languages", "expected"),
    [
        ("gpt-transcribe", ("ja", "en"), Transcription("gpt-transcribe", languages=["ja", "en"])),
        ("gpt-transcribe", ("en-US", "en-GB"), Transcription("gpt-transcribe", languages=["en"])),
        ("whisper-1", ("ja", "en"), Transcription("whisper-1")),
        ("whisper-1", ("ja",), Transcription("whisper-1", language="ja")),
        ("", ("ja",), None),
    ],
)
def test_the_callers_words_are_written_down(model: str, languages: tuple[str, ...], expected: object) -> None:
    own = persona(languages=tuple(LanguageTag(tag) for tag in languages))
    assert granted(transcription=model, persona=own).audio.input.transcription == expected


def test_a_persona_may_want_another_model() -> None:
    assert PLAN.model_of(persona(model="gpt-realtime-1.5")) == "gpt-realtime-1.5"
    assert granted(persona=persona(model="gpt-realtime-1.5")).reasoning is None
    assert granted().reasoning is not None


def test_other_formats_go_as_pcm() -> None:
    assert granted(fmt=AudioFormat.PCM16_24K).audio.output.format == Pcm()


def test_the_latest_of_an_earlier_conversation_is_told() -> None:
    lines = tuple(Line(Side.SOURCE if n % 2 else Side.TARGET, f"line {n}") for n in range(MOST_LINES + 3))
    items = [decode_client(encode(one)) for one in lines_before(assistant_wanted(so_far=lines))]
    assert len(items) == MOST_LINES
    assert "line 3" in str(items[0])
    assert "user" in str(items[0])
    assert "assistant" in str(items[1])


def test_the_embedded_engine_has_a_model_of_its_own_and_is_told_whose_mind_to_be() -> None:
    plan = AssistantPlan("dragoman-assistant", "dragoman-local", "marin", embedded=True)
    someone = persona(name="desk", model="gpt-realtime-2.1")
    session = granted(plan, "dragoman-local", persona=someone)
    assert plan.model_of(someone) == "dragoman-assistant"
    assert session.prompt is not None
    assert session.prompt.id == "desk"
    assert granted(persona=someone).prompt is None


def test_the_embedded_engine_expects_the_calls_language_first() -> None:
    plan = AssistantPlan("dragoman-assistant", "dragoman-local", "marin", embedded=True)
    english = Language(EN, "English", "English", "en-US")
    heard = granted(plan, "dragoman-local", language=english).audio.input.transcription
    assert heard is not None
    assert heard.languages == ["en", "ja"]


def test_what_a_tool_told_is_told_again_as_a_call_and_its_answer() -> None:
    told = ToolTold(ToolAsked("call_7", "order", '{"number": "7"}'), '{"result": "on its way"}')
    items = [decode_client(encode(one)) for one in lines_before(assistant_wanted(so_far=(told,)))]
    assert [one.item for one in items if isinstance(one, CreateItem)] == [
        FunctionCallItem(name="order", arguments='{"number": "7"}', call_id="call_7"),
        FunctionCallOutputItem(call_id="call_7", output='{"result": "on its way"}'),
    ]
