"""The language menu of our own: what is asked, and what an answer means."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from dragoman.domain.call import Notice
from dragoman.domain.language import Language
from dragoman.notices import Notices
from dragoman.ports import LanguageBook
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.addresses import INCOMING, Addresses
from dragoman.telephony.twilio.twiml import Line

ROUNDS: Final = 3
"""So often the menu is offered before we say good-bye."""

TIMEOUT_S: Final = 6

CHOICE: Final = "choice"
"""The `step` of a request that brings an answer to the menu."""


class Menu:
    """Builds the menu's documents and reads its answers."""

    def __init__(self, book: LanguageBook, notices: Notices, addresses: Addresses) -> None:
        self._notices = notices
        self._addresses = addresses
        self._offered = [language for language in book.offered if language.key]
        self._everyone: Sequence[Language] = book.offered

    def ask(self, round_: int, call_id: str = "", *, unanswered: bool = False) -> bytes:
        """The menu for the `round_`th time (from 1); `unanswered`: what came last was nothing, or nothing known."""
        if round_ > ROUNDS or not self._offered:
            return twiml.say_and_hang_up([Line(self._goodbye(one), one) for one in self._offered])
        step = {"call": call_id, "round": str(round_)}
        before = self._notices.no_input if unanswered else self._nothing if call_id else self._notices.greeting
        return twiml.menu(
            [Line(f"{before(one)} {self._notices.menu_line(one)}".strip(), one) for one in self._offered],
            action=self._addresses.of(INCOMING, step=CHOICE, **step),
            hints=[name for one in self._offered for name in (one.name, one.english)],
            timeout_s=TIMEOUT_S,
            otherwise=self._addresses.of(INCOMING, step=CHOICE, **step),
        )

    def answer(self, digits: str, speech: str) -> Language | None:
        """The language that a key or a spoken answer means; None when it means none."""
        key = digits.strip()
        if key:
            return next((one for one in self._offered if one.key == key), None)
        words = _words(speech)
        for language in self._everyone:
            names = (_words(language.name), _words(language.english))
            if any(name and f" {name} " in f" {words} " for name in names):
                return language
        return self._unspaced(words)

    def _unspaced(self, words: str) -> Language | None:
        """Scripts without spaces: the name stands somewhere in the answer."""
        return next((one for one in self._everyone if not one.name.isascii() and _words(one.name) in words), None)

    def _goodbye(self, language: Language) -> str:
        return f"{self._notices.no_input(language)} {self._notices.text(Notice.GOODBYE, language)}"

    @staticmethod
    def _nothing(_language: Language) -> str:
        return ""


def _words(text: str) -> str:
    """Letters only, lower case, no accents, single spaces: "Español, por favor." becomes "espanol por favor"."""
    plain = (one for one in unicodedata.normalize("NFKD", text) if unicodedata.category(one) != "Mn")
    return " ".join("".join(one if one.isalnum() else " " for one in plain).casefold().split())
