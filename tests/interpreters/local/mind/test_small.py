"""The small mind in a session: what is new is answered once, results of tools are said, nothing is asked twice."""

from __future__ import annotations

import json

import pytest

from dragoman.domain.persona import BuiltIn, FaqEntry, Persona, Phrase, ToolPlan
from dragoman.domain.tools import HangUp, ToolAsked, ToolResult, ToolSpec, Transfer
from dragoman.interpreters.local.mind.small import SmallThinker
from dragoman.interpreters.local.mind.thoughts import Called, Line, Said, Thinking, Thought, Told, Who, Words
from dragoman.tools.shipped import indexes
from tests.fakes.personas import EN, JA, persona

pytestmark = pytest.mark.unit

HOURS = ToolPlan("hours", BuiltIn.HOURS, patterns={EN: (r"\bopen\b",), JA: ("営業",)})
TRANSFER = ToolPlan("transfer", BuiltIn.TRANSFER, patterns={EN: (r"\bperson\b",)})
MESSAGE = ToolPlan("message", BuiltIn.MESSAGE)
PARKING = FaqEntry(("Do you have parking?",), "There is a car park.")
SOMEONE = persona(HOURS, TRANSFER, MESSAGE, faq={EN: (PARKING,)}, languages=(EN, JA))


class Session:
    """A thinker and its conversation."""

    def __init__(self, someone: Persona = SOMEONE, tools: tuple[str, ...] = ("hours", "transfer", "message")) -> None:
        self.thinker = SmallThinker(someone, indexes(someone), "s")
        self.tools = tuple(ToolSpec(name, "", {}) for name in tools)
        self.lines: list[Line] = []
        self.language = "en"

    def heard(self, text: str) -> None:
        self.lines.append(Said(Who.CALLER, text, f"item-{len(self.lines)}"))

    def told(self, asked: ToolAsked, result: ToolResult) -> None:
        self.lines.append(Told(asked.call_id, result.output()))

    async def think(self) -> list[Thought]:
        """Its thoughts, which are then part of the conversation."""
        thinking = Thinking("", tuple(self.lines), self.tools, self.language)
        found = [thought async for thought in self.thinker.think(thinking)]
        for thought in found:
            if isinstance(thought, Words):
                self.lines.append(Said(Who.ASSISTANT, thought.text, f"item-{len(self.lines)}"))
            elif isinstance(thought, ToolAsked):
                self.lines.append(Called(thought))
        return found

    async def says(self, text: str) -> str:
        self.heard(text)
        (thought,) = await self.think()
        assert isinstance(thought, Words)
        return thought.text

    async def asks(self, text: str) -> ToolAsked:
        self.heard(text)
        (thought,) = await self.think()
        assert isinstance(thought, ToolAsked)
        return thought


async def test_a_question_is_answered_from_the_faq_once() -> None:
    session = Session()
    assert await session.says("Do you have parking?") == "There is a car park."
    assert await session.think() == []


async def test_a_tool_is_asked_for_and_its_result_said() -> None:
    session = Session()
    asked = await session.asks("Are you open?")
    assert (asked.name, asked.call_id) == ("hours", "s-mind-1")
    session.lines.append(Said(Who.ASSISTANT, "One moment, please.", "filler"))
    session.told(asked, ToolResult("We are open.", "We are open."))
    assert await session.think() == [Words("We are open.")]
    assert await session.think() == []


async def test_calls_of_a_session_have_ids_of_their_own() -> None:
    session = Session()
    first = await session.asks("Are you open?")
    assert await session.asks("Are you open, I asked?") != first


async def test_a_result_and_what_was_said_meanwhile_are_both_answered() -> None:
    session = Session()
    asked = await session.asks("Are you open?")
    session.told(asked, ToolResult("We are open.", "We are open."))
    session.heard("Do you have parking?")
    assert await session.think() == [Words("We are open."), Words("There is a car park.")]


async def test_what_it_cannot_answer_leads_to_a_message() -> None:
    session = Session()
    assert await session.says("What is the capital of France?") == SOMEONE.say(Phrase.CANNOT_EITHER, "en")
    assert await session.says("A message, please.") == SOMEONE.say(Phrase.MESSAGE_PLEASE, "en")
    asked = await session.asks("Tell them that Ann called about Paris.")
    assert (asked.name, json.loads(asked.arguments_json)) == (
        "message",
        {"text": "Tell them that Ann called about Paris."},
    )


async def test_a_transfer_that_goes_through_and_one_that_does_not() -> None:
    session = Session()
    asked = await session.asks("I want a person.")
    session.told(asked, ToolResult("soon", "Connecting.", action=Transfer("+12025550100", "x")))
    assert await session.think() == [Words("Connecting.")]
    asked = await session.asks("Where is the person?")
    session.told(asked, ToolResult("Nobody is there.", "Nobody is there. A message?"))
    assert await session.think() == [Words("Nobody is there. A message?")]
    assert await session.says("Yes, please.") == SOMEONE.say(Phrase.MESSAGE_PLEASE, "en")


async def test_only_tools_of_the_session_are_asked_for() -> None:
    session = Session(tools=())
    assert await session.says("Are you open?") == SOMEONE.say(Phrase.CANNOT, "en")
    session.tools = (ToolSpec("hours", "", {}),)
    assert (await session.asks("Are you open?")).name == "hours"


async def test_what_was_not_understood_is_asked_for_again() -> None:
    session = Session()
    assert await session.says("") == SOMEONE.say(Phrase.NOT_UNDERSTOOD, "en")
    session.language = "ja"
    assert await session.says("") == SOMEONE.say(Phrase.NOT_UNDERSTOOD, "ja")


async def test_utterances_that_waited_are_answered_together() -> None:
    session = Session()
    session.heard("Do you have")
    session.heard("")
    session.heard("parking?")
    assert await session.think() == [Words("There is a car park.")]


async def test_what_was_said_before_the_assistants_last_word_is_done_with() -> None:
    """A conversation that goes on in a new session."""
    session = Session()
    session.heard("Are you open?")
    session.lines.append(Said(Who.ASSISTANT, "Until six.", "old"))
    assert await session.think() == []
    assert await session.says("Do you have parking?") == "There is a car park."


async def test_an_answer_to_no_call_of_its_own_is_nothing() -> None:
    session = Session()
    session.told(ToolAsked("other", "hours", "{}"), ToolResult("x", "x", action=HangUp("x")))
    assert await session.think() == []


async def test_what_somebody_else_asked_in_its_name_can_be_answered() -> None:
    """Whoever carries the call could not reach a person, and offered to take a message."""
    session = Session()
    session.lines.append(Said(Who.ASSISTANT, SOMEONE.say(Phrase.TRANSFER_CLOSED, EN), "offer"))
    assert await session.says("Yes, please.") == SOMEONE.say(Phrase.MESSAGE_PLEASE, EN)
    assert (await session.asks("This is Ken, call me back.")).name == "message"


async def test_a_session_that_takes_over_knows_what_was_asked() -> None:
    first, second = Session(), Session()
    assert await first.says("Will it rain?") == SOMEONE.say(Phrase.CANNOT_EITHER, EN)
    second.lines = list(first.lines)
    assert await second.says("A message.") == SOMEONE.say(Phrase.MESSAGE_PLEASE, EN)


async def test_what_is_no_question_of_its_own_is_none() -> None:
    session = Session(tools=("hours",))
    session.lines.append(Said(Who.ASSISTANT, SOMEONE.say(Phrase.TRANSFER_CLOSED, EN), "offer"))
    assert await session.says("Yes, please.") == SOMEONE.say(Phrase.CANNOT, EN), "it takes no messages"
