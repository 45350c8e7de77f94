"""A talk with an assistant that goes on in another process."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.assistant_ports import Answering, Line
from dragoman.domain.assistant_effects import Say
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import Idle, Phrase
from dragoman.domain.speech import Captioned, Side, SpeechBegan, SpeechStopped, Spoke, SpokeAll
from dragoman.domain.tools import ToolAsked, ToolResult, ToolTold
from dragoman.relay.conversing import Conversing
from dragoman.relay.found_out import INTERRUPTED
from dragoman.relay.talk_memory import TalkMemory
from tests.fakes.assistant_talk import BEGAN, AssistantScript, of, sound
from tests.fakes.personas import EN, JA, persona

pytestmark = pytest.mark.unit

ASKED = ToolAsked("call_1", "faq", "{}")
AGAIN = "You are connected again."


def says(phrase: Phrase) -> str:
    return persona().say(phrase, EN)


def greeted(script: AssistantScript) -> None:
    script.do(script.lane.open(script.now))
    script.heed(Captioned(Side.TARGET, "Hello.", "i0", whole=True, final=True))
    script.answer("i0", sound(500), said=says(Phrase.GREETING))
    script.wait(1)


def asks(script: AssistantScript, text: str = "When do you open?") -> None:
    at_ms = round((script.now - BEGAN) * 1000)
    script.heed(
        SpeechBegan("u1", at_ms - 900),
        SpeechStopped("u1", at_ms),
        Captioned(Side.SOURCE, text, "u1", whole=True, final=True),
    )


def next_process(script: AssistantScript) -> AssistantScript:
    """The talk as another process takes it up, by what a store gives back."""
    kept = msgspec.json.decode(msgspec.json.encode(script.lane.memory), type=TalkMemory)
    after = AssistantScript()
    after.lane = Conversing(script.lane.persona, kept.language, BEGAN)
    after.now = script.now
    after.lane.take_up(kept)
    return after


def test_all_that_was_said_and_found_out_is_known_again() -> None:
    script = AssistantScript()
    greeted(script)
    asks(script)
    script.heed(Answering("r", True), ASKED, Answering("r", False))
    result = ToolResult("at nine")
    script.tool(ASKED, result)
    script.wait(0.1)
    script.heed(Captioned(Side.TARGET, "At nine.", "i1", final=True))
    script.answer("i1", sound(500))
    script.wait(1)
    after = next_process(script)
    assert after.lane.memory == script.lane.memory
    assert after.lane.so_far() == (
        Line(Side.TARGET, "Hello."),
        Line(Side.SOURCE, "When do you open?"),
        ToolTold(ASKED, result.output()),
        Line(Side.TARGET, "At nine."),
    )
    assert [turn.number for turn in after.lane.turns.all] == [1, 2]


def test_who_was_greeted_is_told_only_that_they_are_back() -> None:
    script = AssistantScript()
    greeted(script)
    after = next_process(script)
    assert after.lane.come_back(AGAIN, after.now) == (Say(AGAIN),)
    after.wait(1)
    after.heed(Captioned(Side.TARGET, AGAIN, "i0", whole=True, final=True))
    assert [line.number for line in after.lane.lines.all] == [1, 2], "the same name at another session"


def test_who_was_not_is_greeted() -> None:
    script = AssistantScript()
    script.do(script.lane.open(script.now))
    script.answer("i0", sound(3000), said=says(Phrase.GREETING))
    script.wait(1)
    assert next_process(script).lane.come_back(AGAIN, 0.0) == (Say(says(Phrase.GREETING)),)


def interrupted_question(script: AssistantScript) -> None:
    script.heed(SpeechBegan("u1", 0))


def interrupted_thought(script: AssistantScript) -> None:
    asks(script)


def interrupted_tool(script: AssistantScript) -> None:
    asks(script)
    script.heed(Answering("r", True), ASKED, Answering("r", False))


def interrupted_answer(script: AssistantScript) -> None:
    asks(script)
    script.heed(Answering("r", True), Spoke(sound(4000), "i1"), SpokeAll("i1"), Answering("r", False))


@pytest.mark.parametrize("happens", [interrupted_question, interrupted_thought, interrupted_tool, interrupted_answer])
def test_whom_an_answer_was_owed_is_asked_to_say_it_again(happens: object) -> None:
    script = AssistantScript()
    greeted(script)
    assert not script.lane.unsettled
    happens(script)  # type: ignore[operator]
    script.wait(0.5)
    after = next_process(script)
    assert after.lane.come_back(AGAIN, after.now) == (Say(f"{AGAIN} {says(Phrase.NOT_UNDERSTOOD)}"),)


def test_a_tool_that_ran_may_have_done_what_it_should() -> None:
    script = AssistantScript()
    greeted(script)
    interrupted_tool(script)
    assert next_process(script).lane.so_far()[-1] == ToolTold(ASKED, INTERRUPTED)


def test_an_answer_that_was_heard_is_settled() -> None:
    script = AssistantScript()
    greeted(script)
    interrupted_answer(script)
    script.wait(5)
    assert not script.lane.unsettled
    assert not script.lane.memory.unsettled


def test_the_language_is_that_which_the_caller_speaks() -> None:
    script = AssistantScript()
    greeted(script)
    script.lane.speak_in(JA)
    after = next_process(script)
    assert after.lane.language == LanguageTag("ja")
    assert after.lane.lines.language == "ja"


def test_a_caller_who_said_nothing_is_not_asked_more_often() -> None:
    script = AssistantScript(idle=Idle(after_s=5, most=1))
    greeted(script)
    assert of(Say, script.wait(5.5)) == [Say(says(Phrase.IDLE))]
    script.answer("i1", sound(500), said=says(Phrase.IDLE))
    script.wait(1)
    after = next_process(script)
    after.lane.joined()
    assert of(Say, after.wait(12)) == [Say(says(Phrase.IDLE_GOODBYE))]
