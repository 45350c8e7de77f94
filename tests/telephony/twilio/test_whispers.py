"""What persons hear before a call is put through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.telephony.twilio.twiml import Line
from dragoman.telephony.twilio.whispers import KEPT, WHISPER_LIMIT, Whispers, shortened
from tests.fakes.scripted_switchboard import ENGLISH, SPANISH

pytestmark = pytest.mark.unit


def test_a_summary_is_kept_until_it_is_dropped() -> None:
    whispers = Whispers()
    assert whispers.keep("c1", Line("  Wants\n a refund. ", ENGLISH))
    assert whispers.of("c1") == Line("Wants a refund.", ENGLISH)
    assert whispers.of("c2") is None
    whispers.drop("c1")
    whispers.drop("c1")
    assert (whispers.of("c1"), len(whispers)) == (None, 0)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_is_no_summary_and_takes_the_last_one_away(text: str) -> None:
    whispers = Whispers()
    whispers.keep("c1", Line("Wants a refund.", ENGLISH))
    assert not whispers.keep("c1", Line(text, ENGLISH))
    assert whispers.of("c1") is None


def test_the_last_one_counts() -> None:
    whispers = Whispers()
    whispers.keep("c1", Line("one", ENGLISH))
    whispers.keep("c1", Line("dos", SPANISH))
    assert (whispers.of("c1"), len(whispers)) == (Line("dos", SPANISH), 1)


def test_the_oldest_go_first() -> None:
    whispers = Whispers()
    for number in range(KEPT + 1):
        whispers.keep(f"c{number}", Line("text", ENGLISH))
    assert (len(whispers), whispers.of("c0"), whispers.of("c1")) == (KEPT, None, Line("text", ENGLISH))


@given(st.text(max_size=2 * WHISPER_LIMIT))
def test_no_summary_is_longer_than_one_listens(text: str) -> None:
    cut = shortened(text)
    assert len(cut) <= WHISPER_LIMIT
    assert cut == text or (cut[-1] == "…" and text.startswith(cut[:-1]) and len(cut) > WHISPER_LIMIT // 2)


def test_a_long_summary_ends_behind_a_word() -> None:
    cut = shortened("word " * 500)
    assert cut.endswith("word…")
    assert len(shortened("語" * 900)) == WHISPER_LIMIT, "where there are no spaces, anywhere"
