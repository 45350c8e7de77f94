"""Both sides, line by line."""

from __future__ import annotations

import pytest

from dragoman.assistant_ports import Line
from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Captioned, Side
from dragoman.relay.talk_lines import CUT_FLAG, MOST_LINES, UNNAMED_GAP_S, TalkLines

pytestmark = pytest.mark.unit

CALLER, ASSISTANT = Side.SOURCE, Side.TARGET


def test_a_line_grows_and_is_published() -> None:
    lines = TalkLines("en")
    lines.caption(Captioned(ASSISTANT, " We open", "i1"), 1.0)
    assert lines.caption(Captioned(ASSISTANT, " at nine.", "i1", final=True), 2.0) == Caption(
        "a1", Role.CALLER, ASSISTANT, "en", "We open at nine.", True, 2.0
    )
    whole = Captioned(ASSISTANT, "We open at ten.", "i1", whole=True)
    assert lines.caption(whole, 3.0).text == "We open at ten."
    assert lines.all[0].as_json() == {
        "number": 1,
        "who": "assistant",
        "text": "We open at ten.",
        "began_s": 1.0,
        "ended_s": 3.0,
    }


def test_lines_stand_in_the_order_in_which_they_began() -> None:
    lines = TalkLines("en")
    lines.began(CALLER, "u1", 1.0)
    lines.caption(Captioned(ASSISTANT, "At nine.", "i1"), 2.0)
    lines.caption(Captioned(CALLER, "When?", "u1"), 3.0)
    assert lines.so_far() == (Line(CALLER, "When?"), Line(ASSISTANT, "At nine."))


def test_the_same_name_on_the_other_side_is_another_line() -> None:
    lines = TalkLines("en")
    lines.caption(Captioned(CALLER, "a", "x"), 1.0)
    lines.caption(Captioned(ASSISTANT, "b", "x"), 1.0)
    assert len(lines.all) == 2


def test_what_was_cut_off_says_how_much_was_heard() -> None:
    lines = TalkLines("en")
    lines.caption(Captioned(ASSISTANT, "We open at", "i1"), 1.0)
    shown = lines.cut("i1", 750, 2.0)
    assert shown is not None
    assert (shown.final, shown.flags) == (True, (CUT_FLAG,))
    assert lines.all[0].as_json()["cut_after_ms"] == 750
    assert lines.cut("i2", 0, 2.0) is None


def test_what_was_not_heard_at_all_was_not_said() -> None:
    lines = TalkLines("en")
    lines.caption(Captioned(ASSISTANT, "One.", "i1"), 1.0)
    lines.caption(Captioned(ASSISTANT, "Two.", "i2"), 1.0)
    lines.caption(Captioned(CALLER, "  ", "u1"), 1.0)
    lines.cut("i1", 10, 2.0)
    lines.cut("i2", 0, 2.0)
    assert lines.so_far() == (Line(ASSISTANT, "One."),)


def test_a_new_session_is_told_the_latest() -> None:
    lines = TalkLines("en")
    for number in range(MOST_LINES + 5):
        lines.caption(Captioned(CALLER, str(number), f"u{number}"), float(number))
    assert [line.text for line in lines.so_far()] == [str(number) for number in range(5, MOST_LINES + 5)]


def test_and_may_use_the_names_again() -> None:
    lines = TalkLines("en")
    lines.caption(Captioned(CALLER, "a", "u1"), 1.0)
    lines.new_session()
    lines.caption(Captioned(CALLER, "b", "u1"), 2.0)
    assert [line.text for line in lines.all] == ["a", "b"]


def test_text_without_a_name_is_cut_at_its_end_or_a_pause() -> None:
    lines = TalkLines("en")
    lines.caption(Captioned(CALLER, "a"), 1.0)
    lines.caption(Captioned(CALLER, "b"), 1.0 + UNNAMED_GAP_S)
    lines.caption(Captioned(CALLER, "c", final=True), 4.0)
    lines.caption(Captioned(CALLER, "d"), 4.1)
    lines.caption(Captioned(CALLER, "e"), 4.2 + UNNAMED_GAP_S)
    assert [line.text for line in lines.all] == ["abc", "d", "e"]


def test_another_process_goes_on_behind_what_was_said() -> None:
    before = TalkLines("en")
    before.caption(Captioned(ASSISTANT, "We open at", "i1"), 1.0)
    before.began(CALLER, "u1", 2.0)
    after = TalkLines("en")
    after.take_up(before.all)
    assert [(shown.utterance, shown.text, shown.final) for shown in after.captions()] == [("a1", "We open at", True)]
    assert after.caption(Captioned(ASSISTANT, "At nine.", "i1"), 3.0).utterance == "a3"
    assert [line.text for line in after.said] == ["We open at", "At nine."]
