from __future__ import annotations

import pytest

from dragoman.interpreters.local.manifest import load_manifest
from dragoman.interpreters.local.voices import TONGUES, reader, voice_for

pytestmark = pytest.mark.unit

LOADED = frozenset(file.stem for file in load_manifest().select() if "/voices/" in file.name)


@pytest.mark.parametrize("language", list(TONGUES))
def test_every_tongue_has_its_voices_among_the_wanted_files(language: str) -> None:
    tongue = TONGUES[language]
    assert {tongue.female, tongue.male} <= LOADED
    assert tongue.female[0] in tongue.letters


@pytest.mark.parametrize(
    ("language", "wish", "voice"),
    [
        ("es", "", "ef_dora"),
        ("es", "marin", "ef_dora"),
        ("es", "cedar", "em_alex"),
        ("es", "em_santa", "em_santa"),
        ("es", "af_bella", "ef_dora"),
        ("es", "am_michael", "em_alex"),
        ("en", "bm_george", "bm_george"),
        ("fr", "echo", "ff_siwis"),
        ("de", "marin", None),
    ],
)
def test_the_voice_for_a_wish(language: str, wish: str, voice: str | None) -> None:
    assert voice_for(language, wish, LOADED) == voice


def test_another_voice_is_taken_when_one_is_not_here() -> None:
    assert voice_for("es", "", frozenset({"em_alex"})) == "em_alex"
    assert voice_for("es", "", frozenset({"af_heart"})) is None


def test_only_some_languages_need_a_front_end() -> None:
    assert reader("es") is None
    assert {language for language, tongue in TONGUES.items() if not tongue.espeak} == {"ja", "zh"}
