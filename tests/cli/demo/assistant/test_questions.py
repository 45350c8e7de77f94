"""What the caller of the assistant's demo says."""

from __future__ import annotations

import pytest

from dragoman.cli.demo.assistant.questions import Script, script, spoken_languages
from dragoman.errors import SettingsError

pytestmark = pytest.mark.unit

VOICED: dict[str, str] = {"en": "am_michael", "ja": "jm_kumo"}


async def told(language: str, most: int = 3, *own: str) -> Script:
    async def voice(text: str, name: str) -> bytes:
        assert name == VOICED[language]
        return text.encode()

    return await script(language, most, own, voice)


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_three_questions_the_last_of_which_cuts_in_and_a_goodbye(language: str) -> None:
    found = await told(language)
    assert [one.cuts_in for one in found.questions] == [False, False, True]
    assert all(one.audio == one.text.encode() for one in (*found.questions, found.goodbye))
    assert language in spoken_languages()


async def test_questions_of_ones_own_come_after_those_that_are_wished_for() -> None:
    found = await told("en", 1, " Is there tea? ", "Why?")
    assert [one.text for one in found.questions] == ["What time do you close on Saturday?", "Is there tea?", "Why?"]
    assert [one.text for one in (await told("ja", 0, "お茶はありますか")).questions] == ["お茶はありますか"]


async def test_what_cannot_be_asked_is_told() -> None:
    with pytest.raises(SettingsError, match="--lang tlh: there are no questions in it"):
        await script("tlh", 3, (), lambda _text, _name: told("en"))  # type: ignore[arg-type,return-value] # not called
    with pytest.raises(SettingsError, match="nothing to say in it"):
        await told("en", 3, "  ")
