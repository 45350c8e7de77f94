"""The language menu: what is asked, and what an answer means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.language import Language
from dragoman.notices import Notices
from dragoman.ports import LanguageBook
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.menu import Menu
from tests.fakes.scripted_switchboard import ENGLISH, MANDARIN, RUSSIAN, SPANISH
from tests.fakes.twilio_desk import BOOK, PUBLIC_URL

pytestmark = pytest.mark.unit

menu = Menu(BOOK, Notices.load(), Addresses(PUBLIC_URL))


def test_each_language_with_a_key_is_offered_in_itself() -> None:
    asked = menu.ask(1).decode()
    for text in ("Welcome. For English, press 1.", "Para español, oprima 2.", "中文服务请按4。"):
        assert text in asked
    for locale in ('language="en-US"', 'language="es-MX"', 'language="zh-CN"'):
        assert locale in asked
    assert "Русский" not in asked


def test_the_call_and_the_round_are_kept() -> None:
    asked = menu.ask(2, "c1", unanswered=True).decode()
    assert "step=choice&amp;call=c1&amp;round=2" in asked
    assert "No hemos recibido ninguna opción. Para español, oprima 2." in asked


def test_whoever_comes_back_is_not_welcomed_again() -> None:
    assert "Welcome" not in menu.ask(1, "c1").decode()


def test_rounds_are_bounded() -> None:
    farewell = menu.ask(4, unanswered=True).decode()
    assert "Gather" not in farewell
    assert "<Hangup" in farewell
    assert "Adiós" in farewell


def test_without_any_key_nothing_can_be_asked() -> None:
    bare = Menu(LanguageBook((RUSSIAN,), RUSSIAN, {}), Notices.load(), Addresses(PUBLIC_URL))
    assert "<Hangup" in bare.ask(1).decode()


@pytest.mark.parametrize(
    ("digits", "speech", "language"),
    [
        ("1", "", ENGLISH),
        ("2", "", SPANISH),
        ("9", "", None),
        ("*", "", None),
        ("12", "", None),
        ("", "Spanish.", SPANISH),
        ("", "Spanish please", SPANISH),
        ("", "ESPAÑOL, por favor", SPANISH),
        ("", "espanol", SPANISH),
        ("", "I'd like English", ENGLISH),
        ("", "中文", MANDARIN),
        ("", "请说中文吧", MANDARIN),
        ("", "русский", RUSSIAN),
        ("", "Englishman in New York", None),
        ("", "two", None),
        ("", "", None),
        ("2", "English", SPANISH),
    ],
)
def test_what_an_answer_means(digits: str, speech: str, language: Language | None) -> None:
    assert menu.answer(digits, speech) == language


@given(st.text(), st.text())
def test_no_answer_crashes_the_menu(digits: str, speech: str) -> None:
    menu.answer(digits, speech)
