"""Glossary files: what is read and what is refused, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.domain.language import Glossary, GlossaryTerm
from dragoman.errors import SettingsError
from dragoman.glossary import TERMS_MAX, load_glossary

pytestmark = pytest.mark.unit

GOOD = """
register = "formal"
background = "A bank's card department."

[[term]]
term = "overdraft"
translations = { es = "descubierto", fr = "découvert" }
notes = "Not 'sobregiro'."

[[term]]
term = "SuperCard"
"""


def read(tmp_path: Path, text: str) -> Glossary:
    path = tmp_path / "glossary.toml"
    path.write_text(text, encoding="utf-8")
    return load_glossary(path)


def test_no_file_is_an_empty_glossary() -> None:
    assert not load_glossary(None)


def test_reads_terms_register_and_background(tmp_path: Path) -> None:
    overdraft = GlossaryTerm("overdraft", {"es": "descubierto", "fr": "découvert"}, "Not 'sobregiro'.")
    expected = Glossary((overdraft, GlossaryTerm("SuperCard")), "formal", "A bank's card department.")
    assert read(tmp_path, GOOD) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[term]]\nnotes = "x"\n', "line 1: term[1]: Object missing required field `term`"),
        ('[[term]]\nterm = "a"\n[[term]]\nterm = "A"\n', "line 3: term[2]: 'A' stands here a second time"),
        ('[[term]]\nterm = " "\n', "line 2: term[1].term: is to have 1 to 200 characters"),
        ('[[term]]\nterm = "a"\n\ntranslations = { es = "" }\n', "line 4: term[1].translations: is to have"),
        ('[[term]]\nterm = "a"\ntranslations = { es-MX = "b" }\n', "'es-MX' is not a primary language subtag"),
        ('[[term]]\nterm = "a"\ntranslation = { es = "b" }\n', "line 3: term[1].translation: there is no setting"),
        ("register = 1\n", "line 1: register: Expected `str`"),
        ('background = "' + "x" * 4001 + '"\n', "line 1: background: is longer"),
        ("[term]\n", "line 1: term: Expected `array`"),
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


def test_too_many_terms_are_refused(tmp_path: Path) -> None:
    many = "".join(f'[[term]]\nterm = "t{number}"\n' for number in range(TERMS_MAX + 1))
    with pytest.raises(SettingsError, match="at most 500"):
        read(tmp_path, many)
