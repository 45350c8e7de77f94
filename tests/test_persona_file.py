"""A persona's file: what is read, and what is refused with its line."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import (
    BuiltIn,
    Eagerness,
    FaqEntry,
    HttpCall,
    HttpMethod,
    Idle,
    Interrupt,
    Persona,
    Phrase,
    PythonCall,
    ToolPlan,
    TurnDetection,
    TurnKind,
)
from dragoman.errors import SettingsError
from dragoman.persona_file import FAQ_MAX_ENTRIES, TOOLS_MAX, faq_entries, read_persona, shipped_phrases
from dragoman.toml_file import TomlFile

pytestmark = pytest.mark.unit

WHOLE = """
name = "desk"
languages = ["ja", "en"]
instructions = "Be brief."
voice = "marin"
model = "gpt-realtime"
refuses = ["advice"]
transfer = "+1 202 555 0123"
numbers = ["+1 202 555 0100"]
max-minutes = 5
faq = { ja = "desk.faq.toml" }

[say.en]
greeting = "Hello from the desk."

[turn]
kind = "semantic-vad"
eagerness = "high"

[interrupt]
min-ms = 500
greeting = false

[idle]
after-s = 8
most = 1

[hours]
zone = "Asia/Tokyo"
monday = ["09:00-18:00"]

[[tool]]
use = "hang-up"
filler = { ja = "失礼いたします" }

[[tool]]
name = "order"
url = "https://shop.example/orders/{order}"
method = "GET"
headers = { Authorization = "Bearer ${SHOP}" }
description = "The state of an order."
timeout-s = 3
parameters = { type = "object", properties = { order = { type = "string" } }, required = ["order"] }
[tool.patterns]
en = ['order (?P<order>\\d+)']

[[tool]]
name = "stock"
python = "shop.tools:stock"
"""
FAQ = '[[entry]]\nask = ["どこですか"]\nanswer = " ここです "\nwords = ["住所"]\n'
LEAST = 'name = "a"\nlanguages = ["en"]\ninstructions = "x"\n'


def read(text: str, faq: str = FAQ, transfer: str = "", check: object = None) -> tuple[Persona, tuple[str, ...]]:
    def beside(name: str) -> TomlFile:
        if name != "desk.faq.toml":
            raise SettingsError([f"{name}: there is no such file"])
        return TomlFile(name, faq)

    checked = check if callable(check) else lambda _plan: None
    return read_persona(TomlFile("p.toml", text), beside, checked, transfer)


def complaint(text: str, faq: str = FAQ, check: object = None) -> str:
    with pytest.raises(SettingsError) as caught:
        read(text, faq, check=check)
    return str(caught.value)


def test_reads_all_of_it() -> None:
    desk, notes = read(WHOLE)
    ja, en = LanguageTag("ja"), LanguageTag("en")
    assert (desk.name, desk.languages, desk.instructions, desk.source) == ("desk", (ja, en), "Be brief.", "p.toml")
    assert (desk.voice, desk.model, desk.refuses, desk.max_minutes) == ("marin", "gpt-realtime", ("advice",), 5)
    assert (desk.transfer, desk.numbers) == ("+12025550123", ("+12025550100",))
    assert desk.turn == TurnDetection(TurnKind.SEMANTIC_VAD, 0.5, 500, Eagerness.HIGH)
    assert (desk.interrupt, desk.idle) == (Interrupt(True, 500, -42.0, False), Idle(8, 1))
    assert desk.hours is not None
    assert desk.faq == {ja: (FaqEntry(("どこですか",), "ここです", ("住所",)),)}
    assert desk.say(Phrase.GREETING, "en") == "Hello from the desk."
    assert desk.say(Phrase.GREETING, "ja") == shipped_phrases()["ja"][Phrase.GREETING]
    assert notes == ()


def test_reads_tools_of_all_kinds() -> None:
    hang_up, order, stock = read(WHOLE)[0].tools
    assert hang_up == ToolPlan("hang_up", BuiltIn.HANG_UP, filler={LanguageTag("ja"): "失礼いたします"})
    url, headers = "https://shop.example/orders/{order}", {"Authorization": "Bearer ${SHOP}"}
    assert order.call == HttpCall(url, HttpMethod.GET, headers)
    assert (order.timeout_s, order.patterns) == (3, {LanguageTag("en"): (r"order (?P<order>\d+)",)})
    assert stock.call == PythonCall("shop.tools:stock")


def test_what_is_not_said_has_a_default() -> None:
    plain, _ = read(LEAST, transfer="sip:desk@example.com")
    assert plain.transfer == "sip:desk@example.com"
    assert (plain.turn, plain.interrupt, plain.idle) == (TurnDetection(), Interrupt(), Idle())
    assert (plain.hours, plain.tools, plain.numbers, dict(plain.faq)) == (None, (), (), {})


def test_a_language_without_sentences_speaks_english_and_says_so() -> None:
    dutch, notes = read('name = "a"\nlanguages = ["nl"]\ninstructions = "x"\n[say.nl]\ngreeting = "Hallo."\n')
    assert dutch.say(Phrase.GREETING, "nl") == "Hallo."
    assert dutch.say(Phrase.GOODBYE, "nl") == shipped_phrases()["en"][Phrase.GOODBYE]
    (note,) = notes
    assert note.startswith("p.toml: in nl these are said in English: filler, ")
    assert "greeting" not in note


def test_every_sentence_is_shipped_in_both_languages() -> None:
    assert set(shipped_phrases()) == {"en", "ja"}
    assert all(set(table) == set(Phrase) for table in shipped_phrases().values())


TOOL = LEAST + "[[tool]]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "a"\nlanguages = ["en"]\n', "p.toml: Object missing required field `instructions`"),
        (LEAST + 'greting = "x"\n', "p.toml, line 4: greting: there is no setting"),
        ('name = " "\nlanguages = ["en"]\ninstructions = "x"\n', "line 1: name: is to have 1 to 80"),
        ('name = "a"\nlanguages = []\ninstructions = "x"\n', "line 2: languages: is to name one"),
        ('name = "a"\nlanguages = ["en", "klingon"]\ninstructions = "x"\n', "'klingon' is not a language tag"),
        ('name = "a"\nlanguages = ["en", "EN"]\ninstructions = "x"\n', "names a language twice"),
        (LEAST + "max-minutes = 0\n", "line 4: max-minutes: is to be between 0.5 and 240"),
        (LEAST + "max-minutes = nan\n", "max-minutes: is to be between"),
        (LEAST + "[turn]\nsilence-ms = 5\n", "line 5: turn.silence-ms: is to be between 100 and 5000"),
        (LEAST + '[turn]\nkind = "vad"\n', "line 5: turn.kind: Invalid enum value 'vad'"),
        (LEAST + "[idle]\nafter-s = -1\n", "line 5: idle.after-s: is to be between"),
        (LEAST + '[say.fr]\ngreeting = "Bonjour"\n', "'fr' is none of this persona's languages (en)"),
        (LEAST + '[say.en]\ngretting = "Hi"\n', "line 5: say.en.gretting: there is no such sentence"),
        (LEAST + '[say.en]\ngreeting = ""\n', "line 5: say.en.greeting: is to have 1 to 600"),
        (LEAST + '[say.en]\ngreeting = "{name}"\n', "line 5: say.en.greeting: may have no slot in braces"),
        (LEAST + '[say.en]\nclosed-on = "{dy}"\n', "say.en.closed-on: may have {day} in braces"),
        (LEAST + '[say.en]\nyes = "("\n', "line 5: say.en.yes: is not a regular expression"),
        (LEAST + 'numbers = ["555"]\n', "line 4: numbers[1]: '555' is not a number with +"),
        (LEAST + 'transfer = "the boss"\n', "line 4: transfer: 'the boss' is not a number with +"),
        (LEAST + 'faq = { en = "../x.faq.toml" }\n', "line 4: faq.en: is to be a file beside this one"),
        (LEAST + 'faq = { en = "faq.toml" }\n', "whose name ends in .faq.toml"),
        (LEAST + 'faq = { en = "none.faq.toml" }\n', "line 4: faq.en: none.faq.toml: there is no such file"),
        (TOOL + 'name = "x"\n', "line 4: tool[1]: is to have one of use"),
        (TOOL + 'use = "faq"\nurl = "https://x.example"\n', "is to have one of use"),
        (TOOL + 'use = "fax"\n', "line 5: tool[1].use: Invalid enum value 'fax'"),
        (TOOL + 'use = "faq"\n', "line 5: tool[1].use: needs [faq]"),
        (TOOL + 'use = "hours"\n', "line 5: tool[1].use: needs [hours]"),
        (TOOL + 'python = "m:f"\n', "is to have a name of letters"),
        (TOOL + 'name = "f"\npython = "m.f"\n', "line 6: tool[1].python: is to be like package.module:function"),
        (TOOL + 'use = "hang-up"\nname = "häng"\n', "line 6: tool[1].name: is to have a name of letters"),
        (TOOL + 'use = "hang-up"\ntimeout-s = 100\n', "line 6: tool[1].timeout-s: is to be between"),
        (TOOL + 'use = "hang-up"\nheaders = { A = "b" }\n', "has headers or a method, but no url"),
        (TOOL + 'use = "hang-up"\nparameters = {}\n', "line 6: tool[1].parameters: belong to a tool with a url"),
        (TOOL + 'use = "hang-up"\n[tool.patterns]\nen = ["["]\n', "line 7: tool[1].patterns.en: is not a regular"),
        (TOOL + 'use = "hang-up"\npatterns = { fr = ["x"] }\n', "'fr' is none of this persona's languages"),
        (
            TOOL + 'use = "hang-up"\n[[tool]]\nuse = "hang-up"\n',
            "line 6: tool[2]: the name 'hang_up' belongs",
        ),
        (LEAST + '[[tool]]\nuse = "hang-up"\n' * (TOOLS_MAX + 1), "at most 64 are taken"),
    ],
)
def test_wrong_lines_are_named(text: str, said: str) -> None:
    assert said in complaint(text)


def test_what_the_closer_look_finds_has_its_line() -> None:
    text = TOOL + 'name = "f"\npython = "m:f"\n'
    told = complaint(text, check=lambda plan: ("python", f"{plan.name} is not there"))
    assert told == "p.toml, line 6: tool[1].python: f is not there"


@pytest.mark.parametrize(
    ("faq", "said"),
    [
        ("", "desk.faq.toml: Object missing required field `entry`"),
        ('[[entry]]\nask = []\nanswer = "x"\n', "desk.faq.toml, line 2: entry[1].ask: is to have one question"),
        ('[[entry]]\nask = ["x"]\nanswer = " "\n', "line 3: entry[1].answer: is to have texts"),
        ('[[entry]]\nask = ["x"]\nanswer = "y"\nword = []\n', "line 4: entry[1].word: there is no setting"),
        ('[[entry]]\nask = ["x"]\nanswer = "y"\n[[entry]]\nask = ["X "]\nanswer = "z"\n', "line 5: entry[2].ask: 'X '"),
    ],
)
def test_wrong_lines_of_a_faq_are_named(faq: str, said: str) -> None:
    assert said in complaint(WHOLE, faq)


def test_a_faq_has_a_greatest_length() -> None:
    many = "".join(f'[[entry]]\nask = ["q{number}"]\nanswer = "a"\n' for number in range(FAQ_MAX_ENTRIES + 1))
    with pytest.raises(SettingsError, match="at most 1000"):
        faq_entries(TomlFile("f.toml", many))


lines = st.lists(st.sampled_from(WHOLE.splitlines()), max_size=25)


@given(lines, st.text(max_size=30))
def test_no_file_does_anything_but_be_read_or_be_complained_about(chosen: list[str], noise: str) -> None:
    text = LEAST + "\n".join(chosen) + "\n" + noise
    with contextlib.suppress(SettingsError):
        assert read(text)[0].name


def test_all_shipped_files_are_right() -> None:
    folder = Path(__file__).parents[1] / "src" / "dragoman" / "shipped_personas"
    assert {path.name for path in folder.iterdir()} == {
        "phrases.toml",
        "reception.toml",
        "reception.en.faq.toml",
        "reception.ja.faq.toml",
    }
