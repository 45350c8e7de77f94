"""The shipped tools: what they tell a model, say to a caller, and ask of who carries the call."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dragoman.domain.hours import Hours, Span, Weekday
from dragoman.domain.persona import BuiltIn, FaqEntry, Persona
from dragoman.domain.tools import HandOver, HangUp, SendDigits, TakeMessage, Transfer
from dragoman.tools.message import TEXT_MAX_LENGTH, MessageFile
from dragoman.tools.results import ToolError
from dragoman.tools.schema import signature_of
from dragoman.tools.shipped import Shipped, indexes
from tests.fakes.personas import EN, JA, facts, persona, shipped_faq

pytestmark = pytest.mark.unit

TOKYO = ZoneInfo("Asia/Tokyo")
DESK = persona(
    transfer="+12025550100",
    hours=Hours(TOKYO, {Weekday.MONDAY: (Span(540, 1080),)}),
    faq={JA: shipped_faq("ja"), EN: shipped_faq("en")},
)
CLOSED = datetime(2026, 11, 15, 12, tzinfo=TOKYO)


def shipped(one: Persona = DESK, messages: MessageFile | None = None) -> Shipped:
    return Shipped(one, indexes(one), messages)


@pytest.mark.parametrize("kind", BuiltIn)
def test_every_tool_can_be_told_to_a_model(kind: BuiltIn) -> None:
    signature = signature_of(shipped().method(kind))
    assert len(signature.description) > 20
    assert signature.facts == "facts"
    properties = signature.parameters["properties"]
    assert isinstance(properties, dict)
    assert all(one["description"] for one in properties.values())


async def test_the_faq_gives_a_model_what_may_answer_and_says_what_is_sure() -> None:
    found = await shipped().faq("送料はいくらですか", facts("ja"))
    assert found.spoken == "送料は五百円です。五千円以上のご注文は無料です。"
    assert found.spoken in found.text
    unsure = await shipped().faq("What about the delivery of elephants?", facts("en"))
    assert unsure.spoken == ""
    assert "take none that does not" in unsure.text
    none = await shipped().faq("Who painted the Mona Lisa?", facts("en"))
    assert (none.spoken, none.is_error) == ("I have no information on that.", False)
    assert "Say so" in none.text


async def test_a_faq_in_another_language_is_for_a_model_alone() -> None:
    one = persona(faq={EN: (FaqEntry(("Where are you?",), "Here."),)})
    found = await shipped(one).faq("where are you", facts("ja"))
    assert "Here." in found.text
    assert found.spoken == ""


async def test_hours() -> None:
    assert (await shipped().hours(facts("en"))).spoken == "We are open now, until 6 PM."
    assert (await shipped().hours(facts("ja"), "sunday")).spoken == "日曜日は、お休みをいただいております。"
    with pytest.raises(ToolError, match="day is none of"):
        await shipped().hours(facts(), "someday")


async def test_a_person_is_asked_for_with_a_summary() -> None:
    result = await shipped().transfer("Order 7 is late.", facts("ja"))
    assert result.action == Transfer("+12025550100", "Order 7 is late.")
    assert result.spoken == "担当者におつなぎいたします。少々お待ちください。"
    over = await shipped().hand_over("Order 7 is late.", facts())
    assert over.action == HandOver("+12025550100", "Order 7 is late.")


async def test_nobody_is_promised_who_is_not_there() -> None:
    for call in (shipped().transfer, shipped().hand_over):
        closed = await call("x", facts("en", CLOSED))
        assert (closed.action, closed.is_error) == (None, False)
        assert closed.spoken == "Nobody is there just now. Shall I take a message?"
        nobody = await getattr(shipped(persona()), call.__name__)("x", facts())
        assert (nobody.action, nobody.is_error) == (None, True)
    assert not shipped(persona()).offered(BuiltIn.TRANSFER)
    assert not shipped(persona()).offered(BuiltIn.HAND_OVER)
    assert shipped().offered(BuiltIn.TRANSFER)


async def test_a_message_is_kept_before_it_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    desk = shipped(DESK, MessageFile(path))
    result = await desk.message(" 注文の件です ", facts("ja"), "+8150")
    assert result.action == TakeMessage("注文の件です", "+8150")
    assert result.spoken.startswith("伝言を確かにお預かりしました")
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (kept["text"], kept["persona"], kept["reply_to"]) == ("注文の件です", "test", "+8150")
    assert desk.offered(BuiltIn.MESSAGE)


async def test_a_message_that_cannot_be_kept(tmp_path: Path) -> None:
    for text, said in (("  ", "empty"), ("x" * (TEXT_MAX_LENGTH + 1), "longer")):
        with pytest.raises(ToolError, match=said):
            await shipped(DESK, MessageFile(tmp_path / "m")).message(text, facts())
    with pytest.raises(ToolError, match="could not be kept: IsADirectoryError"):
        await shipped(DESK, MessageFile(tmp_path)).message("x", facts())
    with pytest.raises(ToolError, match="no messages are taken"):
        await shipped().message("x", facts())
    assert not shipped().offered(BuiltIn.MESSAGE)


async def test_keys_and_the_end() -> None:
    sent = await shipped().digits("12#w*", facts())
    assert (sent.action, sent.spoken) == (SendDigits("12#w*"), "Done.")
    with pytest.raises(ValueError, match="matching regex"):
        signature_of(shipped().digits).arguments('{"digits": "1 2"}')
    own = await shipped().hang_up(facts("en"), " See you! ")
    usual = await shipped().hang_up(facts("ja"))
    assert (own.action, own.spoken) == (HangUp("See you!"), "See you!")
    assert usual.action == HangUp("お電話ありがとうございました。失礼いたします。")
