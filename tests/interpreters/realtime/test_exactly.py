"""A text that is to be said word for word comes through as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.assistant_ports import AssistantWanted
from dragoman.domain.call import CallId
from dragoman.domain.language import Language, LanguageTag
from dragoman.interpreters.openai.assistant_prompts import exactly
from dragoman.interpreters.realtime.exactly import CLOSE, METADATA, marked, to_read_out
from dragoman.interpreters.realtime.wire.items import ResponseWanted
from tests.fakes.personas import persona

pytestmark = pytest.mark.unit

ENGLISH = Language(LanguageTag("en"), "English", "English", "en-US")
WANTED = AssistantWanted(CallId("call-1"), ENGLISH, persona())


@given(st.text(max_size=40))
def test_any_text_is_found_again(text: str) -> None:
    wanted = ResponseWanted(instructions=exactly(text, WANTED), metadata={"ask": "1", **METADATA})
    assert to_read_out(wanted) == text.replace(CLOSE, "").strip()


@pytest.mark.parametrize(
    "wanted",
    [
        ResponseWanted(),
        ResponseWanted(instructions=marked("Hello.")),
        ResponseWanted(metadata=METADATA),
        ResponseWanted(instructions="Hello.", metadata=METADATA),
        ResponseWanted(instructions="<<<\nHello.", metadata=METADATA),
        ResponseWanted(instructions=marked("Hello."), metadata={"say": "roughly"}),
    ],
)
def test_what_is_no_such_order_is_none(wanted: ResponseWanted) -> None:
    assert to_read_out(wanted) is None
