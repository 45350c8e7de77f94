"""The small mind in conversation: it answers what stands in its files, offers what it has, and makes nothing up."""

from __future__ import annotations

import asyncio
import functools
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.persona import BuiltIn, Persona, Phrase, PythonCall, ToolPlan
from dragoman.domain.tools import Action, CallFacts, HangUp, TakeMessage, Transfer
from dragoman.personas import Personas
from dragoman.tools.checks import tool_check
from dragoman.tools.message import MessageFile
from dragoman.tools.mind import Awaiting, MindState, SmallMind
from dragoman.tools.threads import Threads
from dragoman.tools.toolbox import Toolbox, ToolParts
from tests.fakes.personas import EN, JA, facts, persona
from tests.tools import operators_tools

pytestmark = pytest.mark.unit

PERSON = "+12025550100"
CLOSED = datetime(2026, 11, 15, 12, tzinfo=ZoneInfo("Asia/Tokyo"))


@dataclass(slots=True)
class Conversation:
    """A caller and the mind, with the tools for real. `actions` are what they asked for, `called` their names."""

    toolbox: Toolbox
    language: str = "en"
    now: CallFacts = field(default_factory=facts)
    state: MindState = field(default_factory=MindState)
    actions: list[Action] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    cannot: int = 0

    async def says(self, text: str) -> str:
        """What the caller hears when they say `text`."""
        mind = SmallMind(self.toolbox.persona, self.toolbox.faq, self.toolbox.names)
        reply = mind.answer(text, self.language, self.state)
        if reply.call is not None:
            assert reply.say == ""
            self.called.append(f"{reply.call.name} {reply.call.arguments_json}")
            result = await self.toolbox.call(reply.call, self.now)
            if result.action is not None:
                self.actions.append(result.action)
            reply = mind.after(reply.call, result, self.language, reply.state)
        self.state = reply.state
        self.cannot += reply.cannot
        return reply.say


@functools.cache
def reception(transfer: str = PERSON) -> Persona:
    return Personas.load(None, transfer=transfer, check=tool_check({})).everyone[0]


def conversation(
    tmp_path: Path | None, language: str = "en", one: Persona | None = None, now: datetime | None = None
) -> Conversation:
    messages = MessageFile(tmp_path / "messages.jsonl") if tmp_path is not None else None
    toolbox = Toolbox(one if one is not None else reception(), ToolParts(messages, {}, Threads()))
    told = facts(language) if now is None else facts(language, now)
    return Conversation(toolbox, language, told)


async def test_three_questions_in_japanese(tmp_path: Path) -> None:
    talk = conversation(tmp_path, "ja")
    assert await talk.says("送料はおいくらですか。") == "送料は五百円です。五千円以上のご注文は無料です。"
    assert (
        await talk.says("今日は何時まで営業していますか。")
        == "本日は、9時から12時まで、13時から18時まで営業しております。"
    )
    assert await talk.says("万年筆の修理はできますか。") == (
        "当店でお求めの万年筆は修理いたします。店舗にお持ちいただくか、お手紙を添えてお送りください。"
    )
    assert talk.called == ['hours {"day": "today"}']
    assert (talk.state.awaiting, talk.cannot) == (Awaiting.NOTHING, 0)


async def test_what_it_does_not_know_it_says_and_takes_a_message(tmp_path: Path) -> None:
    talk = conversation(tmp_path)
    assert await talk.says("What is the capital of France?") == (
        "I am sorry, I cannot answer that. Shall I take a message, or connect you with a person?"
    )
    assert await talk.says("Yes, please.") == "A message, or a person?"
    assert await talk.says("A message.") == "Please tell me your message now, with your name and number."
    assert (await talk.says("This is Ann, please call me about order seven.")).startswith("Thank you, I have your")
    assert talk.actions == [TakeMessage("This is Ann, please call me about order seven.")]
    assert json.loads((tmp_path / "messages.jsonl").read_text(encoding="utf-8"))["text"].startswith("This is Ann")
    assert await talk.says("No, thank you.") == "Thank you for your call. Goodbye."
    assert isinstance(talk.actions[-1], HangUp)
    assert talk.cannot == 1


async def test_the_same_in_japanese(tmp_path: Path) -> None:
    talk = conversation(tmp_path, "ja")
    assert "お答えできません" in await talk.says("フランスの首都はどこですか。")
    assert (await talk.says("伝言をお願いします。")).startswith("それでは、お名前と")
    assert (await talk.says("田中です。折り返しお電話ください。")).startswith("伝言を確かにお預かりしました")
    assert await talk.says("いいえ、大丈夫です。") == "お電話ありがとうございました。失礼いたします。"
    assert [type(action) for action in talk.actions] == [TakeMessage, HangUp]


@pytest.mark.parametrize(
    ("language", "question", "reply"),
    [
        ("en", "Can you repair my laptop?", "Connect me, please."),
        ("en", "Can you repair my laptop?", "I'd rather talk to a person."),
        ("ja", "パソコンの修理はできますか。", "担当者につないでください。"),
        ("ja", "パソコンの修理はできますか。", "スタッフの方をお願いします。"),
    ],
)
async def test_a_person_hears_what_it_is_about(tmp_path: Path, language: str, question: str, reply: str) -> None:
    talk = conversation(tmp_path, language)
    await talk.says(question)
    await talk.says(reply)
    assert talk.actions == [Transfer(PERSON, question, "" if language == "ja" else language)], "the firm's is Japanese"


async def test_outside_the_hours_it_offers_a_message_instead_of_a_person(tmp_path: Path) -> None:
    talk = conversation(tmp_path, now=CLOSED)
    assert await talk.says("Can I speak to a human?") == "Nobody is there just now. Shall I take a message?"
    assert (await talk.says("yes")).startswith("Please tell me your message")
    assert await talk.says("No.") == "All right. What else can I do for you?"
    assert talk.actions == []


@pytest.mark.parametrize(
    ("message", "transfer", "phrase", "awaiting"),
    [
        (True, PERSON, Phrase.CANNOT_EITHER, Awaiting.EITHER),
        (True, "", Phrase.CANNOT_MESSAGE, Awaiting.MESSAGE_OFFER),
        (False, PERSON, Phrase.CANNOT_TRANSFER, Awaiting.PERSON_OFFER),
        (False, "", Phrase.CANNOT, Awaiting.NOTHING),
    ],
)
async def test_it_offers_what_there_is(
    tmp_path: Path, message: bool, transfer: str, phrase: Phrase, awaiting: Awaiting
) -> None:
    one = reception(transfer)
    talk = conversation(tmp_path if message else None, one=one)
    assert await talk.says("Tell me a joke.") == one.say(phrase, "en")
    assert talk.state.awaiting is awaiting
    await talk.says("Yes.")
    wanted = {Awaiting.EITHER: [], Awaiting.PERSON_OFFER: [Transfer(PERSON, "Tell me a joke.", "en")]}
    assert talk.actions == wanted.get(awaiting, [])


@pytest.mark.parametrize(
    ("language", "reply", "awaiting", "said"),
    [
        ("en", "No, but how much is shipping?", Awaiting.NOTHING, "Shipping is five hundred yen."),
        ("en", "Yes, and how much is shipping?", Awaiting.NOTHING, "Shipping is five hundred yen."),
        ("en", "What are your opening hours?", Awaiting.NOTHING, "We are open now"),
        ("en", "no thanks", Awaiting.MORE, "All right."),
        ("en", "Yes, my goldfish would like that", Awaiting.EITHER, "A message, or a person?"),
        ("en", "The moon is made of cheese", Awaiting.EITHER, "I am sorry, I cannot answer that."),
        ("en", "No, the moon is made of cheese", Awaiting.EITHER, "I am sorry, I cannot answer that."),
        ("en", "a message or a person, whatever", Awaiting.EITHER, "A message, or a person?"),
        ("ja", "はい、送料はいくらですか", Awaiting.NOTHING, "送料は五百円です"),
        ("ja", "いえ、けっこうです", Awaiting.MORE, "かしこまりました"),
        ("ja", "はい", Awaiting.EITHER, "伝言と、担当者へのおつなぎと"),
    ],
)
async def test_replies_to_its_offer(tmp_path: Path, language: str, reply: str, awaiting: Awaiting, said: str) -> None:
    talk = conversation(tmp_path, language)
    await talk.says("Sing me a song." if language == "en" else "歌を歌ってください。")
    assert talk.state.awaiting is Awaiting.EITHER
    assert (await talk.says(reply)).startswith(said)
    assert talk.state.awaiting is awaiting


@pytest.mark.parametrize(
    ("language", "text", "called"),
    [
        ("en", "Are you open on Saturday?", 'hours {"day": "Saturday"}'),
        ("en", "When do you close today?", 'hours {"day": "today"}'),
        ("en", "what are your opening hours", "hours {}"),
        ("en", "Is the shop still open?", "hours {}"),
        ("ja", "明日は開いていますか", 'hours {"day": "tomorrow"}'),
        ("ja", "土曜日はお休みですか", 'hours {"day": "saturday"}'),
        ("ja", "営業時間を教えてください", "hours {}"),
        ("ja", "何時からやっていますか", "hours {}"),
        (
            "en",
            "Could I talk to someone, please?",
            'transfer {"summary": "Could I talk to someone, please?", "language": "en"}',
        ),
        ("ja", "担当者につないでください", 'transfer {"summary": "担当者につないでください"}'),
        ("en", "Okay, goodbye!", "hang_up {}"),
        ("en", "Thanks, that's all.", "hang_up {}"),
        ("ja", "では、失礼します。", "hang_up {}"),
    ],
)
async def test_declared_patterns_call_tools(tmp_path: Path, language: str, text: str, called: str) -> None:
    talk = conversation(tmp_path, language)
    assert await talk.says(text)
    assert talk.called == [called]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Am I talking to a real person?"),
        ("en", "What time is it in London?"),
        ("en", "Is the car park open at night?"),
        ("ja", "駐車場は夜も開いていますか"),
        ("ja", "銀行は何時までですか"),
        ("ja", "人間ですか"),
        ("en", "I wish you a good day, by the way do you buy pens?"),
    ],
)
async def test_patterns_leave_alone_what_is_not_theirs(tmp_path: Path, language: str, text: str) -> None:
    talk = conversation(tmp_path, language)
    await talk.says(text)
    assert talk.called == []


async def test_a_pattern_asks_for_the_message(tmp_path: Path) -> None:
    talk = conversation(tmp_path)
    assert (await talk.says("I'd like to leave a message.")).startswith("Please tell me your message")
    await talk.says("It is Bob about the broken pen")
    assert talk.actions == [TakeMessage("It is Bob about the broken pen")]


async def test_a_tool_that_fails_is_excused_and_one_that_needs_a_model_is_not_read_out(tmp_path: Path) -> None:
    one = persona(
        ToolPlan("breaks", PythonCall(f"{operators_tools.__name__}:breaks"), patterns={EN: ("break",)}),
        ToolPlan("nothing", PythonCall(f"{operators_tools.__name__}:nothing"), patterns={EN: ("nothing",)}),
        ToolPlan("message", BuiltIn.MESSAGE),
    )
    talk = conversation(tmp_path, one=one)
    assert await talk.says("break it") == "I am sorry, I could not do that just now."
    assert await talk.says("nothing") == one.say(Phrase.CANNOT_MESSAGE, "en")
    assert talk.cannot == 1


async def test_silence_is_not_answered(tmp_path: Path) -> None:
    talk = conversation(tmp_path)
    talk.state = MindState(Awaiting.MESSAGE)
    assert await talk.says("  ") == ""
    assert talk.state.awaiting is Awaiting.MESSAGE


async def test_it_ends_without_a_tool_to_hang_up() -> None:
    talk = conversation(None, one=persona())
    talk.state = MindState(Awaiting.MORE)
    assert await talk.says("no") == "Thank you for your call. Goodbye."
    talk.state = MindState(Awaiting.MORE)
    assert await talk.says("yes") == "All right. What else can I do for you?"


@functools.cache
def thinking(transfer: str = PERSON) -> tuple[Toolbox, SmallMind]:
    toolbox = Toolbox(reception(transfer), ToolParts(None, {}, Threads()))
    return toolbox, SmallMind(toolbox.persona, toolbox.faq, toolbox.names)


spoken = st.sampled_from(
    ["yes", "no", "はい", "いいえ", "a message", "a person", "bye", "open?", "how much is shipping", "送料", "x" * 3000]
) | st.text(max_size=30)


@given(st.sampled_from(["ja", "en"]), st.booleans(), st.lists(spoken, max_size=8))
def test_it_says_nothing_but_what_stands_in_its_files(language: str, transfer: bool, texts: list[str]) -> None:
    toolbox, mind = thinking(PERSON if transfer else "")
    one = toolbox.persona
    answers = {entry.answer for entry in one.answers(language)}
    sentences = answers | {one.say(phrase, language) for phrase in Phrase} | {""}
    state = MindState()
    for text in texts:
        reply = mind.answer(text, language, state)
        assert reply.say in sentences
        state = reply.state
        if reply.call is not None:
            assert reply.call.name in toolbox.names
            told = facts(language)
            result = asyncio.run(toolbox.call(reply.call, told))
            after = mind.after(reply.call, result, language, reply.state)
            assert after.say == result.spoken
            state = after.state


def test_languages_of_a_persona_are_kept_apart() -> None:
    toolbox, mind = thinking()
    assert mind.answer("How much is shipping?", "ja", MindState()).cannot
    assert mind.answer("How much is shipping?", "en-GB", MindState()).say.startswith("Shipping is")
    assert mind.answer("送料はいくらですか", "fr", MindState()).say.startswith("送料は")  # its first language
    assert JA in toolbox.faq
