"""Shipped languages, an operator's additions, and what is offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.speech import InterpreterEvent
from dragoman.errors import SettingsError
from dragoman.languages import book, choose, language_of, languages
from dragoman.ports import Capabilities, Interpreter, Wanted

pytestmark = pytest.mark.unit

ANYTHING = Capabilities(
    takes_turns=False, prompt=False, glossary=False, voice=False, native_pcmu=True, continuous_clock=False
)


@dataclass(frozen=True)
class PaperEngine:
    """An engine of which only name and capabilities are asked."""

    name: str
    capabilities: Capabilities = ANYTHING

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> Interpreter:
        raise NotImplementedError


def by_tag(configured: tuple[Language, ...]) -> dict[str, Language]:
    return {language.tag: language for language in configured}


def own_file(tmp_path: Path, text: str) -> tuple[Language, ...]:
    path = tmp_path / "languages.toml"
    path.write_text(text, encoding="utf-8")
    return languages(path)


def test_ships_the_thirteen_targets_with_the_reference_apps_keys() -> None:
    shipped = by_tag(languages())
    assert set(shipped) == {"es", "pt", "fr", "ja", "ru", "zh", "de", "ko", "hi", "id", "vi", "it", "en"}
    assert [shipped[tag].key for tag in ("en", "es", "fr", "zh", "hi")] == ["1", "2", "3", "4", "5"]
    keys = [language.key for language in shipped.values() if language.key]
    assert len(keys) == len(set(keys))


def test_a_new_language_is_one_line(tmp_path: Path) -> None:
    dutch = by_tag(own_file(tmp_path, 'nl = { key = "6" }\n'))["nl"]
    assert dutch == Language(LanguageTag("nl"), "Nederlands", "Dutch", "nl-NL", key="6")


def test_a_key_given_away_is_taken_from_who_had_it(tmp_path: Path) -> None:
    read = by_tag(own_file(tmp_path, 'nl = { key = "6" }\n'))
    assert read["pt"].key == ""


def test_single_fields_are_changed_and_languages_taken_away(tmp_path: Path) -> None:
    read = by_tag(own_file(tmp_path, 'hi = false\n[es]\nvoice = "marin"\n'))
    assert "hi" not in read
    assert (read["es"].voice, read["es"].name, read["es"].key) == ("marin", "Español", "2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('es = { key = "12" }\n', "line 1: es.key: the key '12' is not one digit"),
        ('es = { key = "*" }\n', "line 1: es.key: the key '*' is not one digit"),
        ('nl = { key = "7" }\nsv = { key = "7" }\n', "line 2: sv.key: the key 7 belongs to nl already"),
        ("[klingonish]\n", "line 1: klingonish: is not a language tag"),
        ('[es]\n\nvoise = "x"\n', "line 3: es.voise: there is no setting `voise` here"),
        ("es = true\n", "line 1: es: "),
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=r"languages\.toml, ") as caught:
        own_file(tmp_path, text)
    assert said in str(caught.value)


def test_only_what_is_carried_both_ways_is_offered_and_the_rest_is_explained() -> None:
    one_way = replace(ANYTHING, pairs=frozenset({("es", "en"), ("en", "es"), ("fr", "en")}))
    made = book(languages(), "en", [PaperEngine("local", one_way)])
    assert [language.tag for language in made.offered] == ["en", "es"]
    assert made.left_out[LanguageTag("fr")] == "local does not carry English into that language"
    assert made.left_out[LanguageTag("de")] == "local does not carry that language into English, nor back"
    assert made.agent.tag == "en"
    back = replace(ANYTHING, pairs=frozenset({("fr", "en")}))
    made = book(languages(), "fr", [PaperEngine("local", back)])
    assert made.left_out[LanguageTag("en")] == "local does not carry that language into French"


def test_the_agents_own_language_needs_no_engine() -> None:
    made = book(languages(), "es-MX", [])
    assert [language.tag for language in made.offered] == ["es"]
    assert made.agent.tag == "es"
    assert "no engine is configured" in made.left_out[LanguageTag("en")]


def test_directions_may_be_carried_by_different_engines() -> None:
    forth = PaperEngine("forth", replace(ANYTHING, pairs=frozenset({("es", "en")})))
    back = PaperEngine("back", replace(ANYTHING, targets=frozenset({"es"})))
    made = book(languages(), "en", [forth, back])
    assert "es" in [language.tag for language in made.offered]


def test_the_first_able_engine_is_chosen_unless_a_language_wishes() -> None:
    spanish, english = by_tag(languages())["es"], by_tag(languages())["en"]
    engines = [PaperEngine("translation"), PaperEngine("conversation")]
    assert choose(engines, spanish, english) is engines[0]
    assert choose(engines, spanish, replace(english, engine="conversation")) is engines[1]
    assert choose(engines, replace(spanish, engine="conversation"), english) is engines[1]
    assert choose(engines, replace(spanish, engine="absent"), english) is None


def test_a_wish_that_cannot_be_met_is_explained() -> None:
    spanish = replace(by_tag(languages())["es"], engine="absent")
    made = book([*languages(), replace(spanish, tag=LanguageTag("ca"))], "en", [PaperEngine("local")])
    assert made.left_out[LanguageTag("ca")].startswith("absent does not carry")


def test_an_agent_language_that_is_not_configured_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_AGENT_LANGUAGE: 'tlh'"):
        book(languages(), "tlh", [])


def test_a_language_by_its_tag_is_the_configured_one_or_what_is_known_of_it() -> None:
    configured = languages()
    assert language_of("ES-mx", configured).tag == "es"
    korean = language_of("ko", ())
    assert (korean.tag, korean.english, korean.name, korean.locale) == ("ko", "Korean", "한국어", "ko-KR")
