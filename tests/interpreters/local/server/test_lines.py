"""A session's items as a mind is given them."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.tools import ToolAsked, ToolSpec
from dragoman.interpreters.local.mind.thoughts import Called, Said, Told, Who
from dragoman.interpreters.local.recognise import Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.server.items import Kept, answer_item, spoken_item
from dragoman.interpreters.local.server.lines import heard_language, lines_of, tongue, tools_of
from dragoman.interpreters.local.server.spoken import Spoken
from dragoman.interpreters.realtime.wire.items import Content, FunctionCallItem, FunctionCallOutputItem, MessageItem
from dragoman.interpreters.realtime.wire.session import FunctionTool, Transcription

pytestmark = pytest.mark.unit


async def heard(found: Recognised | Misheard) -> Kept:
    async def recognition() -> Recognised | Misheard:
        return found

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(recognition())
    return Kept(spoken_item("u"), task, "ja")


def typed(role: str, text: str) -> Kept:
    kind = "output_text" if role == "assistant" else "input_text"
    return Kept(MessageItem(role=role, content=[Content(type=kind, text=text)]))


async def test_what_was_spoken_typed_called_and_told() -> None:
    kept = [
        ("u", await heard(Recognised("Are you open?", "en"))),
        ("f", Kept(FunctionCallItem(name="hours", arguments="{}", call_id="c"))),
        ("t", Kept(FunctionCallOutputItem(call_id="c", output="yes"))),
        ("a", Kept(answer_item("a", "completed"), spoken=Spoken([("Yes, we are.", 1000)], 500))),
        ("x", typed("user", "Really?")),
        ("s", typed("system", "keys: 1")),
    ]
    assert lines_of(kept) == (
        Said(Who.CALLER, "Are you open?", "u"),
        Called(ToolAsked("c", "hours", "{}")),
        Told("c", "yes"),
        Said(Who.ASSISTANT, "Yes,", "a"),
        Said(Who.CALLER, "Really?", "x"),
        Said(Who.RULES, "keys: 1", "s"),
    )


async def test_what_was_not_understood_is_a_line_and_what_nobody_heard_is_none() -> None:
    kept = [
        ("u", await heard(Misheard(Reason.LOW_CONFIDENCE))),
        ("a", Kept(answer_item("a", "incomplete"), spoken=Spoken([("Hello.", 1000)], 0))),
        ("e", typed("user", " ")),
    ]
    assert lines_of(kept) == (Said(Who.CALLER, "", "u"),)


async def test_the_language_is_that_of_the_last_that_was_understood() -> None:
    unclear = await heard(Misheard(Reason.REPETITION))
    english, japanese = await heard(Recognised("Yes.", "en")), await heard(Recognised("はい。", "ja"))
    assert heard_language([("1", english), ("2", japanese), ("3", unclear), ("4", typed("user", "x"))], None) == "ja"
    assert heard_language([("3", unclear)], None) is None


@pytest.mark.parametrize(
    ("expected", "language"),
    [
        (None, "nl"),
        (Transcription(), "nl"),
        (Transcription(languages=["ja-JP", "en"]), "en"),
        (Transcription(language="ja"), None),
        (Transcription(language="nl"), "nl"),
    ],
)
async def test_a_language_that_nobody_expects_was_misheard(
    expected: Transcription | None, language: str | None
) -> None:
    kept = [("1", await heard(Recognised("Yes.", "en"))), ("2", await heard(Recognised("Ja.", "nl")))]
    assert heard_language(kept, expected) == language


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [
        ("はい。", "en", "ja"),
        ("営業中", "ja", "ja"),
        ("We are open.", "ja", "en"),
        ("Abierto.", "es", "es"),
        ("12", "ja", "ja"),
        ("營業", "zh", "zh"),
    ],
)
def test_a_text_is_spoken_in_a_language_that_it_can_be(text: str, expected: str, language: str) -> None:
    assert tongue(text, expected) == language


def test_tools_without_description_or_parameters_have_empty_ones() -> None:
    assert tools_of([FunctionTool(name="hours")]) == (ToolSpec("hours", "", {"type": "object", "properties": {}}),)
