"""Fixed sentences: all there, in every shipped language, replaceable one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.domain.call import Notice, Role
from dragoman.domain.language import Language, LanguageTag
from dragoman.errors import SettingsError
from dragoman.languages import languages
from dragoman.notices import Facts, Notices, language_name

pytestmark = pytest.mark.unit

SHIPPED = {language.tag: language for language in languages()}
SPANISH, ENGLISH, MANDARIN = SHIPPED[LanguageTag("es")], SHIPPED[LanguageTag("en")], SHIPPED[LanguageTag("zh")]
DUTCH = Language(LanguageTag("nl"), "Nederlands", "Dutch", "nl-NL", key="6")


def own_file(tmp_path: Path, text: str) -> Notices:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return Notices.load(path)


@pytest.mark.parametrize("language", SHIPPED.values(), ids=SHIPPED.keys())
def test_every_shipped_language_has_every_sentence_of_its_own(language: Language) -> None:
    notices = Notices.load()
    assert notices.missing(language) == []
    texts = [notices.text(notice, language, language="X") for notice in Notice]
    texts += [notices.greeting(language), notices.no_input(language), notices.menu_line(replace(language, key="7"))]
    assert len(set(texts)) == len(texts)
    assert not any("{" in text or "}" in text for text in texts)


@pytest.mark.parametrize("language", SHIPPED.values(), ids=SHIPPED.keys())
def test_no_shipped_sentence_was_left_in_english(language: Language) -> None:
    if language is not ENGLISH:
        notices = Notices.load()
        same = [one for one in Notice if notices.text(one, language) == notices.text(one, ENGLISH)]
        assert same == []


def test_the_whisper_names_the_language_to_the_hearer() -> None:
    notices = Notices.load()
    assert notices.whisper(SPANISH, ENGLISH) == "Spanish caller, interpreted."
    assert notices.whisper(MANDARIN, ENGLISH) == "Mandarin caller, interpreted."
    assert "inglés" in notices.whisper(ENGLISH, SPANISH)
    assert language_name(SPANISH, SPANISH) == "Español"


@pytest.mark.parametrize("language", SHIPPED.values(), ids=SHIPPED.keys())
@pytest.mark.parametrize("notice", [Notice.ANNOUNCE, Notice.ANNOUNCE_SHORT])
def test_an_announcement_says_what_is_kept_and_which_key_asks_for_a_person(notice: Notice, language: Language) -> None:
    def said(facts: Facts) -> str:
        return Notices.load(facts=facts).words(notice, Role.CALLER, language, SPANISH)

    nothing, kept = said(Facts()), said(Facts(transcribed=True))
    with_key = said(Facts(person_keys={Role.CALLER: "8", Role.AGENT: "9"}))
    assert len({nothing, kept, with_key}) == 3
    assert "8" not in nothing
    assert "8" in with_key
    assert "9" not in with_key
    for text in (nothing, kept, with_key):
        assert "{" not in text
        assert "  " not in text
        assert text == text.strip()


def test_the_question_for_consent_names_its_key() -> None:
    for language in SHIPPED.values():
        assert "1" in Notices.load().words(Notice.CONSENT, Role.CALLER, language, language)


def test_words_are_what_a_party_hears_of_any_notice() -> None:
    notices = Notices.load()
    assert notices.words(Notice.WHISPER, Role.AGENT, ENGLISH, SPANISH) == notices.whisper(SPANISH, ENGLISH)
    assert notices.words(Notice.BUSY, Role.CALLER, SPANISH, SPANISH) == notices.text(Notice.BUSY, SPANISH)


@pytest.mark.parametrize("language", SHIPPED.values(), ids=SHIPPED.keys())
def test_who_waits_hears_their_place_in_the_queue(language: Language) -> None:
    assert "12" in Notices.load().words(Notice.QUEUE_POSITION, Role.CALLER, language, language, number=12)


def test_the_texts_have_a_version(tmp_path: Path) -> None:
    shipped = Notices.load().version
    assert shipped
    assert own_file(tmp_path, '[es]\nrepeat = "¿Cómo?"\n').version == f"{shipped}+own"
    assert own_file(tmp_path, 'version = "Meridian 7"\n').version == f"{shipped}+Meridian 7"


def test_the_menu_speaks_each_language() -> None:
    notices = Notices.load()
    assert notices.menu_line(SPANISH) == "Para español, oprima 2."
    assert notices.menu_line(DUTCH) == "Nederlands: 6."
    assert notices.menu_line(replace(DUTCH, key="")) == ""


def test_a_language_without_texts_hears_english_and_says_what_is_missing() -> None:
    notices = Notices.load()
    assert notices.text(Notice.BUSY, DUTCH) == notices.text(Notice.BUSY, ENGLISH)
    assert notices.greeting(DUTCH) == notices.greeting(ENGLISH)
    assert "busy" in notices.missing(DUTCH)
    assert "no-input" in notices.missing(DUTCH)


def test_a_regional_tag_falls_back_to_its_primary() -> None:
    brazil = replace(SHIPPED[LanguageTag("pt")], tag=LanguageTag("pt-BR"))
    assert Notices.load().text(Notice.REPEAT, brazil) == Notices.load().text(Notice.REPEAT, SHIPPED[LanguageTag("pt")])


def test_an_operator_replaces_single_sentences(tmp_path: Path) -> None:
    notices = own_file(tmp_path, '[es]\nrepeat = "¿Cómo?"\n[nl]\nmenu = "Voor {name}, toets {key}."\n')
    assert notices.text(Notice.REPEAT, SPANISH) == "¿Cómo?"
    assert notices.text(Notice.BUSY, SPANISH) == Notices.load().text(Notice.BUSY, SPANISH)
    assert notices.menu_line(DUTCH) == "Voor Nederlands, toets 6."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[es]\nrepaet = "x"\n', "line 2: es.repaet: there is no setting"),
        ('[es]\nwait = "{language}"\n', "line 2: es.wait: at most 600 characters, with no slot"),
        ('[es]\nwhisper = "{caller}"\n', "with {language} in braces"),
        ('[es]\nwhisper = "{language"\n', "line 2: es.whisper"),
        ('[es]\n\nbusy = "' + "x" * 601 + '"\n', "line 3: es.busy"),
        ("[es]\nbusy = 3\n", "line 2: es.busy: Expected `str`"),
        ("es = 3\n", "line 1: es: "),
        ("version = 3\n", "line 1: version: a text of at most 40 characters"),
        ('[es]\nannounce = "{key}"\n', "with {kept} and {person} in braces"),
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        own_file(tmp_path, text)
    assert said in str(caught.value)
