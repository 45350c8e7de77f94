from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.assistant_ports import Answering, Line
from dragoman.domain.audio import AudioFormat
from dragoman.domain.persona import Interrupt, TurnDetection, TurnKind
from dragoman.domain.speech import (
    Captioned,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spent,
    Spoke,
    SpokeAll,
    Trouble,
    TroubleKind,
)
from dragoman.domain.tools import ToolAsked, ToolTold
from dragoman.interpreters.openai.broken import FLOOD, TOLD
from dragoman.interpreters.openai.emulator import Answer, AssistantScript, Call, Message, Pace
from dragoman.interpreters.openai.machine import READY_S
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent
from dragoman.interpreters.realtime.wire.items import DurationUsage
from dragoman.interpreters.realtime.wire.older import NAMES
from dragoman.interpreters.realtime.wire.session import Session
from tests.fakes.assistant_line import MULAW, PLAN, AssistantLine, EmulatedLine, assistant_wanted, brackets
from tests.fakes.personas import persona

pytestmark = pytest.mark.script

LONG = "We open at nine in the morning and close at six in the evening, every day but Sunday, all year round."
CHAT = AssistantScript(
    (Answer("いつ開きますか", (Message(LONG),)), Answer("ありがとう", (Message("どういたしまして。"),)))
)
ASKS = AssistantScript(
    (
        Answer(
            "注文はどこですか",
            (Message("確認します。"), Call("order", '{"number": "7"}'), Call("order", '{"number": "8"}')),
            (Message("{}"),),
        ),
    )
)


# ---- Setting up ------------------------------------------------------------------------------------------------------


def test_nothing_of_a_cold_start_is_lost_and_the_greeting_comes_first() -> None:
    line = AssistantLine(ready=False)
    heard = bytes(range(256)) * 100
    line.machine.hear(heard[:5000], line.now)
    line.machine.say("もしもし。", line.now)
    line.machine.opened(line.now)
    line.machine.hear(heard[5000:], line.now)
    (setup,) = line.desk.take_sent()
    assert isinstance(setup, wire.UpdateSession)
    line.server(wire.SessionCreated(session=Session(id="s", model="m")), wire.SessionUpdated(session=MULAW))
    greeting, *appended = line.desk.take_sent()
    assert isinstance(greeting, wire.CreateResponse)
    assert b"".join(one.audio for one in appended) == heard
    assert line.desk.take_told() == [Ready(None)]
    line.machine.hear(b"\x01" * 160, line.now)
    assert line.sent(wire.AppendAudio)[0].audio == b"\x01" * 160


def test_a_second_agreement_changes_nothing() -> None:
    line = AssistantLine()
    line.server(wire.SessionUpdated(session=MULAW))
    assert line.desk.take_told() == []


def test_a_server_that_takes_other_formats_is_left() -> None:
    line = AssistantLine(ready=False)
    line.machine.opened(0.0)
    line.server(wire.SessionUpdated(session=Session(id="s", model="m")))
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal, line.machine.over) == (TroubleKind.BAD_REQUEST, True, True)


def test_a_server_that_never_agrees_is_left() -> None:
    line = AssistantLine(ready=False)
    line.wait(1.0)
    line.machine.opened(line.now)
    line.wait(READY_S + 0.1)
    assert [type(one) for one in line.desk.take_told()] == [Trouble]
    line.wait(10.0)
    assert line.desk.take_told() == []


def test_an_unknown_transcription_model_is_replaced_and_then_left_out() -> None:
    line = AssistantLine(ready=False)
    line.machine.opened(0.0)
    models = []
    for _ in range(3):
        (setup,) = line.sent(wire.UpdateSession)
        heard = setup.session.audio.input.transcription
        models.append(heard.model if heard else None)
        detail = ErrorDetail(
            type="invalid_request_error", message="no", code="invalid_value",
            param="session.audio.input.transcription.model", event_id=setup.event_id,
        )  # fmt: skip
        line.server(ErrorEvent(error=detail))
    assert models == ["gpt-transcribe", "gpt-4o-mini-transcribe", None]
    assert line.machine.over


def test_a_refused_key_is_fatal_and_says_what_to_check() -> None:
    line = AssistantLine()
    detail = ErrorDetail(type="invalid_request_error", message="no", code="invalid_api_key")
    line.server(ErrorEvent(error=detail))
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert trouble.fatal
    assert "OPENAI_API_KEY" in trouble.message


@pytest.mark.parametrize("code", ["response_cancel_not_active", "conversation_already_has_active_response"])
def test_errors_of_no_consequence_are_not_told(code: str) -> None:
    line = AssistantLine()
    line.server(ErrorEvent(error=ErrorDetail(type="invalid_request_error", message="no", code=code)))
    assert line.desk.take_told() == []


def test_what_cannot_be_read_is_told_a_few_times_and_ends_a_session_that_floods() -> None:
    line = AssistantLine()
    for _ in range(FLOOD):
        line.machine.received(b"{", line.now)
    told = line.desk.take_told()
    assert [one.fatal for one in told if isinstance(one, Trouble)] == [False] * TOLD + [True]


# ---- What the server heard -------------------------------------------------------------------------------------------


def test_times_are_those_of_the_mouth() -> None:
    line = AssistantLine()
    item = line.turn(800)
    assert line.desk.take_told() == [SpeechBegan(item, 10_300), SpeechStopped(item, 11_100)]


def test_semantic_detection_names_times_as_they_are() -> None:
    wanted = assistant_wanted(persona=persona(turn=TurnDetection(TurnKind.SEMANTIC_VAD)))
    line = AssistantLine(wanted)
    line.server(wire.SpeechStarted(audio_start_ms=500, item_id="t"), wire.SpeechStopped(audio_end_ms=900, item_id="t"))
    assert line.desk.take_told() == [SpeechBegan("t", 500), SpeechStopped("t", 900)]


def test_the_callers_words_and_what_they_cost() -> None:
    line = AssistantLine()
    line.server(
        wire.TranscriptionDelta(item_id="t", delta="もし"),
        wire.TranscriptionCompleted(item_id="t", transcript=" もしもし ", usage=DurationUsage(seconds=60)),
    )
    first, last, spent = line.desk.take_told()
    assert first == Captioned(Side.SOURCE, "もし", "t")
    assert last == Captioned(Side.SOURCE, "もしもし", "t", whole=True, final=True)
    assert spent == Spent(0.0045, False)


@pytest.mark.parametrize("older", sorted(NAMES))
def test_events_under_their_older_names_count_the_same(older: str) -> None:
    heard = []
    for name in (older, NAMES[older]):
        line = AssistantLine()
        line.creates("r")
        plain: dict[str, Any] = {
            "type": name, "response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0,
            "delta": "/////w==" if "audio.delta" in name else "abc", "transcript": "abc", "text": "abc",
        }  # fmt: skip
        line.machine.received(json.dumps(plain).encode(), line.now)
        heard.append(line.desk.take_told())
    assert heard[0] == heard[1]


# ---- Whole conversations on the strict emulator ----------------------------------------------------------------------


def test_a_conversation_with_greeting_question_and_answer() -> None:
    line = EmulatedLine(CHAT)
    line.say("お電話ありがとうございます。")
    line.run(4.0)
    line.speak(900)
    line.run(4.0)
    line.speak(900)
    line.run(4.0)
    assert line.errors == []
    assert line.finals(Side.TARGET) == ["お電話ありがとうございます。", LONG, "どういたしまして。"]
    assert line.finals(Side.SOURCE) == ["いつ開きますか", "ありがとう"]
    assert [one.said for one in line.of(Answering)] == ["お電話ありがとうございます。"] * 2 + [""] * 4
    assert [one.utterance for one in line.of(SpokeAll)] == list(line.spoken_ms())
    assert sum(line.spoken_ms().values()) == pytest.approx(line.room.record.spoken_ms, abs=2)
    assert brackets(line.told)
    assert all(one.usd > 0 and not one.estimate for one in line.of(Spent))


def test_tools_are_asked_for_once_each_and_their_answers_spoken() -> None:
    line = EmulatedLine(ASKS)
    line.speak(900)
    line.run(3.0)
    first, second = line.of(ToolAsked)
    assert [json.loads(one.arguments_json)["number"] for one in (first, second)] == ["7", "8"]
    line.tell(second, "eight")
    line.run(1.0)
    assert len(line.finals(Side.TARGET)) == 1
    line.say("少々お待ちください。")
    line.run(0.1)
    line.tell(first, "seven")
    line.tell(first, "twice")
    line.run(4.0)
    assert line.finals(Side.TARGET) == ["確認します。", "少々お待ちください。", "eight seven"]
    assert len(line.of(ToolAsked)) == 2
    assert line.errors == []
    assert brackets(line.told)


def test_a_call_of_a_response_that_was_stopped_is_not_made() -> None:
    script = AssistantScript((Answer("?", (Call("order", '{"number": "7"}'), Message(LONG))),))
    line = EmulatedLine(script, pace=Pace(lead=1.5))
    line.speak(900)
    line.run(0.5)
    assert line.spoken_ms()
    line.interrupt(dict.fromkeys(line.spoken_ms(), 100))
    line.run(3.0)
    assert line.of(ToolAsked) == []
    assert line.errors == []
    assert [one["type"] for one in line.history()].count("function_call_output") == 1


def test_the_model_knows_what_was_heard_of_an_answer_that_was_barged_in() -> None:
    line = EmulatedLine(CHAT, pace=Pace(lead=1.5))
    line.speak(900)
    line.run(1.0)
    (item,) = line.spoken_ms()
    line.interrupt({item: 640})
    quiet_from = len(line.of(Spoke))
    line.run(2.0)
    assert len(line.of(Spoke)) == quiet_from
    entry = line.room.conversation.history.find(item)
    assert entry is not None
    assert len(entry.sound) * 1000 // 24_000 == 640
    assert line.finals(Side.TARGET)[-1] != LONG
    assert [one.on for one in line.of(Answering)] == [True, False]
    assert line.errors == []


def test_a_turn_that_ends_while_a_response_runs_is_answered_after_it() -> None:
    line = EmulatedLine(CHAT, pace=Pace(lead=1.1))
    line.say(LONG)
    line.run(0.2)
    line.speak(900)
    assert line.errors != []  # the server could not answer by itself
    line.run(12.0)
    assert len(line.finals(Side.TARGET)) == 2
    assert brackets(line.told)
    assert [one for one in line.of(Trouble) if one.fatal] == []


def test_a_long_call_full_of_interruptions_makes_no_mistake() -> None:
    """Issue 6: zero `response_cancel_not_active`; the caller barges in at all moments, and sometimes into nothing."""
    answers = tuple(
        Answer(
            f"{n}", (Message("One moment."), Call("order"), Message(LONG))[n % 3 : n % 3 + 2], (Message("It is {}."),)
        )
        for n in range(3)
    )
    line = EmulatedLine(AssistantScript(answers), pace=Pace(lead=3.0))
    line.say("Good morning, this is an AI.")
    for turn in range(18):
        line.speak(500, pause_ms=540)
        line.run(0.06 + 0.11 * turn)
        for asked in line.of(ToolAsked)[-1:]:
            line.tell(asked, "ready")
        spoken = line.spoken_ms()
        heard = {item: int(ms * (turn % 4) / 3) for item, ms in list(spoken.items())[-2:]}
        line.interrupt(heard)
        if turn % 5 == 0:
            line.interrupt({})
    line.run(8.0)
    codes = [error.code for error in line.room.record.errors]
    assert "response_cancel_not_active" not in codes
    assert set(codes) <= {"conversation_already_has_active_response"}
    assert line.of(Trouble) == []
    assert brackets(line.told)
    cancelled = [one for one in line.room.record.events if isinstance(one, wire.CancelResponse)]
    truncated = [one for one in line.room.record.events if isinstance(one, wire.TruncateItem)]
    assert cancelled
    assert truncated


def test_a_new_session_goes_on_where_the_old_one_was() -> None:
    found = ToolTold(ToolAsked("call_1", "hours", "{}"), '{"result": "at nine"}')
    so_far = (Line(Side.TARGET, "Hello."), Line(Side.SOURCE, "When do you open?"), found, Line(Side.TARGET, " "))
    line = EmulatedLine(CHAT, assistant_wanted(so_far=so_far))
    line.run(1.0)
    *said, called, told = line.history()
    assert [(one["role"], one["content"][0]["text"]) for one in said] == [
        ("assistant", "Hello."),
        ("user", "When do you open?"),
    ]
    assert (called["call_id"], told["call_id"], told["output"]) == ("call_1", "call_1", '{"result": "at nine"}')
    line.machine.digits("42", line.now)
    line.pump()
    line.run(3.0)
    assert "4 2" in line.finals(Side.TARGET)[-1]
    assert line.errors == []


def test_other_formats_than_mulaw_are_converted() -> None:
    line = EmulatedLine(CHAT, assistant_wanted(format=AudioFormat.PCM16_24K))
    line.run(0.5)
    line.say("はい。")
    line.run(3.0)
    assert sum(line.spoken_ms().values()) == pytest.approx(line.room.record.spoken_ms, abs=50)


# ---- Any order of events ---------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(["Hello.", LONG])),
        st.tuples(st.just("speak"), st.sampled_from([200, 600])),
        st.tuples(st.just("run"), st.sampled_from([0.04, 0.3, 1.5])),
        st.tuples(st.just("interrupt"), st.integers(0, 5000)),
        st.tuples(st.just("tell"), st.just(0)),
        st.tuples(st.just("digits"), st.sampled_from(["1", "9#"])),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(STEPS, st.integers(0, 1000))
def test_whatever_happens_in_whatever_order(steps: list[tuple[str, Any]], seed: int) -> None:
    script = AssistantScript((*ASKS.answers, *CHAT.answers))
    wanted = assistant_wanted(persona=persona(interrupt=Interrupt(min_ms=300)))
    line = EmulatedLine(script, wanted, seed=seed)
    for what, how in steps:
        match what:
            case "say":
                line.say(how)
            case "speak":
                line.speak(how, pause_ms=540)
            case "run":
                line.run(how)
            case "interrupt":
                line.interrupt(dict.fromkeys(list(line.spoken_ms())[-2:], how))
            case "tell":
                for asked in line.of(ToolAsked):
                    line.tell(asked, "done")
            case _:
                line.machine.digits(how, line.now)
                line.pump()
    line.run(8.0, step_s=0.1)
    for asked in line.of(ToolAsked):
        line.tell(asked, "done")
    line.run(25.0, step_s=0.1)
    assert brackets(line.told)
    assert line.of(Trouble) == []
    codes = {error.code for error in line.room.record.errors}
    assert codes <= {"conversation_already_has_active_response"}
    asked_ids = [one.call_id for one in line.of(ToolAsked)]
    assert len(asked_ids) == len(set(asked_ids))
    assert [one.on for one in line.of(Answering)].count(True) == [one.on for one in line.of(Answering)].count(False)
    assert len(line.of(SpokeAll)) == len(line.spoken_ms())
    spoken = [how for what, how in steps if what == "speak"]
    if spoken and spoken[-1] > 300:
        sent = line.room.record.sent
        committed = max(at for at, kind in enumerate(sent) if kind == "input_audio_buffer.committed")
        assert "response.created" in sent[committed:], "a turn was left without an answer"


def test_what_the_caller_says_in_another_format_is_converted() -> None:
    line = AssistantLine(assistant_wanted(format=AudioFormat.PCM16_16K), ready=False)
    line.machine.opened(line.now)
    line.server(wire.SessionUpdated(session=Session(id="s", model="m")))
    line.clear()
    line.machine.hear(b"\0" * 6400, line.now)
    assert len(b"".join(one.audio for one in line.sent(wire.AppendAudio))) == pytest.approx(9600, abs=100)


def test_what_a_refused_setup_costs_is_told_in_plain_words() -> None:
    line = AssistantLine(ready=False)
    line.machine.opened(line.now)
    line.server(ErrorEvent(error=ErrorDetail(type="invalid_request_error", message="old", event_id="setup-9")))
    assert line.desk.take_told() == []
    detail = ErrorDetail(type="invalid_request_error", message="no", code="insufficient_quota", event_id="setup-3")
    line.server(ErrorEvent(error=detail))
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal) == (TroubleKind.QUOTA, True)


def test_after_its_end_it_does_nothing() -> None:
    line = AssistantLine()
    line.creates("r")
    line.machine.close(line.now)
    line.machine.ended(line.now)
    assert line.desk.take_told() == [Answering("r", True), Answering("r", False)]
    line.clear()
    line.machine.say("Hello.", line.now)
    line.machine.hear(b"\xff" * 160, line.now)
    line.machine.digits("1", line.now)
    line.machine.told(ToolAsked("c", "order", "{}"), "", line.now)
    line.machine.barged_in({}, line.now)
    line.machine.interrupt(0, line.now)
    line.wait(100.0)
    assert (line.desk.take_sent(), line.desk.take_told(), PLAN.model) == ([], [], "gpt-realtime-2.1")
