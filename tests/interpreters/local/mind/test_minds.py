"""Which mind a session gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.assistant_settings import AssistantSettings
from dragoman.interpreters.local.mind.minds import SMALL, Minds
from dragoman.interpreters.local.mind.small import SmallThinker
from dragoman.interpreters.local.mind.text import TextEndpoint
from dragoman.interpreters.local.mind.thoughts import MindError, Said, Thinking, Who, Words
from dragoman.settings import load
from tests.fakes.personas import LEAST, write

pytestmark = pytest.mark.unit


def minds(**env: str) -> Minds:
    return Minds(load(AssistantSettings, env))


async def test_the_text_endpoint_where_one_is_set() -> None:
    found = minds(
        DRAGOMAN_MIND_URL="http://localhost:11434/v1", DRAGOMAN_MIND_MODEL="qwen3", DRAGOMAN_MIND_API_KEY="secret"
    )
    assert found.name == "qwen3 at localhost:11434"
    assert isinstance(found.mind("nobody", "s"), TextEndpoint)
    await found.aclose()


async def test_else_the_small_one_of_the_shipped_persona() -> None:
    found = minds()
    assert found.name == SMALL
    mind = found.mind("", "s")
    assert isinstance(mind, SmallThinker)
    lines = (Said(Who.CALLER, "Do you have parking?", "i"),)
    (answer,) = [one async for one in mind.think(Thinking("", lines, (), "en"))]
    assert isinstance(answer, Words)
    assert "car park" in answer.text
    assert found.mind("reception", "s") is not mind
    await found.aclose()


def test_a_persona_is_named_where_there_are_several(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", {f"{name}.toml": _persona(name) for name in ("one", "two")})
    found = minds(DRAGOMAN_PERSONAS=str(folder))
    assert isinstance(found.mind("two", "s"), SmallThinker)
    for name, why in (("", "several personas"), ("three", "no such persona")):
        with pytest.raises(MindError, match=why) as caught:
            found.mind(name, "s")
        assert caught.value.code == "mind_no_persona"


def test_personas_that_are_broken_are_no_reason_not_to_start(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", {"one.toml": "name = 3"})
    found = minds(DRAGOMAN_PERSONAS=str(folder))
    with pytest.raises(MindError, match="cannot be read"):
        found.mind("one", "s")
    write(folder, {"one.toml": LEAST.format(name="one")})
    assert isinstance(found.mind("one", "s"), SmallThinker)


def _persona(name: str) -> str:
    return LEAST.format(name=name) + f'numbers = ["+1202555010{len(name) + (name == "two")}"]\n'
